/** The paper's generator, as its trainer saved it: `G_<epoch>.pth`, with the vectors of its spectral norms. */
import { GRID } from '../../grid.ts';
import type { SpadeGeneratorConfig } from '../../models/generator/config.ts';
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
