/**
 * What the Fréchet distance needs of large symmetric matrices, in double precision and row by row: FID's covariances
 * have 2048 rows, on which the decomposition of ml-matrix, which also wants the vectors, takes minutes.
 */

/**
 * out += a · bᵀ. Four rows by four at a time: each number that is read is used four times.
 * @param a [m, k] @param b [n, k] @param out [m, n]
 * @param symmetric a and b are the same, and only what lies on and below the diagonal is wanted
 */
export function addProduct(
  a: Float64Array,
  b: Float64Array,
  k: number,
  out: Float64Array,
  symmetric = false,
): void {
  const [m, n] = [a.length / k, b.length / k];
  for (let i = 0; i < m; i += 4) {
    const rows = Math.min(4, m - i);
    const end = symmetric ? Math.min(n, i + 4) : n;
    for (let j = 0; j < end; j += 4) {
      const columns = Math.min(4, n - j);
      if (rows === 4 && columns === 4) addTile(a, i * k, b, j * k, k, out, i * n + j, n);
      else {
        for (let r = i; r < i + rows; r++)
          for (let c = j; c < j + columns; c++) out[r * n + c]! += dot(a, r * k, b, c * k, k);
      }
    }
  }
}

function dot(a: Float64Array, i: number, b: Float64Array, j: number, k: number): number {
  let sum = 0;
  for (let x = 0; x < k; x++) sum += a[i + x]! * b[j + x]!;
  return sum;
}

/** A tile of 4 × 4. */
function addTile(
  a: Float64Array,
  i0: number,
  b: Float64Array,
  j0: number,
  k: number,
  out: Float64Array,
  at: number,
  n: number,
): void {
  const [i1, i2, i3] = [i0 + k, i0 + 2 * k, i0 + 3 * k];
  const [j1, j2, j3] = [j0 + k, j0 + 2 * k, j0 + 3 * k];
  // Names and not an array: they stay in registers.
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s03 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  let s20 = 0;
  let s21 = 0;
  let s22 = 0;
  let s23 = 0;
  let s30 = 0;
  let s31 = 0;
  let s32 = 0;
  let s33 = 0;
  for (let x = 0; x < k; x++) {
    const a0 = a[i0 + x]!;
    const a1 = a[i1 + x]!;
    const a2 = a[i2 + x]!;
    const a3 = a[i3 + x]!;
    const b0 = b[j0 + x]!;
    const b1 = b[j1 + x]!;
    const b2 = b[j2 + x]!;
    const b3 = b[j3 + x]!;
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s03 += a0 * b3;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s13 += a1 * b3;
    s20 += a2 * b0;
    s21 += a2 * b1;
    s22 += a2 * b2;
    s23 += a2 * b3;
    s30 += a3 * b0;
    s31 += a3 * b1;
    s32 += a3 * b2;
    s33 += a3 * b3;
  }
  const tile = [s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33];
  for (let r = 0; r < 4; r++) for (let c = 0; c < 4; c++) out[at + r * n + c]! += tile[4 * r + c]!;
}

/** Below the diagonal to above it. */
export function mirror(matrix: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) matrix[j * n + i] = matrix[i * n + j]!;
}

/**
 * Rows of a factor: matrix = rowsᵀ · rows, as many as its rank is to rounding. By Cholesky's method, the largest
 * remaining diagonal first, so that a covariance of fewer pictures than features is no exception.
 * @param matrix [n, n], positive semidefinite
 * @returns [rank, n]
 */
export function factorRows(matrix: Float64Array, n: number): Float64Array {
  const left = Float64Array.from({ length: n }, (_, i) => matrix[i * n + i]!);
  const enough = Math.max(0, ...left) * n * Number.EPSILON;
  const rows = new Float64Array(n * n);
  let rank = 0;
  for (; rank < n; rank++) {
    let pivot = 0;
    for (let i = 1; i < n; i++) if (left[i]! > left[pivot]!) pivot = i;
    if (!(left[pivot]! > enough)) break;
    const row = rows.subarray(rank * n, (rank + 1) * n);
    row.set(matrix.subarray(pivot * n, (pivot + 1) * n));
    for (let k = 0; k < rank; k++) {
      const factor = rows[k * n + pivot]!;
      if (factor === 0) continue;
      const before = k * n;
      for (let i = 0; i < n; i++) row[i]! -= factor * rows[before + i]!;
    }
    const root = Math.sqrt(left[pivot]!);
    for (let i = 0; i < n; i++) {
      // Those that are done have nothing left.
      row[i] = left[i] === Number.NEGATIVE_INFINITY ? 0 : row[i]! / root;
      left[i]! -= row[i]! ** 2;
    }
    row[pivot] = root;
    left[pivot] = Number.NEGATIVE_INFINITY;
  }
  return rows.slice(0, rank * n);
}

