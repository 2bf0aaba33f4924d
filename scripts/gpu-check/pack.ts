/**
 * `npm run gpu-check:pack -- [options]`: all that the check needs, for a machine that has a GPU and its driver, and
 * neither Node nor network: Node itself, the modules that run, the checkpoints, and the TensorFlow engine with those
 * of CUDA's libraries that it computes with. In pieces that are whole xz streams, so that each can be unpacked by
 * itself as soon as it has come.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { installationFolder, readInstallation } from '../../src/engines/installation.ts';
import { runTool } from '../../src/setup/run-tool.ts';
import { deviceCode, keepArchitecture } from './device-code.ts';

const HELP = `npm run gpu-check:pack -- [options]

  --to <folder>        where the pieces go (./gpu-check)
  --engines-dir <dir>  where npm run setup:cuda -- --from-wheel has installed the engine (./engines)
  --architecture <n>   compute capability of the GPU, 90 for an H100 or H200; all keeps every GPU's code (90)
  --piece <MiB>        most of a piece (60)
  --only-app           only the project's own code, anew, beside the pieces that are there
  --library <file>     carry this one too, such as Vulkan's loader for DEVICE=webgpu (libvulkan.so.1); may be repeated
  --with-cudnn         carry cuDNN too; without it, the machine's own of the same major version is taken
`;

const { values: flags } = parseArgs({
  options: {
    to: { type: 'string', default: 'gpu-check' },
    'engines-dir': { type: 'string', default: process.env.ENGINES_DIR || 'engines' },
    architecture: { type: 'string', default: '90' },
    piece: { type: 'string', default: '60' },
    'only-app': { type: 'boolean', default: false },
    library: { type: 'string', multiple: true, default: [] },
    'with-cudnn': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  },
});

/** Files of the project beside its modules and checkpoints: small, so that a mended check is one small piece. */
const SOURCES = [
  ...['package.json', 'tsconfig.json', 'src', 'scripts/gpu-check'],
  ...['test/fixtures/x-lxmert-tiny', 'test/fixtures/generator-tiny'],
];

/** The dependencies that models, training and engines load; those of the server and its database stay here. */
const MODULES = [
  ...['@huggingface/tokenizers', '@iconify-json/fluent-emoji-flat', '@iconify-json/noto'],
  ...['@tensorflow/tfjs-backend-cpu', '@tensorflow/tfjs-converter', '@tensorflow/tfjs-core'],
  ...[
    'csv-parse',
    'fflate',
    'h5wasm',
    'ml-matrix',
    'onnxruntime-node',
    'protobufjs',
    'sharp',
    'tsx',
    'typebox',
  ],
  ...['yauzl'],
];

/** Libraries of CUDA that compute. TensorFlow wants the others to exist, and uses them for what is not done here. */
const COMPUTING = /^lib(cudart|cublas|cublasLt)\.so\.\d+$/;
const CUDNN = /^libcudnn(_.*)?\.so\.\d+$/;
const OPENED = /^lib(cufft|curand|cusolver|cusparse|nvJitLink|nccl|cupti)\.so\.\d+$/;

/** In a module, nothing that runs. */
const IDLE =
  /\.(map|d\.[cm]?ts|md|markdown|tsbuildinfo)$|(^|\/)(test|tests|__tests__|docs|example|examples)\//;
/** tfjs's packages hold each build five times; Node loads one. */
const OTHER_BUILDS =
  /@tensorflow\/tfjs[^/]*\/(src|tools|scripts)\/|@tensorflow\/tfjs[^/]*\/dist\/[^/]*(\.es2017|\.fesm|\.min|miniprogram)[^/]*\.js$|@tensorflow\/tfjs-backend-webgl\/.*\.ts$/;

const root = resolve(import.meta.dirname, '../..');
const say = (line: string) => process.stdout.write(`${line}\n`);
const MIB = 2 ** 20;

