
/* Pictures of a run over the same pictures with full attention. */

const pictureView = { mode: 'slider', order: 'name', split: 50 };

function startPictures() {
  if (report.comparisons.length === 0) return;
  open('pictures');
  const hosts = byId('pictures-choosers');
  runChooser(hosts, report.comparisons.map((comparison) => comparison.name), (name) => drawPictures(report.comparisons.find((one) => one.name === name)));
  if (report.comparisons.some((comparison) => comparison.pairs.some((pair) => pair.reference))) {
    hosts.append(
      chooser('View', [['slider', 'Slider'], ['beside', 'Side by side'], ['difference', 'Difference × 8']], pictureView.mode, (mode) => {
        pictureView.mode = mode;
        drawPictures.again();
      }),
      chooser('Order', [['name', 'As drawn'], ['worst', 'Worst first']], pictureView.order, (order) => {
        pictureView.order = order;
        drawPictures.again();
      }));
  }
}

const psnrText = (pair) => (pair.psnr === null || pair.psnr === undefined ? '' : numberOf(pair.psnr) === Infinity ? 'equal' : `${numberOf(pair.psnr).toFixed(1)} dB`);

function drawPictures(comparison) {
  const pairs = [...comparison.pairs];
  if (pictureView.order === 'worst') pairs.sort((a, b) => numberOf(a.psnr ?? Infinity) - numberOf(b.psnr ?? Infinity));
  const shownFiles = report.pictures.shown < report.pictures.found ? ` The page holds ${report.pictures.shown} of ${report.pictures.found} picture files; --max-pictures takes more.` : '';
  byId('pictures-count').textContent = `${comparison.pairs.length} of ${comparison.found} pictures of “${comparison.name}”.${shownFiles}`;
  const buttons = pairs.map((pair, place) => {
    const input = element('input', { type: 'radio', name: 'picture', className: 'unseen', value: String(place), checked: place === 0 });
    input.addEventListener('change', () => drawPair(comparison, pair));
    return element(
      'label', { className: 'thumb' }, input, element('img', { src: pictureData[pair.file], alt: '', className: 'thumb-image' }),
      element('span', { className: 'thumb-name' }, pair.name), element('span', { className: 'thumb-psnr' }, psnrText(pair)));
  });
  byId('strip').replaceChildren(...buttons);
  drawPair(comparison, pairs[0]);
  drawPictures.again = () => drawPictures(comparison);
}

function drawPair(comparison, pair) {
  const own = element('img', { src: pictureData[pair.file], alt: `${pair.name}, with the plan “${comparison.name}”` });
  const stage = byId('stage');
  if (!pair.reference) {
    stage.replaceChildren(frame('single', own), caption(comparison, pair));
    size(own);
    return;
  }

  const full = element('img', { src: pictureData[pair.reference], alt: `${pair.name}, with full attention` });
  if (pictureView.mode === 'beside') {
    stage.replaceChildren(
      element(
        'div', { className: 'beside' },
        element('figure', {}, full, element('figcaption', {}, 'full attention')), element('figure', {}, own, element('figcaption', {}, `plan “${comparison.name}”`))),
      caption(comparison, pair));
    size(own, 2);
    return;
  }

  if (pictureView.mode === 'difference') {
    own.alt = `${pair.name}: difference between both, eight times as bright`;
    full.alt = '';
    stage.replaceChildren(frame('difference', full, own), caption(comparison, pair));
    size(own);
    return;
  }

  const divider = element('span', { className: 'divider', 'aria-hidden': 'true' });
  const box = frame(
    'slider', full, own, divider, element('span', { className: 'tag left', 'aria-hidden': 'true' }, 'full'), element('span', { className: 'tag right', 'aria-hidden': 'true' }, 'plan'));
  own.classList.add('over');
  const range = element('input', { type: 'range', min: '0', max: '100', step: '1', value: String(pictureView.split), className: 'split', 'aria-label': 'How much of the picture is with full attention, in percent' });
  const move = (value) => {
    pictureView.split = Math.max(0, Math.min(100, value));
    range.value = String(Math.round(pictureView.split));
    range.setAttribute('aria-valuetext', `${Math.round(pictureView.split)} % full attention, the rest with the plan`);
    box.style.setProperty('--split', `${pictureView.split}%`);
  };
  range.addEventListener('input', () => move(Number(range.value)));
  const follow = (event) => {
    const place = box.getBoundingClientRect();
    move((100 * (event.clientX - place.left)) / place.width);
  };
  box.addEventListener('pointerdown', (event) => {
    box.setPointerCapture(event.pointerId);
    follow(event);
  });
  box.addEventListener('pointermove', (event) => {
    if (box.hasPointerCapture(event.pointerId)) follow(event);
  });
  stage.replaceChildren(box, range, caption(comparison, pair));
  move(pictureView.split);
  size(own);
}

const frame = (kind, ...children) => element('div', { className: `frame ${kind}` }, ...children);

function caption(comparison, pair) {
  const psnr = psnrText(pair);
  const text = !pair.reference ? 'There is no picture with full attention beside it.' : psnr === 'equal' ? 'Both are equal, bit for bit.' : psnr ? `PSNR ${psnr}.` : 'No PSNR: they are videos, of different sizes, or damaged.';
  return element('p', { className: 'caption' }, element('strong', {}, pair.name), ` ${text}`);
}

/** Small pictures are drawn larger, by whole pixels. */
function size(image, beside = 1) {
  const apply = () => {
    const room = Math.min(byId('stage').clientWidth || 512, 560 * beside) / beside;
    const times = image.naturalWidth < room ? Math.max(1, Math.floor(room / image.naturalWidth)) : 1;
    byId('stage').style.setProperty('--picture-width', `${Math.min(room, image.naturalWidth * times)}px`);
    byId('stage').classList.toggle('pixels', times > 1);
  };
  if (image.complete && image.naturalWidth) apply();
  image.addEventListener('load', apply, { once: true });
}
