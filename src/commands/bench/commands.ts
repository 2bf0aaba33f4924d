import { PEER_TASKS, PEER_VARIANTS } from '../../evaluation/peer-tasks.ts';
import type { Task } from '../../zoo/manifest.ts';
import { defineCommand } from '../define-command.ts';
import { choice, real, switchFlag, text, whole } from '../flag.ts';

const SIZES = ['demo', 'paper'] as const;
const model = (about: string) => text(about, { value: 'id', fallback: 'x-lxmert-scenes' });
const runs = (fallback: number) =>
  whole('measured runs, of which medians are shown', { least: 1, most: 99, fallback });
const TASKS = ['paint', 'caption', 'vqa', 'nlvr2'] as const satisfies readonly Task[];
const numbers = text('the numbers as JSON, too', { value: 'file' });

export const benchPaint = defineCommand({
  name: 'bench paint',
  usage: { 'bench paint [options]': 'milliseconds per image on this machine' },
  flags: {
    model: model("the model beside the paper's size; left out where it is not there"),
    only: choice('one of the two', SIZES),
    runs: runs(7),
    steps: whole('of mask-predict', { least: 1, most: 99, fallback: 4 }),
    output: numbers,
    'paper-size-in': text('where the paper-size model lies, for the process that measures', { hidden: true }),
  },
  settings: ['data-dir', 'checkpoints-dir', 'threads'],
});

export const benchEngines = defineCommand({
  name: 'bench engines',
  usage: { 'bench engines [options]': 'the engines that are installed side by side, in milliseconds' },
  flags: {
    model: model("the model of the demo's size"),
    only: choice('one of the two sizes', SIZES),
    runs: runs(5),
    batch: whole("examples in a step of pre-training (16 for the demo, 4 for the paper's size)", {
      ...{ least: 1, most: 99 },
    }),
    requests: whole(
      'instead: paints n pictures in one step each with the engine of ENGINE and DEVICE, and shows that neither ' +
        'tensors nor memory grow',
      { least: 1, most: 999_999 },
    ),
    task: text('one measurement, for the process that it is made in', { hidden: true }),
  },
  settings: ['checkpoints-dir', 'data-dir', 'engines-dir', 'threads'],
});

export const benchPeers = defineCommand({
  name: 'bench peers',
  usage: {
    'bench peers [options]':
      "the authors' code in PyTorch beside this engine, in turn; at the published size, training at the demo's too",
  },
  about:
    'PyTorch and a checkout of allenai/x-lxmert are wanted for this alone; without them it says how to get them.',
  flags: {
    reference: text('checkout of allenai/x-lxmert', { value: 'folder' }),
    python: text('an interpreter with torch and transformers', { value: 'file', fallback: 'python3' }),
    only: choice('one of the tasks', PEER_TASKS),
    model: model("of the demo's size"),
    runs: runs(5),
    output: numbers,
  },
  settings: ['checkpoints-dir', 'data-dir', 'threads'],
});

export const benchCaption = defineCommand({
  name: 'bench caption',
  usage: { 'bench caption [options]': 'a caption as it is written by default beside word by word, in turn' },
  flags: {
    model: model("the model beside the paper's size, on pictures of its world"),
    only: choice('one of the two', SIZES),
    runs: runs(5),
    output: numbers,
  },
  settings: ['data-dir', 'checkpoints-dir', 'threads'],
});

export const benchSee = defineCommand({
  name: 'bench see',
  usage: {
    'bench see [--grid-encoder <id>] [--picture <file>] [--runs <n>]':
      'milliseconds from a file to features: at first, and later (the median)',
  },
  flags: {
    'grid-encoder': text('(all of the zoo)', { value: 'id' }),
    picture: text('(noise)', { value: 'file' }),
    runs: whole('', { least: 1, most: 1000, fallback: 20 }),
  },
  settings: ['checkpoints-dir', 'data-dir', 'threads'],
});