async function pack(): Promise<void> {
  const to = resolve(flags.to);
  mkdirSync(to, { recursive: true });
  if (!flags['only-app']) await packBase(to);
  await inTree(to, async (tree) => {
    for (const source of SOURCES) cpSync(join(root, source), join(tree, 'app', source), { recursive: true });
    for (const file of flags.library) cpSync(file, join(tree, 'lib', basename(file)), { dereference: true });
    await writePieces(tree, to, 'app');
  });
  cpSync(join(import.meta.dirname, 'run.sh'), join(to, 'run.sh'));
  const sums = readdirSync(to)
    .filter((name) => name.endsWith('.xz'))
    .map(
      (name) =>
        `${createHash('sha256')
          .update(readFileSync(join(to, name)))
          .digest('hex')}  ${name}`,
    );
  writeFileSync(join(to, 'SHA256SUMS'), `${sums.join('\n')}\n`);
  say(`${sums.length} pieces in ${relative(process.cwd(), to)}`);
}

/** What seldom changes, and is large. */
async function packBase(to: string): Promise<void> {
  const engine = installationFolder(resolve(flags['engines-dir']), 'cuda');
  const installation = readInstallation(engine);
  if (installation?.source !== 'wheel') {
    throw new Error(`there is no engine in ${engine}: run "npm run setup:cuda -- --from-wheel" first`);
  }
  await inTree(to, async (tree) => {
    cpSync(join(root, 'checkpoints'), join(tree, 'app/checkpoints'), { recursive: true });
    for (const folder of modulesOf(MODULES)) copyModule(root, folder, join(tree, 'app'));
    cpSync(process.execPath, join(tree, 'bin/node'));
    await packEngine(engine, join(tree, 'engines/tensorflow-cuda'));
    await writePieces(tree, to, 'base');
  });
}

async function inTree(to: string, work: (tree: string) => Promise<void>): Promise<void> {
  const tree = join(to, 'tree');
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(tree);
  try {
    await work(tree);
  } finally {
    rmSync(tree, { recursive: true });
  }
}

interface Lock {
  packages: Record<
    string,
    { dependencies?: Record<string, string>; optionalDependencies?: Record<string, string> }
  >;
}

/** Folders of these packages and of all that they need, as the lock file has them. */
function modulesOf(names: readonly string[]): string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  const found = new Set<string>();
  const visit = (name: string, from: string) => {
    // As Node looks for a package: beside whoever asks, then further up.
    for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules') - 1))) {
      const folder = join(at, 'node_modules', name);
      if (folder in packages) {
        // Those for other machines are not installed.
        if (found.has(folder) || !existsSync(join(root, folder))) return;
        found.add(folder);
        const { dependencies, optionalDependencies } = packages[folder]!;
        for (const one of Object.keys({ ...dependencies, ...optionalDependencies })) visit(one, folder);
        return;
      }
      if (at === '') return;
    }
  };
  for (const name of names) visit(name, '');
  return [...found].sort();
}

function copyModule(from: string, folder: string, to: string): void {
  const onnxruntime = join('onnxruntime-node/bin');
  const mine = join(process.platform, process.arch);
  for (const file of filesOf(join(from, folder))) {
    const path = relative(from, file);
    if (IDLE.test(path) || OTHER_BUILDS.test(path)) continue;
    if (path.includes(onnxruntime) && !path.includes(mine)) continue;
    // A module's own modules are in the list themselves.
    if (path.slice(folder.length).includes('/node_modules/')) continue;
    place(file, join(to, path));
  }
}

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesOf(path) : entry.isFile() ? [path] : [];
  });

function place(file: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  try {
    linkSync(file, to);
  } catch {
    cpSync(file, to);
  }
}

async function packEngine(engine: string, to: string): Promise<void> {
  for (const file of filesOf(join(engine, 'node_modules'))) {
    const path = relative(engine, file);
    if (
      !IDLE.test(path) &&
      !OTHER_BUILDS.test(path) &&
      !/node_modules\/(core-js|@types|node-api-headers)\//.test(path)
    ) {
      place(file, join(to, path));
    }
  }
  for (const name of ['engine.json', 'package.json', 'opened-libraries'])
    place(join(engine, name), join(to, name));
  for (const name of readdirSync(join(engine, 'tensorflow'))) {
    await packLibrary(join(engine, 'tensorflow', name), join(to, 'tensorflow', name));
  }
  for (const part of readdirSync(join(engine, 'nvidia'))) {
    const folder = join(engine, 'nvidia', part, 'lib');
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const target = join(to, 'nvidia', part, 'lib', name);
      if (COMPUTING.test(name) || (CUDNN.test(name) && flags['with-cudnn'])) {
        await packLibrary(join(folder, name), target);
      } else if (OPENED.test(name)) await standIn(name, target);
    }
  }
  // For a machine without a GPU, where nothing calls it: a rehearsal.
  await standIn('libcudnn.so.9', join(to, 'stand-ins/libcudnn.so.9'));
}

