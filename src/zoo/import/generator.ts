/** The paper's generator, as its trainer saved it: `G_<epoch>.pth`, with the vectors of its spectral norms. */
import { GRID } from '../../grid.ts';
import type { PixelShuffleGeneratorConfig, SpadeGeneratorConfig } from '../../models/generator/config.ts';
import { generatorWeightShapes } from '../../models/generator/generator.ts';
import { filterFromTorch } from '../../models/layout.ts';
import { ImportError } from './error.ts';
import { countLayers, type ImportPlan, type StoredTensors, sizeOfAxis } from './plan.ts';
import type { StoredTensor } from './weight-file.ts';

/** Convolutions that read the narrowed centroids see a quarter of the channels. */
const GROUPS = 4;

export const isGenerator = (tensors: StoredTensors): boolean => tensors.has('bottleneck_emb.0.weight');

/** @param given `grid` and `extra_layers`, where they are not the paper's 8 and 0 */
export function planGenerator(
  file: StoredTensors,
  given: Readonly<Record<string, unknown>> = {},
): ImportPlan {
  const count = (field: string, fallback: number): number => {
    const value = given[field] ?? fallback;
    if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 64)
      return value as number;
    throw new ImportError('bad_config', `${field} of the generator is ${JSON.stringify(value)}`);
  };
  if (!isGenerator(file)) {
    const remedy = file.has('patches.weight')
      ? "of the zoo's own, name the folder of its checkpoint, whose config.json has its sizes"
      : 'its weights are not those of G_<epoch>.pth';
    throw new ImportError('unsupported', `this is not the paper's generator: ${remedy}`);
  }
  const [grid, extra] = [count('grid', GRID), count('extra_layers', 0)];
  const blocks = countLayers(file, 'resblocks.');
  const config: SpadeGeneratorConfig = {
    architecture: 'spade',
    emb_dim: sizeOfAxis(file, 'bottleneck_emb.0.weight', 1),
    codebook_dim: sizeOfAxis(file, 'learned_init_conv.0.weight_orig', 1) * GROUPS,
    base_dim: sizeOfAxis(file, 'learned_init_conv.0.weight_orig', 0),
    spade_hidden: sizeOfAxis(file, 'resblocks.0.cbn1.shared.0.weight', 0),
    extra_layers: extra,
    grid,
    target_size: grid * 2 ** Math.max(0, Math.min(blocks - extra, 8)),
  };
  return {
    architecture: 'generator',
    title: 'SPADE generator',
    config: { ...config },
    shapes: generatorWeightShapes(config),
    tensors: new Map([...file].map(([name, tensor]) => [name, fromTorch(tensor)])),
    leftOut: [],
  };
}

/** Fields of a config that are sizes, and those that are lists of them. */
const SIZES = ['emb_dim', 'codebook_dim', 'grid', 'target_size', 'clusters', 'spade_hidden'];
const LISTS = ['channels', 'blocks'];

export const isOwnGenerator = ({ architecture }: Readonly<Record<string, unknown>>): boolean =>
  architecture === 'pixel-shuffle';

/** The zoo's own, from the folder of its checkpoint: weights are as they will be, sizes are what the config says. */
export function planOwnGenerator(
  file: StoredTensors,
  config: Readonly<Record<string, unknown>>,
  name: string,
): ImportPlan {
  const isSize = (value: unknown) =>
    Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 1e6;
  const wrong =
    SIZES.find((field) => !isSize(config[field])) ??
    LISTS.find((field) => !Array.isArray(config[field]) || !(config[field] as unknown[]).every(isSize));
  if (wrong !== undefined)
    throw new ImportError(
      'bad_config',
      `${name}: ${wrong} of the generator is ${JSON.stringify(config[wrong])}`,
    );
  const own = config as unknown as PixelShuffleGeneratorConfig;
  return {
    architecture: 'generator',
    title: 'Generator of pixel shuffles',
    config: { ...config },
    shapes: generatorWeightShapes(own),
    tensors: new Map(file),
    leftOut: [],
  };
}

/** Convolution filters [out, in, kh, kw] become [kh, kw, in, out], once and for all. */
function fromTorch(tensor: StoredTensor): StoredTensor {
  const [out, input, kh, kw] = tensor.shape;
  if (tensor.shape.length !== 4) return tensor;
  return {
    ...tensor,
    shape: [kh!, kw!, input!, out!],
    read: async () => filterFromTorch(await tensor.read()),
  };
}
