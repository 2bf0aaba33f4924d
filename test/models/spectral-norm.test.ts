import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { expect, it } from 'vitest';
import { normal } from '../../src/models/initialise.ts';
import { filterToTorch } from '../../src/models/layout.ts';
import { foldSpectralNorm, withSettledVectors } from '../../src/models/spectral-norm.ts';
import { createRandom } from '../../src/random.ts';
import { float32 } from '../../src/tensor.ts';

it('settled vectors give the largest singular value of a fresh weight, from wherever they start', () => {
  const random = createRandom('spectral');
  const filter = normal([3, 3, 4, 6], 0.3, random);
  const raw = {
    'conv.weight_orig': filter,
    'conv.weight_u': float32(
      Float32Array.from({ length: 6 }, () => random.normal()),
      [6],
    ),
    'conv.weight_v': float32(new Float32Array(36).fill(1 / 6), [36]),
    'conv.bias': float32(new Float32Array(6), [6]),
  };
  const rows = Array.from({ length: 6 }, (_, i) =>
    Array.from(filterToTorch(filter).data.subarray(i * 36, (i + 1) * 36)),
  );
  const [largest] = new SingularValueDecomposition(new Matrix(rows)).diagonal;
  const folded = foldSpectralNorm(withSettledVectors(raw, 100));
  const ratio = Number(filter.data[0]) / Number(folded['conv.weight']!.data[0]);
  expect(Math.abs(ratio - largest!)).toBeLessThan(1e-4);
});
