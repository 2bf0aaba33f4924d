/** What Node refuses before there is a request for the application, in the one shape of errors. */
import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { CodedError } from '../errors.ts';
import { errorBody } from './errors.ts';

/** For Fastify's `clientErrorHandler`. */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  // Beside an answer that is on its way, another one could be taken for it.
  const { _httpMessage: answering } = socket as Socket & { _httpMessage?: ServerResponse | null };
  if (!socket.writable || error.code === 'ECONNRESET' || answering?.headersSent) {
    socket.destroy();
    return;
  }
  const { status, headers, body } = answerOf(whyBroken(error));
  const lines = Object.entries({ ...headers, connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** For the event `checkExpectation`. */
export function unmetExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const { status, headers, body } = answerOf(new CodedError('expectation_failed'));
  response.writeHead(status, { ...headers, connection: 'close' }).end(body);
}

function whyBroken({ code }: NodeJS.ErrnoException): CodedError {
  if (code === 'HPE_HEADER_OVERFLOW') return new CodedError('headers_too_large');
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return new CodedError('payload_too_large');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new CodedError('request_timeout');
  return new CodedError('invalid_request', 'This is not an HTTP request that can be read.');
}

function answerOf(error: CodedError) {
  const id = `req_${randomUUID()}`;
  const body = JSON.stringify(errorBody(error, id));
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'x-request-id': id,
  };
  return { status: error.status, headers, body };
}
