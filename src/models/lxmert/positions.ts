/** Where visual positions are, as the model is told: the cells of a grid, or boxes. */
import { float32, type HostTensor } from '../../tensor.ts';

/**
 * Numbers that say where boxes are: x0, y0, x1, y1 in 0..1 (the reference's `box_position`), [V, 4].
 *
 * An odd number of dimensions is UNITER's, whose positions go on with width, height and area: 7.
 *
 * A wider `dimensions`, 4 + 2n or 7 + 2n, adds cos(pi k x), cos(pi k y) of the centre for k = 1..n. A model that is
 * trained from nothing learns from it to tell cells of a grid apart much sooner than from four coordinates: with n =
 * grid - 1 the cosines are an orthogonal basis over the columns and over the rows.
 * @param boxes [V × 4]
 */
export function boxPositions(boxes: ArrayLike<number>, dimensions = 4): HostTensor {
  const sizes = dimensions % 2 === 1;
  const waves = (dimensions - (sizes ? 7 : 4)) / 2;
  if (!Number.isInteger(waves) || waves < 0) {
    throw new Error(`positions have 4 + 2n or 7 + 2n dimensions, not ${dimensions}`);
  }
  const data: number[] = [];
  for (let at = 0; at < boxes.length; at += 4) {
    const [x0, y0, x1, y1] = [boxes[at]!, boxes[at + 1]!, boxes[at + 2]!, boxes[at + 3]!];
    data.push(x0, y0, x1, y1);
    if (sizes) data.push(x1 - x0, y1 - y0, (x1 - x0) * (y1 - y0));
    for (let k = 1; k <= waves; k++) {
      data.push(Math.cos((Math.PI * k * (x0 + x1)) / 2), Math.cos((Math.PI * k * (y0 + y1)) / 2));
    }
  }
  return float32(data, [boxes.length / 4, dimensions]);
}

/** Positions of the cells in row-major order, [grid², dimensions]. */
export function gridPositions(grid: number, dimensions = 4): HostTensor {
  const boxes: number[] = [];
  for (let row = 0; row < grid; row++) {
    for (let column = 0; column < grid; column++)
      boxes.push(column / grid, row / grid, (column + 1) / grid, (row + 1) / grid);
  }
  return boxPositions(boxes, dimensions);
}
