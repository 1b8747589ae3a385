
/* Drawings, how to make it again, notes; light and dark; then everything begins. */

function startDrawings() {
  if (report.images.length === 0) return;
  open('drawings');
  byId('drawings-list').append(...report.images.map((image) => element(
    'figure', { className: 'drawing' },
    element('h3', {}, image.title), image.paper ? element('p', { className: 'paper' }, `Paper: ${image.paper}`) : null,
    element('img', { src: pictureData[image.file], alt: image.alt }))));
}

function startReproduce() {
  const environment = Object.entries(report.environment);
  if (report.commands.length === 0 && environment.length === 0) return;
  open('reproduce');
  const parts = [];
  if (report.commands.length > 0) {
    parts.push(element('h3', {}, report.commands.length === 1 ? 'Command' : 'Commands'), ...report.commands.map((command) => element(
      'div', { className: 'command' }, element('pre', { tabIndex: 0, 'aria-label': 'command line' }, element('code', {}, command)), copyButton('Copy', () => command))));
  }
  if (environment.length > 0) {
    const text = () => environment.map(([name, value]) => `${name}: ${value}\n`).join('');
    parts.push(
      element('h3', {}, 'Environment'),
      element('dl', { className: 'environment' }, ...environment.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)])), copyButton('Copy', text));
  }
  byId('reproduce-body').append(...parts);
}

function startNotes() {
  if (report.notes.length === 0) return;
  open('notes');
  byId('notes-list').append(...report.notes.map((note) => element('li', {}, note)));
}

function startTheme() {
  const button = byId('theme');
  const system = matchMedia('(prefers-color-scheme: dark)');
  const stored = () => {
    try { return localStorage.getItem('ditfast-theme'); } catch { return null; }
  };
  let chosen = stored();
  const apply = () => {
    const dark = (chosen ?? (system.matches ? 'dark' : 'light')) === 'dark';
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
    button.textContent = dark ? 'Light' : 'Dark';
    button.setAttribute('aria-label', dark ? 'Light colours' : 'Dark colours');
    plotRedraws.forEach((redraw) => redraw());
  };
  button.addEventListener('click', () => {
    chosen = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    try { localStorage.setItem('ditfast-theme', chosen); } catch { /* The choice holds for this visit. */ }
    apply();
  });
  system.addEventListener('change', apply);
  apply();
}

/** Marks the section that is read among the contents. */
function startContents() {
  const links = new Map([...document.querySelectorAll('#contents a')].map((link) => [link.hash.slice(1), link]));
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((one) => one.isIntersecting)) {
      links.forEach((link, id) => (id === entry.target.id ? link.setAttribute('aria-current', 'true') : link.removeAttribute('aria-current')));
    }
  }, { rootMargin: '-20% 0px -75% 0px' });
  links.forEach((_, id) => watch.observe(byId(id)));
}

startTheme();
startSummary();
startPlan();
startPictures();
startPlots();
startDrawings();
startTables();
startReproduce();
startNotes();
startContents();
