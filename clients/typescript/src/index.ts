/** A typed client of a xlxmert-zoo server: every operation of its contract, and what contracts have no words for. */
import createClient, { type Client, type ClientOptions } from 'openapi-fetch';
import type { components, paths } from './contract.ts';
import { readEvents } from './events.ts';

export type { components, operations, paths } from './contract.ts';
export { readEvents, type ServerSentEvent } from './events.ts';

type Schemas = components['schemas'];

export interface ZooOptions extends ClientOptions {
  /** Such as "http://127.0.0.1:3000". */
  baseUrl: string;
  /** Where the server wants one. */
  apiKey?: string;
}

export type ZooClient = Client<paths>;

/** `client.POST('/v1/vqa/upload', {body: {image, question}})`: files go as forms, the rest as JSON. */
export function createZooClient({ apiKey, ...options }: ZooOptions): ZooClient {
  const client = createClient<paths>({ ...options, bodySerializer: serialize });
  if (apiKey !== undefined) {
    client.use({
      onRequest({ request }) {
        request.headers.set('authorization', `Bearer ${apiKey}`);
      },
    });
  }
  return client;
}

/** The pictures of a painting while it grows, then its answer. @throws the server's error, as `{error}` */
export async function* paintSteps(
  client: ZooClient,
  body: Schemas['PaintRequest'],
  signal?: AbortSignal,
): AsyncGenerator<
  { type: 'step'; step: Schemas['PaintStep'] } | { type: 'completed'; answer: Schemas['PaintAnswer'] }
> {
  const { data, error } = await client.POST('/v1/generate-image/stream', {
    body,
    parseAs: 'stream',
    ...(signal !== undefined && { signal }),
  });
  if (error !== undefined) throw error;
  for await (const event of readEvents(data as unknown as ReadableStream<Uint8Array>)) {
    const value: unknown = JSON.parse(event.data);
    if (event.type === 'error') throw value;
    if (event.type === 'step') yield { type: 'step', step: value as Schemas['PaintStep'] };
    if (event.type === 'completed') yield { type: 'completed', answer: value as Schemas['PaintAnswer'] };
  }
}

function serialize(body: unknown): FormData | string {
  if (typeof body !== 'object' || body === null || !hasFile(body)) return JSON.stringify(body);
  const form = new FormData();
  for (const [name, value] of Object.entries(body)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one === undefined) continue;
      if (one instanceof Blob) form.append(name, one, 'name' in one ? String(one.name) : name);
      else form.append(name, typeof one === 'object' ? JSON.stringify(one) : String(one));
    }
  }
  return form;
}

const hasFile = (body: object): boolean =>
  Object.values(body)
    .flat()
    .some((value) => value instanceof Blob);
