/**
 * libtensorflow out of a TensorFlow wheel, and tfjs-node's binding built against it. The package's own download is
 * of 2022 (CUDA 11); a wheel of today has code for today's GPUs, and its libraries need no Python to run.
 */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { TensorFlowDevice } from '../engines/installation.ts';
import { installPackage, packageFor } from './engine-package.ts';
import { buildLister, missingLibraries } from './opened-libraries.ts';
import { COMPILER, PYTHON } from './requirements.ts';
import { runTool, ToolError } from './run-tool.ts';

const WHEEL_VERSION = '2.21.0';

/** The CUDA build is the plain `tensorflow`; what it needs of CUDA is its extra `and-cuda`. */
const WHEEL_NAME: Record<TensorFlowDevice, string> = { cpu: 'tensorflow_cpu', cuda: 'tensorflow' };

/** The CUDA libraries that TensorFlow opens by name. */
const OPENED =
  /^lib(cudart|cublas|cublasLt|cudnn|cufft|curand|cusolver|cusparse|nvJitLink|nccl|cupti)\.so\.\d+$/;

/** Unpacks the libraries and the C headers; says the wheel's METADATA. */
const UNPACK = `
import json, re, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
names = archive.namelist()
library = re.compile(r'tensorflow/libtensorflow_(framework|cc)\\.so\\.2$')
header = re.compile(r'tensorflow/include/(tensorflow/c|tensorflow/core/platform|xla|tsl)/.*\\.h$')
if sum(1 for name in names if library.match(name)) < 2:
    sys.exit(sys.argv[1] + ' has no libtensorflow_cc.so.2: it is not a TensorFlow wheel for Linux')
archive.extractall(sys.argv[2], [name for name in names if library.match(name) or header.match(name)])
metadata = archive.read(next(name for name in names if name.endswith('.dist-info/METADATA'))).decode()
print(json.dumps(metadata))
`;

/**
 * @param from a wheel, or a folder of wheels; left out: what pip finds
 * @param say one line per step
 * @returns TensorFlow's version
 * @throws ToolError that says what to do
 */
export async function installFromWheel(
  folder: string,
  device: TensorFlowDevice,
  from: string | undefined,
  say: (line: string) => void,
): Promise<string> {
  say(`${packageFor(device)} and Node's C headers, from npm`);
  // Its headers are all that building takes of Node: no node-gyp, and none of its downloads.
  await installPackage(folder, device, { scripts: false, beside: ['node-api-headers@1'] });
  const wheel = await findWheel(folder, device, from, say);
  say(`unpacking ${wheel}`);
  const metadata = await runTool(PYTHON, ['-c', UNPACK, wheel, folder], { capture: true });
  const { version, cuda } = readMetadata(JSON.parse(metadata) as string);
  if (device === 'cuda') await installCuda(folder, cuda, from, say);
  say(`building the binding with ${COMPILER}`);
  await buildBinding(folder, device);
  if (device === 'cuda') await checkLibraries(folder, say);
  await rm(join(folder, 'tensorflow/include'), { recursive: true });
  await rm(join(folder, DOWNLOADS), { recursive: true, force: true });
  return version;
}

/** The version in a wheel's METADATA, and what the extra and-cuda needs. */
export function readMetadata(text: string): { version: string; cuda: string[] } {
  const fields = text.split('\n').map((line) => line.split(/: (.*)/s) as [string, string?]);
  const cuda = fields.flatMap(([name, value = '']) => {
    const [requirement, condition = ''] = value.split(';');
    return name === 'Requires-Dist' && /extra == .and-cuda\b/.test(condition) ? [requirement!.trim()] : [];
  });
  return { version: fields.find(([name]) => name === 'Version')![1]!.trim(), cuda };
}

const DOWNLOADS = 'wheels';

/** pip's flags for what the user gave it to look in. */
async function lookIn(from: string | undefined): Promise<string[]> {
  if (from === undefined) return [];
  return ['--find-links', (await stat(from)).isDirectory() ? resolve(from) : dirname(resolve(from))];
}

async function findWheel(
  folder: string,
  device: TensorFlowDevice,
  from: string | undefined,
  say: (line: string) => void,
): Promise<string> {
  if (from !== undefined && (await stat(from)).isFile()) return resolve(from);
  const downloads = join(folder, DOWNLOADS);
  await mkdir(downloads, { recursive: true });
  const found = async () => (await readdir(downloads)).find((name) => name.endsWith('.whl'));
  if (!(await found())) {
    const wanted = `${WHEEL_NAME[device]}==${WHEEL_VERSION}`;
    say(`${wanted}, from ${from ?? 'where pip finds it'}`);
    await download(wanted, downloads, await lookIn(from));
  }
  const name = await found();
  if (!name) throw new ToolError(`pip left no wheel in ${downloads}`);
  return join(downloads, name);
}

