/* One item after another. Which side a picture is on, and what is right, only the server knows. */
const at = (id) => document.getElementById(id);
const here = location.pathname.replace(/\/$/, '');
let item;
let busy = true;

const post = async (path, body) => {
  const response = await fetch(`${here}/${path}`, {
    method: 'POST',
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (response.status === 204) return undefined;
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.error.message), answer.error);
  return answer;
};

function say(text) {
  at('task').hidden = true;
  at('message').hidden = false;
  at('message').textContent = text;
}

function setBusy(value) {
  busy = value;
  for (const button of document.querySelectorAll('button')) button.disabled = value;
}

async function next() {
  try {
    const turn = await post('next');
    item = turn.item;
    const images = item ? await load(item.pictures) : [];
    document.title = turn.title;
    at('title').textContent = turn.title;
    at('progress').max = Math.max(1, turn.total);
    at('progress').value = turn.answered;
    at('count').textContent = `${turn.answered} of ${turn.total}`;
    if (!item) {
      say(
        turn.answered > 0
          ? 'That was all. Thank you!'
          : 'Every question of this study has its answers. Thank you!',
      );
      return;
    }
    show(turn.kind, images);
  } catch (error) {
    say(error.message);
    // Its pictures are being made.
    if (error.code === 'study_state') setTimeout(next, 3000);
    else if (error instanceof TypeError) retry(next);
  }
}

/** The network is away: go on where we were. */
function retry(work) {
  say('There is no connection. Trying again …');
  setTimeout(work, 3000);
}

/** Both at once: who sees one picture first may like it better. */
async function load(addresses) {
  const images = addresses.map((address, i) => {
    const image = new Image();
    image.src = address;
    image.classList.toggle('alone', addresses.length === 1);
    image.alt = addresses.length === 1 ? 'The picture' : i === 0 ? 'The left picture' : 'The right picture';
    return image;
  });
  await Promise.allSettled(images.map((image) => image.decode()));
  return images;
}

function show(kind, images) {
  at('text').hidden = item.text === null;
  at('text').textContent = item.text ?? '';
  at('pictures').replaceChildren(
    ...images.map((image, i) => (images.length === 1 ? image : choice(image, i))),
  );
  at('word').hidden = kind !== 'hummus';
  at('choices').hidden = kind === 'hummus';
  at('message').hidden = true;
  at('task').hidden = false;
  setBusy(false);
  at('answer').value = '';
  if (kind === 'hummus') at('answer').focus();
}

function choice(image, i) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'picture';
  button.dataset.answer = i === 0 ? 'left' : 'right';
  button.append(image);
  return button;
}

async function answer(value) {
  if (busy || !item) return;
  setBusy(true);
  try {
    await post('answers', { item: item.id, answer: value });
  } catch (error) {
    if (error instanceof TypeError) return retry(() => again(value));
    // It came the first time, and its answer did not.
    if (error.code !== 'answer_given') {
      setBusy(false);
      at('answer').setCustomValidity(error.message);
      at('answer').reportValidity();
      return;
    }
  }
  await next();
}

function again(value) {
  busy = false;
  return answer(value);
}

at('word').addEventListener('submit', (event) => {
  event.preventDefault();
  if (at('answer').value.trim() !== '') answer(at('answer').value);
});
at('answer').addEventListener('input', () => at('answer').setCustomValidity(''));
document.addEventListener('click', (event) => {
  const chosen = event.target.closest('[data-answer]');
  if (chosen) answer(chosen.dataset.answer);
});
document.addEventListener('keydown', (event) => {
  if (at('choices').hidden || event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
  const value = { ArrowLeft: 'left', ArrowRight: 'right', ArrowDown: 'tie', 1: 'left', 2: 'tie', 3: 'right' }[
    event.key
  ];
  if (!value) return;
  event.preventDefault();
  answer(value);
});
next();
