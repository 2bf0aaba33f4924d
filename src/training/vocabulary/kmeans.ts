/**
 * k-means (Lloyd), which makes the visual vocabulary out of grid features (paper, section 4: 10,000 clusters;
 * the authors use faiss, whose results the `kmeans` fixture holds).
 *
 * N points, D dimensions, K clusters; all matrices row-major Float32Array.
 */
import type { Random } from '../../random.ts';

export interface Assignment {
  /** Nearest centroid of every point; the lower index wins a tie. [N] */
  ids: Int32Array;
  /** Squared distance to it. [N] */
  distances: Float32Array;
}

/**
 * Finds the nearest centroid of every point, with {@link halfNormsOf} where they are known. One for small problems is below; an engine has a fast one.
 */
export type Assign = (
  points: Float32Array,
  centroids: Float32Array,
  dimensions: number,
  halfNorms?: Float32Array,
) => Assignment | Promise<Assignment>;

export interface KMeansOptions {
  dimensions: number;
  clusters: number;
  iterations: number;
  random: Random;
  /** [K, D]; default: k-means++. */
  initialCentroids?: Float32Array;
  /** Iterations that made the initial centroids already, of all. */
  done?: number;
  /** Of as many centroids as it is given: while the first ones are chosen, of fewer than K. */
  assign?: Assign;
  /** What the final centroids become where they are kept; points are assigned to those. */
  keep?: (centroids: Float32Array) => Float32Array;
  /** Called before every move of the centroids. Throw to stop. */
  onIteration?: (iteration: number, objective: number) => void;
  /** Called after every move. @param iterations done, of all; @param centroids as they are now, which go on moving */
  onMoved?: (iterations: number, centroids: Float32Array) => void | Promise<void>;
}

export interface KMeansResult {
  /** [K, D] */
  centroids: Float32Array;
  /** Assignment of every point to the final centroids. */
  assignment: Assignment;
  /** Sum of squared distances to the nearest final centroid. */
  objective: number;
  /** The objective at the start of every iteration, before the centroids move. */
  objectives: number[];
}

/** Points one after another, wherever they are: in memory, or in files that memory does not hold. */
export interface PointSource {
  readonly count: number;
  /** [some × D] from point `first` on. */
  read(first: number, some: number): Float32Array | Promise<Float32Array>;
}

/** Those of an array [N, D]. */
export const pointsInMemory = (points: Float32Array, dimensions: number): PointSource => ({
  count: points.length / dimensions,
  read: (first, some) => points.subarray(first * dimensions, (first + some) * dimensions),
});

/** Points at a time; a multiple of what an engine searches at a time. Of 2,048 dimensions they are 64 MB. */
export const POINTS_AT_A_TIME = 8192;

/** @param points [N, D] @throws RangeError when there are fewer points than clusters */
export async function kmeans(
  points: Float32Array | PointSource,
  options: KMeansOptions,
): Promise<KMeansResult> {
  const { dimensions, clusters, iterations } = options;
  const assign = options.assign ?? nearestCentroids;
  const source = points instanceof Float32Array ? pointsInMemory(points, dimensions) : points;
  const { count } = source;
  if (count < clusters)
    throw new RangeError(`k-means: ${clusters} clusters need as many points, not ${count}`);
  const centroids = options.initialCentroids?.slice() ?? (await initialCentroids(source, options, assign));
  const objectives: number[] = [];
  for (let iteration = options.done ?? 0; iteration < iterations; iteration++) {
    const sums = new Sums(clusters, dimensions);
    const assignment = await assignAll(source, centroids, dimensions, assign, (some, ids) =>
      sums.add(some, ids),
    );
    const objective = sum(assignment.distances);
    objectives.push(objective);
    options.onIteration?.(iteration, objective);
    await moveCentroids(source, assignment, sums, centroids);
    await options.onMoved?.(iteration + 1, centroids);
  }
  const kept = options.keep?.(centroids) ?? centroids;
  const assignment = await assignAll(source, kept, dimensions, assign);
  return { centroids: kept, assignment, objective: sum(assignment.distances), objectives };
}

/** |c|²/2 of every centroid. */
export function halfNormsOf(centroids: Float32Array, dimensions: number): Float32Array {
  const norms = new Float32Array(centroids.length / dimensions);
  for (let k = 0; k < norms.length; k++) {
    let norm = 0;
    for (let d = 0; d < dimensions; d++) norm += centroids[k * dimensions + d]! ** 2;
    norms[k] = norm / 2;
  }
  return norms;
}

/** The nearest centroid of every point, some points at a time. @param visit is shown them with theirs */
async function assignAll(
  source: PointSource,
  centroids: Float32Array,
  dimensions: number,
  assign: Assign,
  visit?: (points: Float32Array, ids: Int32Array) => void,
): Promise<Assignment> {
  const ids = new Int32Array(source.count);
  const distances = new Float32Array(source.count);
  const halfNorms = halfNormsOf(centroids, dimensions);
  for (let first = 0; first < source.count; first += POINTS_AT_A_TIME) {
    const some = await source.read(first, Math.min(POINTS_AT_A_TIME, source.count - first));
    const found = await assign(some, centroids, dimensions, halfNorms);
    ids.set(found.ids, first);
    distances.set(found.distances, first);
    visit?.(some, found.ids);
  }
  return { ids, distances };
}

/** Sums and numbers of the points of each cluster. */
class Sums {
  readonly sums: Float64Array;
  readonly sizes: Int32Array;
  readonly dimensions: number;

