
'use strict';

/* What every part of the page uses. Text of the data goes into the page as text only, never as markup. */

const report = JSON.parse(document.getElementById('content').textContent);
const pictureData = JSON.parse(document.getElementById('picture-data').textContent);

const byId = (id) => document.getElementById(id);

/** An element with properties, attributes (names with a dash, and role) and children. */
function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.includes('-') || name === 'role') made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ''));
  return made;
}

/** A number of the data: values that JSON has no numbers for are texts there. */
function numberOf(value) {
  if (typeof value === 'number') return value;
  return value === 'Infinity' ? Infinity : value === '-Infinity' ? -Infinity : NaN;
}

const isNumeric = (value) => typeof value === 'number' || ['NaN', 'Infinity', '-Infinity'].includes(value);

function special(value) {
  return Number.isNaN(value) ? 'not a number' : value > 0 ? '∞' : '−∞';
}

/** A number by itself: some four digits. */
function shown(value) {
  const number = numberOf(value);
  if (!Number.isFinite(number)) return special(number);
  const size = Math.abs(number);
  if (Number.isInteger(number)) return String(number).replace('-', '−');
  const text = size >= 1000 ? number.toFixed(0) : size >= 100 ? number.toFixed(1) : size >= 1 ? number.toFixed(2) : size >= 0.001 ? number.toFixed(4) : number.toExponential(1);
  return text.replaceAll('-', '−');
}

/** A number that is read beside one that it is near to. */
const precise = (value) => (Number.isFinite(numberOf(value)) ? String(Number(numberOf(value).toPrecision(4))) : special(numberOf(value)));

/** Keeps a number and its unit on one line. */
const unbroken = (text) => text.replaceAll(/(\d) (s|dB|%|kB|MB|GB)(?![\w])/g, '$1\u00a0$2');

const withUnit = (text, unit) => (unit ? `${text} ${unit}` : text);
const axisTitle = (axis) => (axis.unit ? `${axis.label}, ${axis.unit}` : axis.label);

/** Says something to who does not see it. */
function say(text) {
  byId('said').textContent = text;
}

/** Shows a section and lists it among the contents. */
function open(id) {
  const section = byId(id);
  section.hidden = false;
  byId('contents').append(element('li', {}, element('a', { href: '#' + id }, byId(id + '-heading').textContent)));
}

/** A labelled choice; `onChange` is told the value. */
function chooser(label, options, value, onChange) {
  const select = element('select', {}, ...options.map(([id, text]) => element('option', { value: id }, text)));
  select.value = value;
  select.addEventListener('change', () => onChange(select.value));
  return element('label', { className: 'chooser' }, element('span', {}, label), select);
}

/** The run that all parts of the page show, where they have it. */
const chosenRun = {
  name: report.first ? report.first.name : null,
  listeners: [],
  choose(name) {
    this.name = name;
    this.listeners.forEach((listener) => listener(name));
  },
};

/** A choice among the runs of a part, kept equal over the page. */
function runChooser(host, names, onShow) {
  let current = names.includes(chosenRun.name) ? chosenRun.name : names[0];
  let select = null;
  if (names.length > 1) {
    const label = chooser('Run', names.map((name) => [name, name]), current, (name) => chosenRun.choose(name));
    select = label.querySelector('select');
    host.append(label);
  }
  chosenRun.listeners.push((name) => {
    if (!names.includes(name) || name === current) return;
    current = name;
    if (select) select.value = name;
    onShow(name);
  });
  onShow(current);
}

/** A button that copies what `text` gives, and says so. */
function copyButton(label, text) {
  const button = element('button', { type: 'button', className: 'button small' }, label);
  let timer = 0;
  button.addEventListener('click', async () => {
    const done = await copy(text());
    button.textContent = done ? 'Copied' : 'Not copied';
    say(done ? 'Copied.' : 'The browser did not allow to copy.');
    clearTimeout(timer);
    timer = setTimeout(() => { button.textContent = label; }, 1600);
  });
  return button;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Older browsers, and pages that are no secure place.
    const area = element('textarea', { value: text, className: 'unseen' });
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

/** Cells as CSV (RFC 4180). */
function csv(rows) {
  const cell = (value) => {
    const text = value === null || value === undefined ? '' : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => row.map(cell).join(',') + '\n').join('');
}

/** The small card beside what the pointer or the keyboard is at. */
const tip = {
  show(content, box) {
    const card = byId('tip');
    card.replaceChildren(...content);
    card.hidden = false;
    const gap = 10;
    const width = card.offsetWidth;
    const height = card.offsetHeight;
    const room = document.documentElement.clientWidth;
    const left = Math.max(8, Math.min(box.left + box.width / 2 - width / 2, room - width - 8));
    const above = box.top - height - gap;
    const top = above > 8 ? above : box.bottom + gap;
    card.style.left = `${left + window.scrollX}px`;
    card.style.top = `${top + window.scrollY}px`;
  },
  hide() {
    byId('tip').hidden = true;
  },
};

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') tip.hide();
});
