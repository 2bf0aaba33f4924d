/** Where the cells of a grid are, as the model is told. */
import { float32, type HostTensor } from '../../tensor.ts';

/**
 * Boxes of the cells in row-major order: x0, y0, x1, y1 in 0..1 (the reference's `box_position`), [V, 4].
 *
 * An odd number of dimensions is UNITER's, whose positions go on with width, height and area: 7.
 *
 * A wider `dimensions`, 4 + 2n or 7 + 2n, adds cos(pi k x), cos(pi k y) of the cell's centre for k = 1..n. A model that is
 * trained from nothing learns from it to tell cells apart much sooner than from four coordinates: with n =
 * grid - 1 the cosines are an orthogonal basis over the columns and over the rows.
 */
export function gridPositions(grid: number, dimensions = 4): HostTensor {
  const sizes = dimensions % 2 === 1;
  const waves = (dimensions - (sizes ? 7 : 4)) / 2;
  if (!Number.isInteger(waves) || waves < 0) {
    throw new Error(`grid positions have 4 + 2n or 7 + 2n dimensions, not ${dimensions}`);
  }
  const data: number[] = [];
  for (let row = 0; row < grid; row++) {
    for (let column = 0; column < grid; column++) {
      data.push(column / grid, row / grid, (column + 1) / grid, (row + 1) / grid);
      if (sizes) data.push(1 / grid, 1 / grid, 1 / grid ** 2);
      for (let k = 1; k <= waves; k++) {
        data.push(
          Math.cos((Math.PI * k * (column + 0.5)) / grid),
          Math.cos((Math.PI * k * (row + 0.5)) / grid),
        );
      }
    }
  }
  return float32(data, [grid * grid, dimensions]);
}
