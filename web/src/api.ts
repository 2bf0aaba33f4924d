/** Requests to the server that sent this page, and to no other. */
import type { components } from '../../clients/typescript/src/contract.ts';

export type Schemas = components['schemas'];
export type Model = Schemas['Model'];
export type Run = Schemas['Run'];
export type Job = Schemas['TrainJob'];
export type JobEvent = Schemas['TrainJobEvent'];
export type Dataset = Schemas['Dataset'];
export type PaintAnswer = Schemas['PaintAnswer'];
export type PaintStep = Schemas['PaintStep'];

const KEY = 'xlxmert-zoo.key';

export const apiKey = (): string => localStorage.getItem(KEY) ?? '';
export function setApiKey(key: string): void {
  if (key === '') localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, key);
}

/** What the server answered, in its own words. */
class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Said once, wherever a request was refused for lack of a key. */
let onKeyWanted = () => {};
export function whenKeyIsWanted(tell: () => void): void {
  onKeyWanted = tell;
}

interface Options {
  method?: string;
  body?: unknown;
  signal?: AbortSignal;
}

export async function send(path: string, { method, body, signal }: Options = {}): Promise<Response> {
  const key = apiKey();
  const isForm = body instanceof FormData;
  const answer = await fetch(path, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(key !== '' && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  }).catch((error) => {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'unreachable', 'The server does not answer. Is it still running?');
  });
  if (answer.ok) return answer;
  const told = (await answer.json().catch(() => ({}))) as { error?: { code: string; message: string } };
  if (answer.status === 401) onKeyWanted();
  const { code = 'unknown', message = `The server answered ${answer.status}.` } = told.error ?? {};
  throw new ApiError(answer.status, code, message);
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await send(path, signal === undefined ? {} : { signal })).json() as Promise<T>;
}

export async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return (await send(path, { method: 'POST', body, ...(signal && { signal }) })).json() as Promise<T>;
}

export interface ServerEvent {
  type: string;
  id: string;
  data: unknown;
}

/** Server-sent events of any request: an EventSource could send neither a body nor a key. */
export async function* events(path: string, options: Options = {}): AsyncGenerator<ServerEvent> {
  const answer = await send(path, options);
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line): [string, string] => {
            const colon = line.indexOf(':');
            return [line.slice(0, colon), line.slice(colon + 1).trimStart()];
          }),
      );
      text = text.slice(end + 2);
      const data = fields.get('data');
      if (data !== undefined) {
        yield { type: fields.get('event') ?? 'message', id: fields.get('id') ?? '', data: JSON.parse(data) };
      }
    }
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
export const isAbort = (error: unknown): boolean =>
  error instanceof DOMException && error.name === 'AbortError';