export const benchServe = defineCommand({
  name: 'bench serve',
  usage: { 'bench serve [options]': 'a server under clients that mix all tasks' },
  flags: {
    seconds: whole('how long', { least: 1, most: 9999, fallback: 120 }),
    clients: whole('at a time', { least: 1, most: 9999, fallback: 10 }),
    kill: switchFlag(
      'kill -9 the inference process and the database in turn, every 15 to 30 seconds; fails unless each is back ' +
        'within 15 s with every acknowledged run',
    ),
    train: switchFlag(
      'a training job beside the clients; with --kill its process is killed in turn too, and must be past the ' +
        'step where it was within a minute',
    ),
    only: choice("a zoo of the paper's size with random weights (3 GiB of disk) instead of the checkpoints", [
      'paper',
    ]),
  },
  settings: ['checkpoints-dir', 'threads', 'models'],
});

export const benchProducts = defineCommand({
  name: 'bench products',
  usage: {
    'bench products':
      "the peak of each kind of product on this machine, and how many operations the paper's size takes",
  },
  flags: {},
  settings: ['threads'],
});

export const benchTasks = defineCommand({
  name: 'bench tasks',
  usage: {
    'bench tasks [options]':
      'a server under 1, 8 and 32 clients that all ask for one task, task after task: answers a second, and where the ' +
      'time goes',
  },
  about:
    "With --reference also FastAPI around the authors' code in PyTorch, under the same clients; it wants torch, " +
    'transformers, fastapi, uvicorn and Pillow.',
  flags: {
    seconds: whole('of each', { least: 1, most: 9999, fallback: 10 }),
    task: choice('one of the tasks', TASKS),
    only: choice("a zoo of the paper's size with random weights (3 GiB of disk) instead of the checkpoints", [
      'paper',
    ]),
    'new-pictures': switchFlag('every picture that is asked about is one that the server has not seen'),
    reference: text('checkout of allenai/x-lxmert', { value: 'folder' }),
    python: text('an interpreter with torch and transformers', { value: 'file', fallback: 'python3' }),
    variant: choice('how PyTorch runs the models', PEER_VARIANTS, { fallback: 'eager' }),
    output: numbers,
  },
  settings: ['checkpoints-dir', 'threads', 'models'],
});

export const benchServeWhileTraining = defineCommand({
  name: 'bench serve-while-training',
  usage: { 'bench serve-while-training [options]': 'what a training job costs the requests beside it' },
  flags: {
    model: model(''),
    requests: whole('images per measurement', { least: 1, most: 9999, fallback: 35 }),
    output: numbers,
  },
  settings: ['data-dir', 'checkpoints-dir', 'threads', 'train-threads'],
});

export const benchDatabase = defineCommand({
  name: 'bench database',
  usage: {
    'bench database [--seconds <n>]':
      'what Postgres takes here of what servers and workers ask of it: records, notices, jobs, connections',
  },
  flags: { seconds: whole('of each', { least: 1, most: 999, fallback: 5 }) },
  settings: [],
});

export const benchWorkers = defineCommand({
  name: 'bench workers',
  usage: {
    'bench workers [options]':
      'what the way to an inference worker costs a request, and how much more several workers paint than one',
  },
  about: 'Workers are held to their share of a core by control groups, which root on Linux may make.',
  flags: {
    runs: runs(40),
    seconds: whole('of each throughput', { least: 1, most: 9999, fallback: 20 }),
    clients: whole('at a time', { least: 1, most: 9999, fallback: 24 }),
    workers: whole('that are compared with one', { least: 1, most: 64, fallback: 3 }),
    share: real('of a core that each of them has', { least: 0.05, most: 64, fallback: 0.5 }),
    output: numbers,
  },
  settings: ['checkpoints-dir', 'threads'],
});

export const BENCHES = [
  ...[benchPaint, benchCaption, benchEngines, benchPeers, benchSee, benchServe, benchTasks, benchProducts],
  ...[benchServeWhileTraining, benchDatabase, benchWorkers],
];
