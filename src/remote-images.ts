/**
 * Images by address, from hosts that the operator names (IMAGE_HOSTS), and from nowhere else.
 *
 * A server that fetches what strangers name can be made to ask its own network. So: http and https on their own ports
 * alone, hosts by name and never by number, no credentials; every address that the name resolves to and that is not
 * public is left out, and the connection goes to an address that was checked, not to a second answer of the name
 * server; every redirect goes through all of that again, and none leads from https to http.
 */
import { get as httpGet, type IncomingMessage, type RequestOptions } from 'node:http';
import { get as httpsGet } from 'node:https';
import { isIP } from 'node:net';
import { CodedError } from './errors.ts';
import { MAX_PICTURE_BYTES, tooLarge } from './pictures/picture-header.ts';
import { type Address, allAddresses, isPublicAddress, pinnedTo } from './public-addresses.ts';

export interface RemoteImages {
  /**
   * @param param the request's field, for the error
   * @param onBytes told of every piece that comes; what it throws ends the transfer
   * @returns the file, whatever it holds
   * @throws CodedError image_url_not_allowed, image_not_reachable, image_too_large; the signal's reason
   */
  fetch(url: string, param: string, signal?: AbortSignal, onBytes?: (bytes: number) => void): Promise<Buffer>;
}

export interface RemoteImagesOptions {
  /** Lower case, exact: `example.org` does not stand for `www.example.org`. */
  hosts: readonly string[];
  /** Milliseconds for everything, redirects included. */
  timeoutMs?: number;
  /** Every address of a name. */
  resolve?: (name: string) => Promise<Address[]>;
  isPublic?: (address: string) => boolean;
  /** Tests listen elsewhere. */
  ports?: { http: number; https: number };
}

const MOST_REDIRECTS = 3;
const TIMEOUT_MS = 10_000;

export function createRemoteImages(options: RemoteImagesOptions): RemoteImages {
  const { timeoutMs = TIMEOUT_MS, resolve = allAddresses, isPublic = isPublicAddress } = options;
  const { ports = { http: 80, https: 443 } } = options;
  const hosts = new Set(options.hosts);

  /** @throws CodedError image_url_not_allowed */
  function check(text: string, base: URL | undefined, param: string): URL {
    const refuse = (why: string): never => {
      throw new CodedError('image_url_not_allowed', why, { param });
    };
    if (!URL.canParse(text, base?.href)) refuse('The address of the image cannot be read.');
    const url = new URL(text, base);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') refuse('Images come by http or https.');
    if (base?.protocol === 'https:' && url.protocol === 'http:') {
      refuse('The image was moved from https to http.');
    }
    if (url.username !== '' || url.password !== '') refuse('The address of an image names no user.');
    if (url.port !== '') refuse('The address of an image names no port.');
    const name = url.hostname.toLowerCase().replace(/\.$/, '');
    if (isIP(name.replace(/^\[|\]$/g, '')) !== 0 || !hosts.has(name)) {
      const allowed = [...hosts].join(', ') || 'none: the operator sets them with IMAGE_HOSTS';
      const moved = base === undefined ? '' : ' The image was moved to another host.';
      refuse(`Images are fetched from these hosts only: ${allowed}.${moved}`);
    }
    return url;
  }

  /** One hop. The body is not read yet. */
  async function open(url: URL, param: string, signal: AbortSignal): Promise<IncomingMessage> {
    const secure = url.protocol === 'https:';
    const addresses = (await resolve(url.hostname)).filter(({ address }) => isPublic(address));
    signal.throwIfAborted();
    if (addresses.length === 0) {
      const why = `${url.hostname} has no public address.`;
      throw new CodedError('image_url_not_allowed', why, { param });
    }
    const request: RequestOptions = {
      lookup: pinnedTo(addresses),
      signal,
      // A connection of its own: one that is kept would outlive what was checked.
      agent: false,
      port: secure ? ports.https : ports.http,
      headers: {
        accept: 'image/png, image/jpeg, image/webp, image/gif, image/avif',
        'accept-encoding': 'identity',
        'user-agent': 'xlxmert-zoo',
      },
    };
    return new Promise((done, failed) => {
      (secure ? httpsGet : httpGet)(url, request, done).on('error', failed);
    });
  }

  async function follow(
    text: string,
    param: string,
    signal: AbortSignal,
    onBytes: (bytes: number) => void,
  ): Promise<Buffer> {
    let url = check(text, undefined, param);
    for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
      const answer = await open(url, param, signal);
      const status = answer.statusCode ?? 0;
      if (status === 200) return read(answer, param, onBytes);
      answer.destroy();
      const { location } = answer.headers;
      if (![301, 302, 303, 307, 308].includes(status) || location === undefined) {
        throw unreachable(param, `the host answered with status ${status}`);
      }
      url = check(location, url, param);
    }
    throw unreachable(param, `it was moved more than ${MOST_REDIRECTS} times`);
  }

  return {
    async fetch(text, param, signal, onBytes = () => {}) {
      const late = AbortSignal.timeout(timeoutMs);
      try {
        return await follow(text, param, signal ? AbortSignal.any([signal, late]) : late, onBytes);
      } catch (error) {
        if (error instanceof CodedError) throw error;
        signal?.throwIfAborted();
        if (late.aborted) throw unreachable(param, `it did not come within ${timeoutMs / 1000} s`, error);
        throw unreachable(param, 'the connection failed', error);
      }
    },
  };
}

async function read(
  answer: IncomingMessage,
  param: string,
  onBytes: (bytes: number) => void,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop destroys the connection.
  if (Number(answer.headers['content-length']) <= MAX_PICTURE_BYTES || !answer.headers['content-length']) {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      onBytes(chunk.length);
      length += chunk.length;
      if (length > MAX_PICTURE_BYTES) break;
      chunks.push(chunk);
    }
    if (length <= MAX_PICTURE_BYTES) return Buffer.concat(chunks);
  }
  answer.destroy();
  throw tooLarge(`more than ${MAX_PICTURE_BYTES / 2 ** 20} MB`, { param });
}

function unreachable(param: string, why: string, cause?: unknown): CodedError {
  const message = `The image could not be fetched: ${why}.`;
  return new CodedError('image_not_reachable', message, { param, cause });
}
