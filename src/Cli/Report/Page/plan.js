
/* Figure 5: which strategy computes each site at each step. */

function startPlan() {
  if (report.plans.length === 0) return;
  open('plan');
  runChooser(byId('plan-choosers'), report.plans.map((plan) => plan.name), (name) => drawPlan(report.plans.find((plan) => plan.name === name)));
}

/** What is told of a cell. */
function cellOf(plan, trials, step, site) {
  const strategy = plan.strategies[plan.rows[step][site]];
  const tried = trials.get(`${step},${site}`) ?? [];
  const taken = tried.find((trial) => trial.accepted);
  return {
    place: `Step ${step}, ${plan.sites[site]}`,
    strategy,
    tried,
    loss: taken ? `loss ${precise(taken.loss)}, limit ${precise(taken.threshold)}` : tried.length > 0 ? 'no candidate stayed within its limit' : plan.log ? 'not searched' : '',
  };
}

function cellText(cell) {
  const tried = cell.tried.map((trial) => `${trial.candidate} ${precise(trial.loss)}${trial.accepted ? ', taken' : ''}`);
  return `${cell.place}: ${cell.strategy.id}${cell.loss ? `; ${cell.loss}` : ''}${tried.length > 0 ? `; tried: ${tried.join('; ')}` : ''}.`;
}

function cellCard(cell) {
  const head = element('p', { className: 'tip-head' }, swatch(cell.strategy), element('strong', {}, cell.strategy.id), element('span', { className: 'muted' }, cell.place));
  if (cell.tried.length === 0) return cell.loss ? [head, element('p', { className: 'muted' }, cell.loss)] : [head];
  const rows = cell.tried.map((trial) => element(
    'tr', { className: trial.accepted ? 'taken' : '' },
    element('td', {}, trial.candidate), element('td', { className: 'number' }, precise(trial.loss)), element('td', { className: 'number' }, precise(trial.threshold)),
    element('td', {}, trial.accepted ? 'taken' : 'too much')));
  return [
    head,
    element(
      'table', { className: 'tip-table' },
      element('thead', {}, element('tr', {}, ...['tried', 'loss', 'limit', ''].map((text) => element('th', {}, text)))), element('tbody', {}, ...rows)),
  ];
}

function swatch(strategy) {
  const box = element('span', { className: 'swatch', 'aria-hidden': 'true' });
  box.style.backgroundColor = strategy.colour;
  return box;
}

function drawPlan(plan) {
  const trials = new Map();
  for (const trial of plan.trials) {
    const key = `${trial.step},${trial.site}`;
    if (!trials.has(key)) trials.set(key, []);
    trials.get(key).push(trial);
  }

  byId('plan-subtitle').textContent = plan.subtitle;
  byId('plan-legend').replaceChildren(...plan.strategies.map((strategy) => element(
    'li', {}, swatch(strategy), element('span', {}, strategy.id), element('span', { className: 'muted' }, `${(100 * strategy.share).toFixed(1)} %`))));
  byId('plan-hint').textContent = 'Steps across, attention sites down. Point at a cell, or use Tab and the arrow keys'
    + (plan.log ? `; losses are those of the search (${plan.log}).` : '. No search log lies beside this plan, so there are no losses to tell.');

  const steps = plan.rows.length;
  const every = steps <= 25 ? 1 : 5;
  const head = element('tr', {}, element('th', { scope: 'col', className: 'corner' }, 'step'), ...plan.rows.map((_, step) => element(
    'th', { scope: 'col', 'aria-label': `step ${step}` }, step % every === 0 ? String(step) : '')));
  const cells = plan.sites.map((_, site) => plan.rows.map((row, step) => {
    const strategy = plan.strategies[row[site]];
    const cell = element('td', { role: 'gridcell', tabIndex: -1, 'aria-label': cellText(cellOf(plan, trials, step, site)) });
    cell.style.backgroundColor = strategy.colour;
    cell.dataset.step = step;
    cell.dataset.site = site;
    return cell;
  }));
  const body = plan.sites.map((name, site) => element('tr', {}, element('th', { scope: 'row' }, name), ...cells[site]));
  const grid = element(
    'table', { role: 'grid', className: 'plan-grid', 'aria-label': `Plan ${plan.name}: strategy by site and step`, 'aria-describedby': 'plan-hint' },
    element('thead', {}, head), element('tbody', {}, ...body));
  cells[0][0].tabIndex = 0;

  const tell = (cell) => tip.show(cellCard(cellOf(plan, trials, Number(cell.dataset.step), Number(cell.dataset.site))), cell.getBoundingClientRect());
  grid.addEventListener('pointerover', (event) => {
    if (event.target.matches('td')) tell(event.target);
  });
  grid.addEventListener('pointerleave', () => tip.hide());
  grid.addEventListener('focusin', (event) => {
    if (!event.target.matches('td')) return;
    grid.querySelector('td[tabindex="0"]').tabIndex = -1;
    event.target.tabIndex = 0;
    tell(event.target);
  });
  grid.addEventListener('focusout', () => tip.hide());
  grid.addEventListener('keydown', (event) => {
    if (!event.target.matches('td')) return;
    let [step, site] = [Number(event.target.dataset.step), Number(event.target.dataset.site)];
    switch (event.key) {
      case 'ArrowLeft': step -= 1; break;
      case 'ArrowRight': step += 1; break;
      case 'ArrowUp': site -= 1; break;
      case 'ArrowDown': site += 1; break;
      case 'Home': step = 0; if (event.ctrlKey) site = 0; break;
      case 'End': step = steps - 1; if (event.ctrlKey) site = plan.sites.length - 1; break;
      default: return;
    }
    event.preventDefault();
    const next = cells[site]?.[step];
    if (!next) return;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    tell(next);
  });

  const scroll = byId('plan-scroll');
  scroll.replaceChildren(grid);
  const fit = () => {
    const names = grid.querySelector('tbody th').offsetWidth;
    const width = Math.max(17, Math.min(48, Math.floor((scroll.clientWidth - names - 12) / steps) - 1));
    grid.style.setProperty('--cell-width', `${width}px`);
    grid.style.setProperty('--cell-height', `${Math.min(plan.sites.length > 16 ? 22 : 30, Math.max(20, width))}px`);
  };
  fit();
  drawPlan.observer?.disconnect();
  drawPlan.observer = new ResizeObserver(fit);
  drawPlan.observer.observe(scroll);
}