/** The wheel for this Python, or for one that there are wheels for: nothing of Python in it is used. */
async function download(wanted: string, into: string, lookIn: readonly string[]): Promise<void> {
  const args = ['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--dest', into, ...lookIn];
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const other = ['--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312'];
  const platform = ['--platform', `manylinux_2_27_${machine}`];
  try {
    await runTool(PYTHON, [...args, wanted]);
  } catch {
    await runTool(PYTHON, [...args, ...other, ...platform, wanted]).catch((cause) => {
      throw new ToolError(
        `pip could not get ${wanted} (see above). On a machine that reaches the Python package index run ` +
          `"pip download --no-deps ${wanted}", bring the file here, and give its path: --from-wheel <file or folder>.`,
        { cause },
      );
    });
  }
}

/** CUDA's own libraries come as wheels too; the driver is all that the machine must have. */
async function installCuda(
  folder: string,
  requirements: readonly string[],
  from: string | undefined,
  say: (line: string) => void,
): Promise<void> {
  if (requirements.length === 0) {
    throw new ToolError(
      `This wheel needs nothing of CUDA, so it computes on the CPU only. Give the wheel "${WHEEL_NAME.cuda}" ${WHEEL_VERSION}.`,
    );
  }
  say(`CUDA's libraries: ${requirements.join(', ')}`);
  const target = ['--target', folder, '--upgrade'];
  const args = [
    '-m',
    'pip',
    'install',
    '--no-deps',
    '--only-binary=:all:',
    ...target,
    ...(await lookIn(from)),
  ];
  await runTool(PYTHON, [...args, ...requirements]).catch((cause) => {
    throw new ToolError(
      'pip could not get the CUDA libraries (see above). On a machine that reaches the Python package index run ' +
        `"pip download --no-deps ${requirements.map((one) => `'${one}'`).join(' ')}" and "pip download --no-deps ${WHEEL_NAME.cuda}==${WHEEL_VERSION}", ` +
        'bring the files here in one folder, and give it: --from-wheel <folder>.',
      { cause },
    );
  });
}

async function buildBinding(folder: string, device: TensorFlowDevice): Promise<void> {
  const source = join(folder, 'node_modules', packageFor(device));
  const output = join(source, 'lib/napi-v8');
  await mkdir(output, { recursive: true });
  await runTool(COMPILER, [
    ...['-O2', '-std=c++17', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-Wno-deprecated-declarations'],
    ...[`-I${source}`, `-I${join(folder, 'tensorflow/include')}`],
    `-I${join(folder, 'node_modules/node-api-headers/include')}`,
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(source, 'binding', file)),
    ...['-o', join(output, 'tfjs_binding.node')],
    // From the binding back to the engine's folder: an installation can be moved.
    ...(await linked(folder, device, '$ORIGIN/../../../../..')),
  ]);
}

/** @param origin of what is linked, to the engine's folder */
async function linked(folder: string, device: TensorFlowDevice, origin: string): Promise<string[]> {
  const cuda = device === 'cuda' ? await cudaLibraries(folder) : [];
  return [
    // TensorFlow opens CUDA's libraries by name, and finds those that are loaded already: the binding brings them.
    ...(cuda.length > 0 ? ['-Wl,--no-as-needed', '-Wl,--disable-new-dtags'] : []),
    ...[`-L${join(folder, 'tensorflow')}`, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
    `-Wl,-rpath,${origin}/tensorflow`,
    ...cuda.flatMap(({ part, name }) => [
      `-L${join(folder, 'nvidia', part, 'lib')}`,
      `-l:${name}`,
      `-Wl,-rpath,${origin}/nvidia/${part}/lib`,
    ]),
  ];
}

/** @throws ToolError that names what TensorFlow will ask for in vain */
async function checkLibraries(folder: string, say: (line: string) => void): Promise<void> {
  await buildLister(folder, COMPILER, await linked(folder, 'cuda', '$ORIGIN'));
  const { asked, missing, drivers } = await missingLibraries(folder);
  if (missing.length > 0) {
    const list = missing.map(({ by, name, error }) => `${name} (for ${by}: ${error})`).join(', ');
    throw new ToolError(`TensorFlow would not find ${list}, so it would see no GPU.`);
  }
  say(
    `of CUDA, TensorFlow and cuDNN open ${asked} libraries by name: all are there` +
      (drivers.length > 0 ? `, but for the driver's (${drivers.join(', ')}), which come with a GPU` : ''),
  );
}

async function cudaLibraries(folder: string): Promise<{ part: string; name: string }[]> {
  const files = await readdir(join(folder, 'nvidia'), { recursive: true });
  return files.flatMap((file) => {
    const [part, lib, name] = file.split('/');
    return lib === 'lib' && name !== undefined && OPENED.test(name) ? [{ part: part!, name }] : [];
  });
}
