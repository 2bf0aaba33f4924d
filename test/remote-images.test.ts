/** Images by address, from a server on this machine that stands for several hosts. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CodedError } from '../src/errors.ts';
import { MAX_PICTURE_BYTES } from '../src/pictures/picture-header.ts';
import { isPublicAddress } from '../src/public-addresses.ts';
import { createRemoteImages, type RemoteImagesOptions } from '../src/remote-images.ts';

let server: Server;
let port: number;
/** `<host><path>` of every request. */
const asked: string[] = [];
/** Names that were resolved. */
const resolved: string[] = [];

const PATHS: Record<string, (answer: ServerResponse, request: IncomingMessage) => void> = {
  '/picture': (answer) => answer.end('bytes'),
  '/missing': (answer) => answer.writeHead(404).end(),
  '/moved': (answer) => answer.writeHead(302, { location: '/picture' }).end(),
  '/elsewhere': (answer) => answer.writeHead(301, { location: 'http://evil.example/picture' }).end(),
  '/inside': (answer) => answer.writeHead(307, { location: 'http://inside.example/picture' }).end(),
  '/number': (answer) => answer.writeHead(302, { location: 'http://127.0.0.1/picture' }).end(),
  '/file': (answer) => answer.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  '/round': (answer) => answer.writeHead(302, { location: '/round' }).end(),
  '/said': (answer) => answer.writeHead(200, { 'content-length': MAX_PICTURE_BYTES + 1 }).flushHeaders(),
  '/endless': (answer) => {
    const more = () => {
      while (!answer.destroyed && answer.write(Buffer.alloc(2 ** 20)));
    };
    answer.on('drain', more);
    more();
  },
  '/never': () => {},
  '/broken': (answer) => answer.socket!.destroy(),
};

beforeAll(async () => {
  server = createServer((request, answer) => {
    asked.push(`${request.headers.host}${request.url}`);
    PATHS[request.url!]!(answer, request);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked.length = 0;
  resolved.length = 0;
});

/** Every name leads to this machine; inside.example says so as a private host would. */
const images = (options: Partial<RemoteImagesOptions> = {}) =>
  createRemoteImages({
    hosts: ['pictures.example', 'inside.example'],
    resolve: async (name) => {
      resolved.push(name);
      return [{ address: name === 'inside.example' ? '10.0.0.1' : '127.0.0.1', family: 4 }];
    },
    isPublic: (address) => address !== '10.0.0.1',
    ports: { http: port, https: port },
    ...options,
  });
const fails = (url: string, code: string, options: Partial<RemoteImagesOptions> = {}) =>
  expect(images(options).fetch(url, '/image')).rejects.toMatchObject({ code, param: '/image' });

it('fetches a file from a host that is allowed, also after it moved there', async () => {
  expect(String(await images().fetch('http://pictures.example/picture', '/image'))).toBe('bytes');
  expect(String(await images().fetch('http://PICTURES.example/moved', '/image'))).toBe('bytes');
  expect(asked.map((one) => one.replace(/:\d+/, ''))).toEqual([
    'pictures.example/picture',
    'pictures.example/moved',
    'pictures.example/picture',
  ]);
  // Once a connection, and the connection asks nobody else.
  expect(resolved).toHaveLength(3);
});

describe('asks nobody', () => {
  it.each([
    'http://evil.example/picture',
    'http://www.pictures.example/picture',
    'http://pictures.example.evil.example/picture',
    'http://pictures.example:8080/picture',
    'http://user:word@pictures.example/picture',
    'http://127.0.0.1/picture',
    'http://2130706433/picture',
    'http://0x7f.1/picture',
    'http://[::1]/picture',
    'http://[::ffff:7f00:1]/picture',
    'http://localhost/picture',
    'ftp://pictures.example/picture',
    'file:///etc/passwd',
    'http://inside.example/picture',
    'not an address',
  ])('%s', async (url) => {
    await fails(url, 'image_url_not_allowed');
    expect(asked).toEqual([]);
  });

  it('when no host is allowed', () =>
    fails('http://pictures.example/picture', 'image_url_not_allowed', { hosts: [] }));

  it('when a name that is allowed leads to this machine', async () => {
    await fails('http://pictures.example/picture', 'image_url_not_allowed', { isPublic: isPublicAddress });
    expect(asked).toEqual([]);
  });
});

it.each(['/elsewhere', '/inside', '/number', '/file'])('checks every hop: %s', async (path) => {
  await fails(`http://pictures.example${path}`, 'image_url_not_allowed');
  expect(asked).toHaveLength(1);
});

it.each(['/missing', '/round', '/broken'])('says when there is nothing to be had: %s', (path) =>
  fails(`http://pictures.example${path}`, 'image_not_reachable'),
);

it('says when the name does not exist', () =>
  fails('http://pictures.example/picture', 'image_not_reachable', {
    resolve: async () => Promise.reject(new Error('ENOTFOUND')),
  }));

it.each(['/said', '/endless'])('takes no more than a picture may have: %s', (path) =>
  fails(`http://pictures.example${path}`, 'image_too_large'),
);

it('waits for a while, and not when nobody waits any more', async () => {
  await fails('http://pictures.example/never', 'image_not_reachable', { timeoutMs: 50 });
  const client = new AbortController();
  const answer = images().fetch('http://pictures.example/never', '/image', client.signal);
  client.abort(new CodedError('client_closed_request'));
  await expect(answer).rejects.toMatchObject({ code: 'client_closed_request' });
});

it.each([
  ['93.184.216.34', true],
  ['2606:2800:220:1:248:1893:25c8:1946', true],
  ['127.0.0.1', false],
  ['10.1.2.3', false],
  ['172.16.0.1', false],
  ['192.168.1.1', false],
  ['169.254.169.254', false],
  ['100.64.0.1', false],
  ['0.0.0.0', false],
  ['224.0.0.1', false],
  ['::1', false],
  ['::', false],
  ['fe80::1', false],
  ['fc00::1', false],
  ['::ffff:10.0.0.1', false],
  ['64:ff9b::a00:1', false],
  ['2002:a00:1::', false],
  ['x', false],
])('%s is public: %s', (address, expected) => {
  expect(isPublicAddress(address)).toBe(expected);
});
