
/* Tables that sort by their heads and copy as CSV. */

function startTables() {
  if (report.tables.length === 0) return;
  open('tables');
  byId('tables-list').append(...report.tables.map((table, place) => element(
    'article', { className: 'table-box', id: `table-${place}` },
    element('h3', {}, table.title), table.paper ? element('p', { className: 'paper' }, `Paper: ${table.paper}`) : null,
    table.paper_rows && table.paper_rows.length > 0
      ? element(
        'div', { className: 'with-paper' },
        sortableTable(table),
        element('div', { className: 'of-paper' }, element('h4', {}, table.paper ? `In the paper: ${table.paper}` : 'In the paper'), sortableTable({ title: `${table.title}, in the paper`, columns: table.paper_columns, rows: table.paper_rows })))
      : sortableTable(table))));
}

/** Digits behind the point that all of a column have. */
function columnFormat(rows, place, unit) {
  const numbers = rows.map((row) => row[place]).filter(isNumeric).map(numberOf).filter(Number.isFinite);
  if (numbers.length === 0) return shown;
  const most = Math.max(...numbers.map(Math.abs));
  const least = Math.min(...numbers.filter((number) => number !== 0).map(Math.abs));
  if (least < 0.001) return shown;
  const digits = numbers.every(Number.isInteger) ? 0 : most >= 1000 ? 0 : most >= 10 ? 1 : most > 1.5 || unit === '×' ? 2 : 4;
  let wanted = least < 0.5 * 10 ** -digits ? digits + 2 : digits;
  while (wanted > 0 && numbers.every((number) => Number(number.toFixed(wanted)) === Number(number.toFixed(wanted - 1)))) wanted -= 1;
  return (value) => (Number.isFinite(numberOf(value)) ? numberOf(value).toFixed(wanted).replace('-', '−') : shown(value));
}

/** Of longer tables these rows are seen at first: a browser draws fifty thousand slowly. */
const mostRows = 500;

function sortableTable({ title, columns, rows }) {
  const numeric = columns.map((_, place) => rows.some((row) => isNumeric(row[place])));
  const formats = columns.map((column, place) => columnFormat(rows, place, column.unit));
  const heading = (column) => (column.unit ? `${column.name}, ${column.unit}` : column.name);
  const body = element('tbody');
  let order = rows.map((_, index) => index);
  let seen = Math.min(rows.length, mostRows);
  const fill = () => body.replaceChildren(...order.slice(0, seen).map((index) => element('tr', {}, ...rows[index].map((value, place) => {
    const text = value === null || value === undefined ? '' : isNumeric(value) ? formats[place](value) : String(value);
    return place === 0
      ? element('th', { scope: 'row', className: numeric[0] ? 'number' : text.length <= 28 ? 'short' : '' }, text)
      : element('td', { className: numeric[place] ? 'number' : '' }, text);
  }))));

  const isEmpty = (value) => value === null || value === undefined || value === '' || (isNumeric(value) && Number.isNaN(numberOf(value)));
  const compare = (place, sign) => (a, b) => {
    const [x, y] = [rows[a][place], rows[b][place]];
    // What is not known stands last, either way.
    if (isEmpty(x) || isEmpty(y)) return Number(isEmpty(x)) - Number(isEmpty(y));
    if (!isNumeric(x) || !isNumeric(y)) return sign * String(x).localeCompare(String(y), 'en', { numeric: true });
    return sign * (numberOf(x) < numberOf(y) ? -1 : numberOf(x) > numberOf(y) ? 1 : 0);
  };
  const heads = columns.map((column, place) => {
    const button = element('button', { type: 'button', className: 'sort' }, column.unit ? `${column.name},\u00a0${column.unit}` : column.name, element('span', { className: 'arrow', 'aria-hidden': 'true' }));
    const head = element('th', { scope: 'col', className: numeric[place] ? 'number' : '', 'aria-sort': 'none' }, button);
    button.addEventListener('click', () => {
      const direction = head.getAttribute('aria-sort') === 'ascending' ? 'descending' : 'ascending';
      heads.forEach((other) => other.setAttribute('aria-sort', 'none'));
      head.setAttribute('aria-sort', direction);
      order = rows.map((_, index) => index).sort(compare(place, direction === 'ascending' ? 1 : -1));
      fill();
      say(`${title}: sorted by ${heading(column)}, ${direction}.`);
    });
    return head;
  });
  fill();
  const table = element('table', { className: 'values-table', 'aria-label': title }, element('thead', {}, element('tr', {}, ...heads)), body);
  const count = element('span', { className: 'muted' }, seen < rows.length ? `${seen} of ${rows.length} rows` : `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`);
  const more = seen < rows.length ? element('button', { type: 'button', className: 'button small' }, 'Show all') : null;
  more?.addEventListener('click', () => {
    seen = rows.length;
    fill();
    count.textContent = `${seen} rows`;
    more.remove();
  });
  return element(
    'div', { className: 'table-part' },
    element('div', { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': `${title}, a table that may scroll` }, table),
    element('p', { className: 'table-foot' }, copyButton('Copy as CSV', () => csv([columns.map(heading), ...order.map((index) => rows[index])])), count, more));
}
