/**
 * Pictures in Swagger UI's answers: what comes as base64 in JSON is shown as a picture above it. Runs in the browser.
 */
const FORMATS = { iVBOR: 'png', '/9j/': 'jpeg', UklGR: 'webp' };
const MOST = 64;

/** @returns data URLs of all `b64_json` in a JSON value */
function picturesIn(value) {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (name !== 'b64_json' || typeof inner !== 'string') return picturesIn(inner);
    const [, format] = Object.entries(FORMATS).find(([start]) => inner.startsWith(start)) ?? [];
    return format === undefined ? [] : [`data:image/${format};base64,${inner}`];
  });
}

/** What an answer says; events say one value each. */
function valuesOf(text) {
  try {
    return [JSON.parse(text)];
  } catch {
    return text.split('\n').flatMap((line) => (line.startsWith('data: {') ? valuesOf(line.slice(6)) : []));
  }
}

function show(answer) {
  const code = answer.querySelector('.highlight-code code');
  const text = code?.textContent ?? '';
  const said = `${text.length} ${text.slice(0, 200)}`;
  if (answer.dataset.shown === said) return;
  answer.dataset.shown = said;
  answer.querySelector(':scope > .pictures')?.remove();
  const sources = text.includes('"b64_json"') ? valuesOf(text).flatMap(picturesIn).slice(0, MOST) : [];
  if (sources.length === 0) return;
  const list = document.createElement('div');
  list.className = 'pictures';
  for (const [i, src] of sources.entries()) {
    list.append(Object.assign(document.createElement('img'), { src, alt: `Picture ${i + 1} of the answer` }));
  }
  answer.prepend(list);
}

new MutationObserver(() => {
  for (const answer of document.querySelectorAll('.live-responses-table .response-col_description'))
    show(answer);
}).observe(document.documentElement, { childList: true, subtree: true, characterData: true });