  constructor(clusters: number, dimensions: number) {
    this.dimensions = dimensions;
    this.sums = new Float64Array(clusters * dimensions);
    this.sizes = new Int32Array(clusters);
  }

  add(points: Float32Array, ids: Int32Array): void {
    const { sums, sizes, dimensions } = this;
    for (let n = 0; n < ids.length; n++) {
      const cluster = ids[n]!;
      sizes[cluster]!++;
      const from = n * dimensions;
      const to = cluster * dimensions;
      for (let d = 0; d < dimensions; d++) sums[to + d]! += points[from + d]!;
    }
  }
}

function sum(values: Float32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/**
 * Every centroid to the mean of its points. A centroid that nothing chose moves onto the point that is worst
 * served, each onto another one: with thousands of clusters some always starve, and a code that is never used
 * is a code less for the picture.
 */
async function moveCentroids(
  source: PointSource,
  { ids, distances }: Assignment,
  { sums, sizes, dimensions }: Sums,
  centroids: Float32Array,
): Promise<void> {
  const starved = Array.from(sizes.keys()).filter((k) => sizes[k] === 0);
  const worst =
    starved.length === 0 ? [] : Array.from(ids.keys()).sort((a, b) => distances[b]! - distances[a]! || a - b);
  // Read before anything moves: reading may be stopped, and what is saved then is of whole iterations.
  const moves: Float32Array[] = [];
  for (const i of starved.keys()) moves.push((await source.read(worst[i]!, 1)).slice());
  for (const [k, size] of sizes.entries())
    for (let d = 0; size > 0 && d < dimensions; d++)
      centroids[k * dimensions + d] = sums[k * dimensions + d]! / size;
  for (const [i, k] of starved.entries()) centroids.set(moves[i]!, k * dimensions);
}

/** Points that k-means++ looks at per cluster. */
const SEEDING_POINTS_PER_CLUSTER = 16;
/** Numbers that they have together at most, unless there would be fewer points than clusters: half a gigabyte. */
const SEEDING_NUMBERS = 1 << 27;
/** Ten thousand centroids of 2,048 dimensions, chosen one by one in JavaScript, are an hour of one core. */
const SEEDING_ROUNDS = 128;

/**
 * k-means++ (Arthur and Vassilvitskii 2007) on a random subset of the points; of many clusters, as many at a time as
 * make {@link SEEDING_ROUNDS} rounds, as in k-means|| (Bahmani et al. 2012).
 */
async function initialCentroids(
  source: PointSource,
  { dimensions, clusters, random }: KMeansOptions,
  assign: Assign,
): Promise<Float32Array> {
  const { count } = source;
  const order = random.shuffle(Array.from({ length: count }, (_, i) => i));
  const wanted = Math.min(
    count,
    clusters * SEEDING_POINTS_PER_CLUSTER,
    Math.floor(SEEDING_NUMBERS / dimensions),
  );
  const size = Math.max(clusters, wanted);
  const subset = new Float32Array(size * dimensions);
  // In the order of the files, which a disk reads faster.
  const places = Array.from({ length: size }, (_, place) => place).sort((a, b) => order[a]! - order[b]!);
  for (const place of places) subset.set(await source.read(order[place]!, 1), place * dimensions);
  const centroids = new Float32Array(clusters * dimensions);
  const nearest = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
  const atOnce = Math.max(1, Math.floor(clusters / SEEDING_ROUNDS));
  let chosen = [0];
  for (let k = 0; k < clusters; k += chosen.length) {
    if (k > 0) chosen = drawFar(nearest, Math.min(atOnce, clusters - k), random);
    const from = k * dimensions;
    for (const [i, place] of chosen.entries())
      centroids.set(subset.subarray(place * dimensions, (place + 1) * dimensions), from + i * dimensions);
    const added = centroids.subarray(from, from + chosen.length * dimensions);
    const { distances } = await assign(subset, added, dimensions);
    for (let i = 0; i < size; i++) nearest[i] = Math.min(nearest[i]!, distances[i]!);
  }
  return centroids;
}

/** Different points, each with a chance in proportion to how far it is. */
function drawFar(distances: Float64Array, some: number, random: Random): number[] {
  const left = distances.slice();
  return Array.from({ length: some }, () => {
    let until = random.next() * left.reduce((total, distance) => total + distance, 0);
    let drawn = 0;
    for (; drawn < left.length - 1; drawn++) {
      until -= left[drawn]!;
      if (until < 0) break;
    }
    left[drawn] = 0;
    return drawn;
  });
}

/** Exact search in plain JavaScript. */
export function nearestCentroids(
  points: Float32Array,
  centroids: Float32Array,
  dimensions: number,
): Assignment {
  const count = points.length / dimensions;
  const clusters = centroids.length / dimensions;
  const ids = new Int32Array(count);
  const distances = new Float32Array(count);
  for (let n = 0; n < count; n++) {
    const from = n * dimensions;
    let best = Number.POSITIVE_INFINITY;
    for (let k = 0; k < clusters; k++) {
      const at = k * dimensions;
      let distance = 0;
      for (let d = 0; d < dimensions && distance < best; d++) {
        const difference = points[from + d]! - centroids[at + d]!;
        distance += difference * difference;
      }
      if (distance < best) {
        best = distance;
        ids[n] = k;
      }
    }
    distances[n] = best;
  }
  return { ids, distances };
}
