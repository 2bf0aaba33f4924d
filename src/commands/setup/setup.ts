/** `npm run setup:tensorflow`, `npm run setup:cuda`: installs an optional engine and tries it. */

import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasNvidiaGpu } from '../../engines/choose.ts';
import {
  type Installation,
  installationFolder,
  installationNote,
  readInstallation,
  type TensorFlowDevice,
} from '../../engines/installation.ts';
import { loaderFlags } from '../../engines/loader-flags.ts';
import { UsageError } from '../../errors.ts';
import { makeFolder } from '../../make-folder.ts';
import {
  installPackage,
  PACKAGE_TENSORFLOW,
  PACKAGE_VERSION,
  packageFor,
} from '../../setup/engine-package.ts';
import { missingForNpm, missingForWheel } from '../../setup/requirements.ts';
import { runTool, ToolError } from '../../setup/run-tool.ts';
import type { Verification } from '../../setup/verify.ts';
import { installFromWheel } from '../../setup/wheel.ts';
import type { GivenTo } from '../define-command.ts';
import type { setup as description } from './command.ts';

const DEVICE_OF: Record<string, TensorFlowDevice> = { tensorflow: 'cpu', cuda: 'cuda' };

const say = (line: string) => process.stderr.write(`${line}\n`);

export async function setup({ flags, words, help, config }: GivenTo<typeof description>): Promise<void> {
  const { 'from-wheel': wheel, force } = flags;
  const [name, ...more] = words;
  const path = typeof wheel === 'string' ? wheel : more.shift();
  const device = DEVICE_OF[name ?? ''];
  if (!device || more.length > 0 || (path !== undefined && wheel === undefined)) throw new UsageError(help);
  if (path !== undefined && !(await stat(path).catch(() => undefined))) {
    throw new UsageError(`--from-wheel: there is nothing at ${path}.`);
  }
  // What the server should run is another question than what can be installed.
  const { enginesDir } = config({ ...process.env, ENGINE: '', DEVICE: '' });
  const folder = installationFolder(enginesDir, device);
  try {
    await setUp(device, folder, { path, wheel: wheel !== undefined, force });
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new UsageError(`${error.message}\n${UNTOUCHED}`);
  }
}

const UNTOUCHED = 'The default engine (onnxruntime on the CPU) needs none of this and goes on working.';

interface SetUpOptions {
  path: string | undefined;
  wheel: boolean;
  force: boolean;
}

async function setUp(device: TensorFlowDevice, folder: string, options: SetUpOptions): Promise<void> {
  const there = readInstallation(folder);
  if (there && !options.force) {
    say(`already installed on ${there.installed.slice(0, 10)} (from ${there.source}); trying it`);
    report(device, folder, await verify(folder, device));
    return;
  }
  // Becomes the installation when it has been tried. Left as it is after a failure: the next try goes on with it.
  const partial = `${folder}.partial`;
  makeFolder(partial, 'ENGINES_DIR');
  const done =
    (options.wheel ? undefined : await fromNpm(device, partial)) ??
    (await fromWheel(device, partial, options));
  await writeNote(partial, done.installation);
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
  report(device, folder, done.verification);
}

interface Done {
  installation: Installation;
  verification: Verification;
}

/** undefined when this way does not work here: there is another one. */
async function fromNpm(device: TensorFlowDevice, folder: string): Promise<Done | undefined> {
  await refuseIfMissing(await missingForNpm({ device, folder }));
  say(`${packageFor(device)} ${PACKAGE_VERSION}, with its own download of TensorFlow ${PACKAGE_TENSORFLOW}`);
  try {
    await installPackage(folder, device, { scripts: true });
    return await tried(folder, device, { source: 'npm', tensorflow: PACKAGE_TENSORFLOW });
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    say(`That did not work (${error.message}; see above). Taking TensorFlow from its Python wheel instead.`);
    await rm(folder, { recursive: true });
    await mkdir(folder);
    return undefined;
  }
}

async function fromWheel(device: TensorFlowDevice, folder: string, { path }: SetUpOptions): Promise<Done> {
  await refuseIfMissing(await missingForWheel({ device, folder }));
  const tensorflow = await installFromWheel(folder, device, path, say);
  return tried(folder, device, { source: 'wheel', tensorflow });
}

async function refuseIfMissing(faults: readonly string[]): Promise<void> {
  if (faults.length === 0) return;
  throw new UsageError(
    [
      'This machine lacks what the engine takes to install:',
      ...faults.map((fault) => `- ${fault}`),
      UNTOUCHED,
    ].join('\n'),
  );
}

async function tried(
  folder: string,
  device: TensorFlowDevice,
  origin: Pick<Installation, 'source' | 'tensorflow'>,
): Promise<Done> {
  const installation: Installation = {
    package: packageFor(device),
    packageVersion: PACKAGE_VERSION,
    ...origin,
    installed: new Date().toISOString(),
  };
  await writeNote(folder, installation);
  const verification = await verify(folder, device);
  return { installation: { ...installation, tensorflow: verification.tensorflow }, verification };
}

const writeNote = (folder: string, installation: Installation) =>
  writeFile(installationNote(folder), `${JSON.stringify(installation, null, 2)}\n`);

/** In a process of its own: a native library that does not fit this machine may end it. */
async function verify(folder: string, device: TensorFlowDevice): Promise<Verification> {
  const on = device === 'cuda' && !hasNvidiaGpu() ? 'cpu' : device;
  const module = fileURLToPath(new URL('../../setup/verify.ts', import.meta.url));
  const args = [...loaderFlags(module), module, JSON.stringify({ folder, device: on })];
  const output = await runTool(process.execPath, args, { capture: true }).catch((cause) => {
    throw new ToolError(`the engine in ${folder} does not work on this machine (see above)`, { cause });
  });
  return JSON.parse(output) as Verification;
}

function report(device: TensorFlowDevice, folder: string, v: Verification): void {
  const setting = device === 'cuda' ? 'DEVICE=cuda' : 'ENGINE=tensorflow DEVICE=cpu';
  const lines = [
    `${v.engine}: TensorFlow ${v.tensorflow} with tfjs-node ${PACKAGE_VERSION}, Node ${v.node}, ${v.processor}`,
    `loaded in ${v.loading.toFixed(1)} s; a layer forward and backward in ${v.checking.toFixed(2)} s, off by ` +
      `${v.forward.toExponential(1)} and ${v.gradient.toExponential(1)}; a matrix product of 1,024 at ` +
      `${v.gigaflops.toFixed(0)} GFLOP/s`,
    `installed in ${relative(process.cwd(), folder) || folder}`,
    ...(v.engine === 'tensorflow-cpu' && device === 'cuda'
      ? [
          'There is no NVIDIA GPU here, so it was tried on the CPU. On a machine with one, run this again to check it.',
        ]
      : []),
    `Use it: ${setting} npm start`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