/** A library of that name with nothing in it. */
async function standIn(name: string, to: string): Promise<void> {
  mkdirSync(dirname(to), { recursive: true });
  const nothing = ['-shared', '-nostdlib', '-x', 'c', '/dev/null'];
  await runTool(process.env.CXX || 'g++', [...nothing, `-Wl,-soname,${name}`, '-o', to]);
}

async function packLibrary(file: string, to: string): Promise<void> {
  mkdirSync(dirname(to), { recursive: true });
  const bytes = readFileSync(file);
  const before = deviceCode(bytes);
  const zeroed = flags.architecture === 'all' ? 0 : keepArchitecture(bytes, Number(flags.architecture));
  writeFileSync(to, bytes);
  const kinds = Object.keys(before).sort().join(', ') || 'none';
  say(`${basename(file)}: ${mb(bytes.length)}, of it code for other GPUs ${mb(zeroed)} (there is: ${kinds})`);
}

const mb = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;

/** Uncompressed bytes of a stream: small, so that pieces are filled well, and two at a time. */
const BLOCK = 16 * MIB;
const AT_A_TIME = 2;

async function writePieces(tree: string, to: string, group: 'base' | 'app'): Promise<void> {
  for (const name of readdirSync(to)) if (name.startsWith(`${group}-`)) rmSync(join(to, name));
  const limit = Number(flags.piece) * MIB;
  const tar = spawn(
    'tar',
    ['--sort=name', '--owner=0', '--group=0', '--mtime=@0', '-C', tree, '-cf', '-', '.'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise<number | null>((done) => tar.on('close', done));
  const pieces: { name: string; bytes: number }[] = [];
  let piece: Buffer[] = [];
  let total = 0;
  const flush = () => {
    if (piece.length === 0) return;
    const name = `${group}-${String(pieces.length + 1).padStart(2, '0')}.xz`;
    const bytes = Buffer.concat(piece);
    writeFileSync(join(to, name), bytes);
    pieces.push({ name, bytes: bytes.length });
    piece = [];
  };
  const add = (stream: Buffer) => {
    const there = piece.reduce((sum, { length }) => sum + length, 0);
    if (there + stream.length > limit) flush();
    piece.push(stream);
  };
  const running: Promise<Buffer>[] = [];
  for await (const block of blocks(tar.stdout)) {
    total += block.length;
    running.push(compressed(block));
    if (running.length >= AT_A_TIME) add(await running.shift()!);
  }
  for (const one of running) add(await one);
  flush();
  const code = await ended;
  if (code !== 0) throw new Error(`tar ended with code ${code}`);
  const packed = pieces.reduce((sum, { bytes }) => sum + bytes, 0);
  say(`${group}: ${mb(total)} in ${pieces.length} pieces of ${mb(packed)} in all`);
}

async function* blocks(stream: NodeJS.ReadableStream): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const part of stream as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length < BLOCK) continue;
    yield Buffer.concat(parts);
    [parts, length] = [[], 0];
  }
  if (length > 0) yield Buffer.concat(parts);
}

/** One xz stream. The first filter is for machine code. */
function compressed(block: Buffer): Promise<Buffer> {
  return new Promise((done, failed) => {
    const xz = spawn('xz', ['--x86', '--lzma2=preset=2', '-T1', '-c'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const parts: Buffer[] = [];
    xz.stdout.on('data', (part: Buffer) => parts.push(part));
    xz.on('error', failed);
    xz.on('close', (code) =>
      code === 0 ? done(Buffer.concat(parts)) : failed(new Error(`xz ended with code ${code}`)),
    );
    xz.stdin.end(block);
  });
}

if (flags.help) process.stdout.write(HELP);
else await pack();
