
/* Plots by uPlot; a mark tells what it is under the pointer and by arrow keys, and every plot has its values as a table. */

const plotRedraws = [];

function startPlots() {
  if (report.figures.length === 0) return;
  open('plots');
  byId('plots-list').append(...report.figures.map(plotOf));
}

function plotOf(figure, place) {
  const host = element('div', { className: 'plot' });
  const legend = element('ul', { className: 'legend' });
  const head = ['series', axisTitle(figure.x), axisTitle(figure.y), 'label'];
  const rows = figure.series.filter((line) => !line.is_front).flatMap((line) => line.points.map((mark) => [line.name, mark.x, mark.y, mark.label]));
  const values = element(
    'details', { className: 'values' }, element('summary', {}, 'Values'),
    sortableTable({ title: figure.title, columns: head.map((name) => ({ name })), rows }));
  const left = rows.filter((row) => !Number.isFinite(numberOf(row[1])) || !Number.isFinite(numberOf(row[2])));
  const article = element(
    'article', { className: 'plot-box', id: `figure-${place}` },
    element('h3', {}, figure.title), figure.paper ? element('p', { className: 'paper' }, `Paper: ${figure.paper}`) : null,
    element('p', { className: 'axis-title' }, axisTitle(figure.y)), host, element('p', { className: 'axis-title across' }, axisTitle(figure.x)), legend,
    left.length > 0 ? element('p', { className: 'hint' }, `${left.length} of ${rows.length} marks ${left.length === 1 ? 'has' : 'have'} no finite value and ${left.length === 1 ? 'is' : 'are'} not drawn: ${left.slice(0, 5).map((row) => row[3] ?? row[0]).join(', ')}${left.length > 5 ? ', …' : ''}.`) : null,
    values);
  new ResizeObserver((entries) => {
    const width = Math.floor(entries[0].contentRect.width);
    if (width > 0) drawPlot(host, legend, figure, width);
  }).observe(host);
  return article;
}

function drawPlot(host, legend, figure, width) {
  if (host.plot) {
    host.plot.setSize({ width, height: heightOf(width) });
    return;
  }

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const marks = figure.series.flatMap((line, series) => line.points
    .map((mark) => ({ series, x: numberOf(mark.x), y: numberOf(mark.y), label: mark.label, line }))
    .filter((mark) => Number.isFinite(mark.x) && Number.isFinite(mark.y))).sort((a, b) => a.x - b.x);
  if (marks.length === 0) {
    host.replaceChildren(element('p', { className: 'muted' }, 'Nothing to draw: no mark has finite values.'));
    return;
  }

  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const axis = (extra) => ({
    font, stroke: () => colour('--muted'), grid: { stroke: () => colour('--line'), width: 1 }, ticks: { show: false }, ...extra,
  });
  const padded = (plot, least, most) => {
    const pad = most > least ? 0.06 * (most - least) : Math.abs(most) * 0.1 || 1;
    return [least - pad, most + pad];
  };
  const options = {
    width,
    height: heightOf(width),
    padding: [12, 14, 0, 0],
    legend: { show: false },
    cursor: { x: false, y: false, points: { show: false }, drag: { x: false, y: false, setScale: false } },
    scales: { x: { time: false, range: padded }, y: { range: padded } },
    axes: [axis({ size: 30 }), axis({ size: 52 })],
    series: [{}, ...figure.series.map((line, series) => ({
      label: line.name,
      spanGaps: true,
      stroke: () => colour(line.is_front ? '--muted' : seriesColour(series)),
      width: line.is_front ? 1.5 : 2,
      dash: line.is_front ? [5, 5] : undefined,
      paths: line.is_scatter ? () => null : undefined,
      points: line.is_front ? { show: false } : { show: true, paths: marker(series), fill: () => colour(seriesColour(series)), stroke: () => colour('--panel'), width: 1.5, size: 10 },
    }))],
  };

  // One row a mark: marks of one cost stay apart.
  const columns = figure.series.map((_, series) => marks.map((mark) => (mark.series === series ? mark.y : null)));
  const plot = new uPlot(options, [marks.map((mark) => mark.x), ...columns], host);
  host.plot = plot;
  plotRedraws.push(() => plot.redraw(false));
  legend.replaceChildren(...figure.series.map((line, series) => element('li', {}, legendMark(line, series), element('span', {}, line.name))));
  listen(host, plot, figure, marks.filter((mark) => !mark.line.is_front));
}

const heightOf = (width) => Math.round(Math.max(260, Math.min(380, width * 0.62)));
const seriesColour = (series) => `--series-${series % 6}`;

