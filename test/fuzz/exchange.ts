/** Requests as bytes, and what comes back: nothing between the test and the server would refuse to send or to read. */
import { connect } from 'node:net';

export interface Sent {
  /** What kind of request it is, for reports. */
  kind: string;
  bytes: Buffer;
  /** What the client does once it has sent all: wait for the answer, end its side, or hang up. */
  after: 'wait' | 'end' | 'hang-up';
  /** The operation of the document that it is about, `POST /v1/vqa`; none where it is about no one in particular. */
  operation?: string;
  method: string;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** `closed`: without an answer. `hung`: neither an answer nor an end. `nonsense`: bytes that are no answer. */
export type Outcome = Answer | 'closed' | 'hung' | 'nonsense';

export function exchange(port: number, { bytes, after, method }: Sent, patienceMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    let text = Buffer.alloc(0);
    let closed = false;
    const socket = connect(port, '127.0.0.1');
    const finish = (outcome: Outcome) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const look = () => {
      const answer = readAnswer(text, method, closed);
      if (answer !== undefined) finish(answer);
      else if (closed) finish(text.length === 0 ? 'closed' : 'nonsense');
    };
    const timer = setTimeout(() => finish('hung'), patienceMs);
    socket.on('connect', () => {
      if (after === 'end') socket.end(bytes);
      else socket.write(bytes, () => after === 'hang-up' && socket.destroy());
    });
    socket.on('data', (chunk) => {
      text = Buffer.concat([text, chunk]);
      look();
    });
    // A server that has answered need not read the rest.
    socket.on('error', () => {});
    socket.on('close', () => {
      closed = true;
      look();
    });
  });
}

/** undefined: not all of it is there yet. */
function readAnswer(text: Buffer, method: string, closed: boolean): Answer | 'nonsense' | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [line = '', ...lines] = text.subarray(0, end).toString('latin1').split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})( |$)/.exec(line)?.[1]);
  if (Number.isNaN(status)) return 'nonsense';
  const rest = text.subarray(end + 4);
  // 100 Continue.
  if (status < 200) return readAnswer(rest, method, closed);
  const headers: Record<string, string> = {};
  for (const one of lines) {
    const colon = one.indexOf(':');
    headers[one.slice(0, colon).toLowerCase()] = one.slice(colon + 1).trim();
  }
  const answer = (body: Buffer) => ({ status, headers, body });
  if (method === 'HEAD' || status === 204 || status === 304) return answer(Buffer.alloc(0));
  // It goes on for as long as somebody listens.
  if (headers['content-type']?.startsWith('text/event-stream') && rest.length > 0) return answer(rest);
  if (headers['transfer-encoding'] === 'chunked') {
    const body = readChunks(rest);
    return body === undefined ? undefined : answer(body);
  }
  const length = headers['content-length'];
  if (length === undefined) return closed ? answer(rest) : undefined;
  return rest.length < Number(length) ? undefined : answer(rest.subarray(0, Number(length)));
}

function readChunks(text: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = text.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = Number.parseInt(text.subarray(at, line).toString('latin1'), 16);
    if (text.length < line + 2 + size + 2) return undefined;
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(text.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
