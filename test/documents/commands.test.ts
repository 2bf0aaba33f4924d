/**
 * The commands of the README, in its order, as somebody types them who has just cloned the repository; then the
 * examples, on the same server. The folder is a copy of what a clone has, with what `npm ci` installed before these
 * tests began. All that is changed is the port.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePicture } from '../../src/pictures/decode-picture.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** By place, whichever of the tests run: what installs must not be typed where `node_modules` is a link. */
const [install, paint, ask, makeDataset, train, ...others] = [
  ...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm),
].map(([, commands]) => commands!);
const NOT_CLONED = ['node_modules', '.git', 'data', 'engines'];
/** A training and five starts of a command, on a machine that may be busy. */
const PATIENCE = 1_500_000;

let folder: string;
let server: ChildProcess;
let address: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xlxmert-readme-'));
  // Run by root, Postgres runs as somebody else, who must be able to enter.
  chmodSync(folder, 0o755);
  cpSync(root, folder, {
    recursive: true,
    filter: (source) => !NOT_CLONED.some((name) => source === join(root, name)),
  });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  [server, address] = await start();
}, PATIENCE);

afterAll(async () => {
  server?.kill('SIGTERM');
  if (server?.exitCode === null) await once(server, 'exit');
  rmSync(folder, { recursive: true, force: true });
}, PATIENCE);

/** `npm start`, until the models are loaded. */
async function start(): Promise<[ChildProcess, string]> {
  const child = spawn('npm', ['start'], { cwd: folder, env: { ...process.env, PORT: '0' } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk;
    });
  }
  for (;;) {
    const url = /listening on (http:\/\/[\d.:]+)/.exec(text)?.[1];
    if (url !== undefined && text.includes('ready after')) return [child, url];
    if (child.exitCode !== null) throw new Error(text);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What the commands write; they stop at the first that fails. */
async function type(commands: string): Promise<string> {
  const typed = commands.replaceAll('http://127.0.0.1:3000', address);
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', typed], { cwd: folder });
  return stdout;
}

const pictureOf = (file: string) => decodePicture(readFileSync(join(folder, file)), 128);

describe('the README', () => {
  it('begins with what this test does itself', () => {
    expect(install).toBe('npm ci\nnpm start\n');
  });

  it('paints', { timeout: PATIENCE }, async () => {
    await type(paint!);
    expect(await pictureOf('giraffe.png')).not.toEqual(await pictureOf('other.png'));
  });

  it('asks', { timeout: PATIENCE }, async () => {
    const answers = await type(ask!);
    expect(answers).toContain('"answer":"red"');
    expect(answers.match(/"text":"A /g)).toHaveLength(3);
    expect(answers).toContain('"label":true');
    expect(answers).toMatch(/^no\b/m);
  });

  it('makes a data set', { timeout: PATIENCE }, async () => {
    const { data } = JSON.parse((await type(makeDataset!)).replace(/^[^{]*/, ''));
    expect(data.find(({ id }: { id: string }) => id === 'pets')).toMatchObject({
      usable: true,
      kinds: expect.arrayContaining(['vqa']),
    });
  });

  it('trains, hosts the result and asks it', { timeout: PATIENCE }, async () => {
    const said = await type(train!);
    expect(said).toContain('"status":"succeeded"');
    expect(said).toMatch(/"model":"pets".*"answer":"no"/);
    expect(said).toMatch(/\| \*\*all\*\* \(n = 6\) \| (1\.000|0\.833) \|/);
  });

  it('has no other commands', () => {
    expect(others).toEqual([]);
  });
});

describe('the contract', () => {
  it.each([
    ['/v1/vqa', ['answer']],
    ['/v1/nlvr2', ['label']],
    ['/v1/chat/completions', ['choices']],
  ])('shows what %s answers to its example', { timeout: PATIENCE }, async (path, said) => {
    const { paths, components } = JSON.parse(await (await fetch(`${address}/openapi.json`)).text());
    const { requestBody, responses } = paths[path].post;
    const answer = await fetch(address + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(requestBody.content['application/json'].example),
    });
    const body = JSON.parse(await answer.text());
    const { $ref } = responses['200'].content['application/json'].schema;
    const [shown] = components.schemas[$ref.split('/').at(-1)].examples;
    expect(said.map((field) => body[field])).toEqual(said.map((field) => shown[field]));
    expect(body.model).toBe(shown.model);
  });
});

describe('the examples', () => {
  it('curl.sh', { timeout: PATIENCE }, async () => {
    const said = await type(`sh examples/curl.sh ${address}`);
    for (const part of [
      'x-seed: 1',
      '"captions"',
      '"answer":"red"',
      '"label":true',
      'event: completed',
      '"has_more"',
    ])
      expect(said).toContain(part);
  });

  const lines = [
    /giraffe-1.png: seed 2/,
    /^red: 9\d/m,
    /step (\d) of \1/,
    /painted in/,
    /vqa, succeeded/,
    /invalid_request/,
  ];

  it('client.mjs', { timeout: PATIENCE }, async () => {
    const said = await type(`node examples/client.mjs ${address}`);
    for (const line of lines) expect(said).toMatch(line);
    expect(existsSync(join(folder, 'giraffe-1.png'))).toBe(true);
  });

  it('openai-fine-tuning.mjs: what was taught is known of other pictures', {
    timeout: PATIENCE,
  }, async () => {
    const said = await type(`node examples/openai-fine-tuning.mjs ${address}`);
    expect(said).toContain('vqa-pets-or-not is hosted');
    const right = { cat: 'yes', dog: 'yes', rabbit: 'yes', tiger: 'no', whale: 'no', dinosaur: 'no' };
    const answers = Object.entries(right).filter(([animal, answer]) =>
      said.includes(`vqa-pets-or-not: is a ${animal} a pet? ${answer}\n`),
    );
    expect(answers.length).toBeGreaterThanOrEqual(5);
    const { data } = JSON.parse(await (await fetch(`${address}/v1/models?task=vqa`)).text());
    expect(data.map(({ id }: { id: string }) => id)).toContain('vqa-pets-or-not');
  });

  const python = spawnSync('python3', ['-c', 'import sys; assert sys.version_info >= (3, 8)']).status === 0;
  if (!python) console.warn('skipped: there is no python3 of version 3.8 or newer to run examples/client.py');

  it.skipIf(!python)('client.py', { timeout: PATIENCE }, async () => {
    const said = await type(`python3 examples/client.py ${address}`);
    for (const line of lines) expect(said).toMatch(line);
  });
});