/** Marks are told apart by shape too: circle, square, diamond, triangle. */
function outline(series, x, y, r) {
  const shape = new Path2D();
  switch (series % 4) {
    case 0: shape.arc(x, y, r, 0, 2 * Math.PI); break;
    case 1: shape.rect(x - 0.88 * r, y - 0.88 * r, 1.76 * r, 1.76 * r); break;
    case 2: [[0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]].forEach(([dx, dy], i) => shape[i ? 'lineTo' : 'moveTo'](x + dx * r, y + dy * r)); shape.closePath(); break;
    default: [[0, -1.15], [1.1, 0.85], [-1.1, 0.85]].forEach(([dx, dy], i) => shape[i ? 'lineTo' : 'moveTo'](x + dx * r, y + dy * r)); shape.closePath();
  }
  return shape;
}

function marker(series) {
  return (plot, index) => {
    const path = new Path2D();
    const radius = (plot.data[index].filter((y) => y !== null).length > 14 ? 3.6 : 5) * devicePixelRatio;
    plot.data[0].forEach((x, i) => {
      const y = plot.data[index][i];
      if (y !== null) path.addPath(outline(series, plot.valToPos(x, 'x', true), plot.valToPos(y, 'y', true), radius));
    });
    return { fill: path, stroke: path, flags: 3 };
  };
}

function legendMark(line, series) {
  const canvas = element('canvas', { width: 28, height: 28, className: 'legend-mark', 'aria-hidden': 'true' });
  const draw = () => {
    const colour = getComputedStyle(document.documentElement).getPropertyValue(line.is_front ? '--muted' : seriesColour(series)).trim();
    const pen = canvas.getContext('2d');
    pen.clearRect(0, 0, 28, 28);
    if (line.is_front) {
      pen.strokeStyle = colour;
      pen.lineWidth = 3;
      pen.setLineDash([7, 6]);
      pen.beginPath();
      pen.moveTo(1, 14);
      pen.lineTo(27, 14);
      pen.stroke();
    } else {
      pen.fillStyle = colour;
      pen.fill(outline(series, 14, 14, 9));
    }
  };
  draw();
  plotRedraws.push(draw);
  return canvas;
}

function listen(host, plot, figure, marks) {
  const spot = element('span', { className: 'spot', hidden: true, 'aria-hidden': 'true' });
  plot.over.append(spot);
  host.tabIndex = 0;
  host.setAttribute('role', 'application');
  host.setAttribute('aria-roledescription', 'plot');
  host.setAttribute('aria-label', `${figure.title}: ${axisTitle(figure.y)} against ${axisTitle(figure.x)}, ${marks.length} marks; arrow keys go from mark to mark.`);
  const many = figure.series.filter((line) => !line.is_front).length > 1;
  let at = -1;
  const place = (mark) => ({ left: plot.valToPos(mark.x, 'x'), top: plot.valToPos(mark.y, 'y') });
  const text = (mark) => [
    mark.label ?? (many ? mark.line.name : ''), `${figure.x.label} ${withUnit(shown(mark.x), figure.x.unit)}`, `${figure.y.label} ${withUnit(shown(mark.y), figure.y.unit)}`,
  ].filter(Boolean);
  const show = (index) => {
    at = index;
    const { left, top } = place(marks[at]);
    spot.hidden = false;
    spot.style.left = `${left}px`;
    spot.style.top = `${top}px`;
    const [head, ...rest] = text(marks[at]);
    const lines = [element('p', { className: 'tip-head' }, element('strong', {}, head)), ...rest.map((line) => element('p', {}, line))];
    if (many && marks[at].label) lines.push(element('p', { className: 'muted' }, marks[at].line.name));
    tip.show(lines, spot.getBoundingClientRect());
  };
  const hide = () => {
    spot.hidden = true;
    tip.hide();
  };
  const nearest = (event) => {
    const box = plot.over.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let best = -1;
    let least = 36;
    marks.forEach((mark, index) => {
      const { left, top } = place(mark);
      const distance = Math.hypot(left - x, top - y);
      if (distance < least) [best, least] = [index, distance];
    });
    if (best >= 0) show(best);
    else hide();
  };
  plot.over.addEventListener('pointermove', nearest);
  plot.over.addEventListener('pointerdown', nearest);
  plot.over.addEventListener('pointerleave', hide);
  host.addEventListener('blur', hide);
  host.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === 'Home') at = 0;
    else if (event.key === 'End') at = marks.length - 1;
    else if (step) at = at < 0 ? (step > 0 ? 0 : marks.length - 1) : Math.max(0, Math.min(marks.length - 1, at + step));
    else return;
    event.preventDefault();
    show(at);
    say(text(marks[at]).join(', '));
  });
}
