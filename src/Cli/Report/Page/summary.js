
/* The figures on top. */

function startSummary() {
  byId('lead').textContent = `Of ${report.found.join(', ')} in “${report.folder}”.`;
  if (report.summaries.length === 0) return;
  open('summary');
  runChooser(byId('summary-choosers'), report.summaries.map((summary) => summary.name), (name) => {
    const summary = report.summaries.find((one) => one.name === name);
    const point = report.points.find((one) => one.name === name);
    const isFirst = report.first && report.first.name === name;
    const parts = [`Run “${name}”`];
    if (isFirst && report.summaries.length > 1) parts.push(`shown first: ${report.first.reason}`);
    if (point && point.search_seconds) parts.push(`its plan took ${shown(point.search_seconds)} s to search, once`);
    byId('summary-reason').textContent = parts.join('; ') + '.';
    byId('cards').replaceChildren(...summary.cards.map((card) => element(
      'article', { className: `card card-${card.id}${card.id === 'speedup' && Number(card.value) <= 1 ? ' slower' : ''}` },
      element('h3', {}, card.name),
      element('p', { className: 'figure' }, element('span', { className: 'value' }, card.value), card.unit ? element('span', { className: 'unit' }, card.unit) : null),
      element('p', { className: 'meaning' }, unbroken(card.meaning)))));
  });
}
