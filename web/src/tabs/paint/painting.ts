/** Pictures as they grow on the server: painted anew, or in part. */
import { events, type PaintAnswer, type PaintStep, type Schemas } from '../../api.ts';

export interface Order {
  prompt: string;
  n: number;
  /** Empty: the server's choice. */
  model: string;
  /** Empty: drawn. */
  seed: string;
  sampler: Schemas['Sampler'];
  /** What is painted over; transparent in the mask is painted anew. */
  over?: { picture: Blob; mask: Blob; codes: readonly number[] };
}

interface Painted {
  /** A data URL. */
  src: string;
  seed: number;
  /** Visual codes, row by row. */
  codes: readonly number[];
}

export type Growth =
  | { image: number; src: string; step: number; steps: number }
  | { done: Painted[]; model: string; answer?: PaintAnswer };

/** @throws Error with the server's words */
export function grow(order: Order, signal: AbortSignal): AsyncGenerator<Growth> {
  return order.over === undefined ? anew(order, signal) : inPart(order, order.over, signal);
}

const dataUrl = (format: string, base64: string) => `data:image/${format};base64,${base64}`;

async function* anew(order: Order, signal: AbortSignal): AsyncGenerator<Growth> {
  const body = {
    prompt: order.prompt,
    n: order.n,
    store: true,
    ...(order.model !== '' && { model: order.model }),
    ...(order.seed !== '' && { seed: Number(order.seed) }),
    ...(Object.keys(order.sampler).length > 0 && { sampler: order.sampler }),
  };
  for await (const { type, data } of events('/v1/generate-image/stream', { body, signal })) {
    if (type === 'step') {
      const { image, step, steps, b64_json } = data as PaintStep;
      yield { image, step, steps, src: dataUrl('png', b64_json) };
    } else if (type === 'completed') {
      const answer = data as PaintAnswer;
      const done = answer.images.map(({ seed, format, b64_json, codes }) => ({
        ...{ seed, src: dataUrl(format, b64_json), codes },
      }));
      yield { done, model: answer.model, answer };
    } else throwIfError(type, data);
  }
}

/** Pictures of steps before the last: the most that can be asked for. */
const PARTIALS = 3;

interface EditEvent {
  b64_json: string;
  output_format: string;
  partial_image_index: number;
  image_index: number;
  seed: number;
  codes: number[];
  model: string;
}

async function* inPart(
  order: Order,
  { picture, mask, codes }: NonNullable<Order['over']>,
  signal: AbortSignal,
): AsyncGenerator<Growth> {
  const form = new FormData();
  form.append('image', picture, 'picture.png');
  form.append('mask', mask, 'mask.png');
  form.append('codes', codes.join(','));
  const { prompt, n, model, seed, sampler } = order;
  const fields = { prompt, n: String(n), model, seed, stream: 'true', partial_images: String(PARTIALS) };
  for (const [name, value] of Object.entries({ ...fields, response_format: 'url' })) {
    if (value !== '') form.append(name, value);
  }
  if (Object.keys(sampler).length > 0) form.append('sampler', JSON.stringify(sampler));
  const done: Painted[] = [];
  for await (const { type, data } of events('/v1/images/edits', { body: form, signal })) {
    const told = data as EditEvent;
    const src = dataUrl(told.output_format, told.b64_json);
    if (type === 'image_edit.partial_image') {
      const step = told.partial_image_index + 1;
      yield { image: told.image_index, src, step, steps: PARTIALS + 1 };
    } else if (type === 'image_edit.completed') {
      done[told.image_index] = { src, seed: told.seed, codes: told.codes };
      if (done.filter(Boolean).length === n) yield { done, model: told.model };
    } else throwIfError(type, data);
  }
}

function throwIfError(type: string, data: unknown): void {
  if (type === 'error') throw new Error((data as { error: { message: string } }).error.message);
}
