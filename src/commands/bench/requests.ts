/** What the clients of a bench ask of a server. */
import { TASKS, type Task } from '../../zoo/manifest.ts';

/** Those that a model is ready for. */
export async function hostedTasks(url: string): Promise<Task[]> {
  const { data } = (await (await fetch(`${url}/v1/models`)).json()) as {
    data: { state: string; tasks: Task[] }[];
  };
  return TASKS.filter((task) => data.some((model) => model.state === 'ready' && model.tasks.includes(task)));
}

/** What the server paints, in three formats; a plain one where it does not paint. */
export async function somePictures(url: string, tasks: readonly Task[]): Promise<Buffer[]> {
  if (!tasks.includes('paint')) {
    const { default: sharp } = await import('sharp');
    return [
      await sharp({ create: { width: 200, height: 150, channels: 3, background: '#396' } })
        .png()
        .toBuffer(),
    ];
  }
  return Promise.all(
    ['png', 'jpeg', 'webp'].flatMap((format) =>
      ['a dog on grass', 'two red cars on a road'].map(async (prompt) => {
        const answer = await fetch(`${url}/v1/generate-image`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: `image/${format}` },
          body: JSON.stringify({ prompt, format, seed: 1 }),
        });
        if (!answer.ok) throw new Error(`painting a picture to ask about: ${await answer.text()}`);
        return Buffer.from(await answer.arrayBuffer());
      }),
    ),
  );
}

/** What a task is called in addresses and metrics. */
export const PATHS: Record<Task, string> = {
  paint: 'generate-image',
  caption: 'caption',
  vqa: 'vqa',
  nlvr2: 'nlvr2',
};

export async function ask(
  url: string,
  task: Task,
  turn: number,
  pictures: readonly Buffer[],
): Promise<{ status: number; code?: string; id?: string }> {
  const picture = (i: number) => pictures[(turn + i) % pictures.length]!;
  const fields = {
    paint: { prompt: `a dog next to ${1 + (turn % 3)} red cars`, seed: turn },
    caption: { prefix: 'A', seed: turn },
    vqa: { question: 'what colour is the car?' },
    nlvr2: { statement: 'there is a dog in both images' },
  }[task];
  // Every eighth picture as base64.
  const json = task === 'paint' || turn % 8 === 0;
  const images = { paint: [], caption: [0], vqa: [0], nlvr2: [0, 1] }[task].map(picture);
  let body: string | FormData;
  if (json) {
    const encoded = images.map((image) => image.toString('base64'));
    const own = task === 'paint' ? {} : task === 'nlvr2' ? { images: encoded } : { image: encoded[0] };
    body = JSON.stringify({ ...fields, ...own });
  } else {
    body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, String(value));
    for (const image of images) {
      body.append(task === 'nlvr2' ? 'images' : 'image', new Blob([new Uint8Array(image)]), 'picture');
    }
  }
  try {
    const answer = await fetch(`${url}/v1/${PATHS[task]}`, {
      method: 'POST',
      body,
      ...(json ? { headers: { 'content-type': 'application/json' } } : {}),
    });
    const { id, error } = (await answer.json()) as { id?: string; error?: { code: string } };
    return { status: answer.status, ...(id ? { id } : {}), ...(error ? { code: error.code } : {}) };
  } catch (error) {
    return { status: 0, code: String((error as Error).cause ?? error) };
  }
}