/**
 * Eigenvalues of a symmetric matrix, in no order: Householder's reduction to three diagonals, then QL with implicit
 * shifts (Golub and Van Loan, 8.3), without the vectors.
 * @param matrix [n, n], which is overwritten
 * @throws Error when it does not converge, as with numbers that are not finite
 */
export function symmetricEigenvalues(matrix: Float64Array, n: number): Float64Array {
  const { diagonal, beside } = tridiagonal(matrix, n);
  return tridiagonalEigenvalues(diagonal, beside);
}

function tridiagonal(a: Float64Array, n: number): { diagonal: Float64Array; beside: Float64Array } {
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  const product = new Float64Array(n);
  for (let i = n - 1; i > 0; i--) {
    // The part of row i before the diagonal becomes one number.
    const v = a.subarray(i * n, i * n + i);
    let scale = 0;
    for (const x of v) scale = Math.max(scale, Math.abs(x));
    diagonal[i] = a[i * n + i]!;
    if (scale === 0) continue;
    let norm = 0;
    for (let k = 0; k < i; k++) {
      v[k]! /= scale;
      norm += v[k]! ** 2;
    }
    const last = v[i - 1]!;
    const g = last >= 0 ? -Math.sqrt(norm) : Math.sqrt(norm);
    beside[i] = scale * g;
    const h = norm - last * g;
    v[i - 1] = last - g;
    // product = A v / h, with the lower half of A alone.
    product.fill(0, 0, i);
    for (let j = 0; j < i; j++) {
      const at = j * n;
      const vj = v[j]!;
      let sum = 0;
      for (let k = 0; k < j; k++) {
        sum += a[at + k]! * v[k]!;
        product[k]! += a[at + k]! * vj;
      }
      product[j]! += sum + a[at + j]! * vj;
    }
    let shared = 0;
    for (let j = 0; j < i; j++) {
      product[j]! /= h;
      shared += product[j]! * v[j]!;
    }
    const half = shared / (h + h);
    for (let j = 0; j < i; j++) product[j]! -= half * v[j]!;
    for (let j = 0; j < i; j++) {
      const [vj, pj] = [v[j]!, product[j]!];
      const at = j * n;
      for (let k = 0; k <= j; k++) a[at + k]! -= vj * product[k]! + pj * v[k]!;
    }
  }
  if (n > 0) diagonal[0] = a[0]!;
  return { diagonal, beside };
}

const MOST_TURNS = 60;

/** @param e e[i] lies beside d[i - 1] and d[i] */
function tridiagonalEigenvalues(d: Float64Array, e: Float64Array): Float64Array {
  const n = d.length;
  e.copyWithin(0, 1);
  if (n > 0) e[n - 1] = 0;
  for (let l = 0; l < n; l++) {
    for (let turn = 0; ; turn++) {
      let m = l;
      while (m < n - 1 && Math.abs(e[m]!) > Number.EPSILON * (Math.abs(d[m]!) + Math.abs(d[m + 1]!))) m++;
      if (m === l) break;
      if (turn === MOST_TURNS) throw new Error('the eigenvalues do not converge');
      let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
      let r = Math.hypot(g, 1);
      g = d[m]! - d[l]! + e[l]! / (g + (g >= 0 ? r : -r));
      let [s, c, p] = [1, 1, 0];
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * e[i]!;
        const b = c * e[i]!;
        r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1]! -= p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1]! - p;
        r = (d[i]! - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
      }
      if (r === 0 && i >= l) continue;
      d[l]! -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
  return d;
}
