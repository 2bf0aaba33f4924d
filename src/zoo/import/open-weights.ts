/** Any file of weights that is read, told apart by its first bytes and not by its name. */
import { BYTES } from '../../safetensors.ts';
import { ImportError } from './error.ts';
import { openRandomAccess, type RandomAccess } from './random-access.ts';
import { readSafetensorsFile } from './safetensors-file.ts';
import { readTorchFile, type TorchFile, torchLayout } from './torch-file.ts';
import { TorchTensor } from './torch-pickle.ts';
import { DTYPE_OF, MAX_NAME, type StoredTensor, type WeightFile } from './weight-file.ts';

/** Bytes that tensors of a file may have beyond its own: a few of them could ask for any amount of memory. */
const MOST_REPEATED = 64 << 20;

/** Names under which training scripts keep the state dict beside optimizer and epoch. */
const STATE_DICT_KEYS = ['state_dict', 'model_state_dict', 'model'];

/**
 * The state dict of a torch.save file (legacy or zip) or a safetensors file, without what DataParallel (`module.`),
 * torch.compile (`_orig_mod.`) and others that wrap a model put into its names.
 * @throws ImportError
 */
export async function openWeights(path: string): Promise<WeightFile> {
  const file = await openRandomAccess(path);
  try {
    const head = await file.read(0, Math.min(file.size, 16));
    const layout = torchLayout(head);
    const tensors = layout
      ? stateDict(path, await readTorchFile(file, layout))
      : looksLikeSafetensors(head, file)
        ? await readSafetensorsFile(file)
        : refuse(path);
    return { tensors: withoutPrefix(path, tensors), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function refuse(path: string): never {
  throw new ImportError('not_a_checkpoint', `${path} is neither a file of torch.save nor a safetensors file`);
}

const looksLikeSafetensors = (head: Buffer, { size }: RandomAccess): boolean =>
  head.length > 8 && head[8] === 0x7b && head.readBigUInt64LE(0) <= BigInt(size);

function stateDict(path: string, { object, read }: TorchFile): Map<string, StoredTensor> {
  const dict = findStateDict(object);
  if (!dict) throw new ImportError('not_a_checkpoint', `${path} holds no state dict`);
  const tensors = new Map<string, StoredTensor>();
  let repeated = 0;
  for (const [name, tensor] of dict) {
    if (typeof name !== 'string') throw new ImportError('damaged', `${path}: a weight without a name`);
    if (!(tensor instanceof TorchTensor)) continue; // Counters and settings that some modules keep.
    const { shape, storage } = tensor;
    const numbers = shape.reduce((product, size) => product * size, 1);
    repeated += Math.max(0, numbers - storage.numbers) * BYTES[storage.type];
    if (repeated > MOST_REPEATED) {
      throw new ImportError(
        'unsupported',
        `${path}: ${name} [${shape}] has ${numbers} numbers of which ${storage.numbers} are stored (an expanded tensor): save it with .contiguous()`,
      );
    }
    tensors.set(name, {
      dtype: DTYPE_OF[storage.type],
      stored: storage.type,
      shape,
      read: () => read(tensor),
    });
  }
  return tensors;
}

/** The map that has tensors: the object itself, or what it holds under one of the usual names. */
function findStateDict(object: unknown): Map<unknown, unknown> | undefined {
  if (!(object instanceof Map)) return undefined;
  const hasTensors = (map: Map<unknown, unknown>) =>
    [...map.values()].some((value) => value instanceof TorchTensor);
  const nested = STATE_DICT_KEYS.map((key) => object.get(key) as unknown);
  return [object, ...nested].find(
    (one): one is Map<unknown, unknown> => one instanceof Map && hasTensors(one),
  );
}

/** Around a module of any depth: torch.compile, FSDP, checkpoint wrappers, Fabric. */
const WRAPPERS = /(^|(?<=\.))(_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module|_forward_module)\./g;

/** Names as the model has them; those that no weight ever had are refused, so that they never become keys. */
function withoutPrefix(path: string, tensors: Map<string, StoredTensor>): Map<string, StoredTensor> {
  const named = new Map<string, StoredTensor>();
  for (const [full, tensor] of tensors) {
    const name = full.replace(WRAPPERS, '').replace(/^(module\.)+/, '');
    if (!/^_?[A-Za-z][\w.]*$/.test(name) || name.length > MAX_NAME) {
      throw new ImportError(
        'damaged',
        `${path}: ${JSON.stringify(full.slice(0, 80))} is no name of a weight`,
      );
    }
    if (named.has(name))
      throw new ImportError(
        'damaged',
        `${path}: ${name} is in it twice, with and without "module." or the like`,
      );
    named.set(name, tensor);
  }
  return named;
}
