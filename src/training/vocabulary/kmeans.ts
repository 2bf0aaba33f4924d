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

/** Finds the nearest centroid of every point. One for small problems is below; an engine has a fast one. */
export type Assign = (
  points: Float32Array,
  centroids: Float32Array,
  dimensions: number,
) => Assignment | Promise<Assignment>;

export interface KMeansOptions {
  dimensions: number;
  clusters: number;
  iterations: number;
  random: Random;
  /** [K, D]; default: k-means++. */
  initialCentroids?: Float32Array;
  assign?: Assign;
  /** Called before every move of the centroids. Throw to stop. */
  onIteration?: (iteration: number, objective: number) => void;
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

/** @throws RangeError when there are fewer points than clusters */
export async function kmeans(points: Float32Array, options: KMeansOptions): Promise<KMeansResult> {
  const { dimensions, clusters, iterations, random } = options;
  const assign = options.assign ?? nearestCentroids;
  const count = points.length / dimensions;
  if (count < clusters)
    throw new RangeError(`k-means: ${clusters} clusters need as many points, not ${count}`);
  const centroids =
    options.initialCentroids?.slice() ?? initialCentroids(points, dimensions, clusters, random);
  const objectives: number[] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    const assignment = await assign(points, centroids, dimensions);
    const objective = sum(assignment.distances);
    objectives.push(objective);
    options.onIteration?.(iteration, objective);
    moveCentroids(points, assignment, centroids, dimensions);
  }
  const assignment = await assign(points, centroids, dimensions);
  return { centroids, assignment, objective: sum(assignment.distances), objectives };
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
function moveCentroids(
  points: Float32Array,
  { ids, distances }: Assignment,
  centroids: Float32Array,
  dimensions: number,
): void {
  const clusters = centroids.length / dimensions;
  const sums = new Float64Array(centroids.length);
  const sizes = new Int32Array(clusters);
  for (let n = 0; n < ids.length; n++) {
    const cluster = ids[n]!;
    sizes[cluster]!++;
    const from = n * dimensions;
    const to = cluster * dimensions;
    for (let d = 0; d < dimensions; d++) sums[to + d]! += points[from + d]!;
  }
  const starved: number[] = [];
  for (let k = 0; k < clusters; k++) {
    if (sizes[k] === 0) starved.push(k);
    else
      for (let d = 0; d < dimensions; d++)
        centroids[k * dimensions + d] = sums[k * dimensions + d]! / sizes[k]!;
  }
  if (starved.length === 0) return;
  const worst = Array.from(ids.keys()).sort((a, b) => distances[b]! - distances[a]! || a - b);
  for (const [i, k] of starved.entries()) {
    const from = worst[i]! * dimensions;
    centroids.set(points.subarray(from, from + dimensions), k * dimensions);
  }
}

/** Points that k-means++ looks at per cluster: its cost is that of a full iteration in plain JavaScript. */
const SEEDING_POINTS_PER_CLUSTER = 16;

/** k-means++ (Arthur and Vassilvitskii 2007) on a random subset of the points. */
function initialCentroids(
  points: Float32Array,
  dimensions: number,
  clusters: number,
  random: Random,
): Float32Array {
  const count = points.length / dimensions;
  const order = random.shuffle(Array.from({ length: count }, (_, i) => i));
  const subset = order.slice(0, Math.max(clusters, Math.min(count, clusters * SEEDING_POINTS_PER_CLUSTER)));
  const centroids = new Float32Array(clusters * dimensions);
  const nearest = new Float64Array(subset.length).fill(Number.POSITIVE_INFINITY);
  let chosen = subset[0]!;
  for (let k = 0; k < clusters; k++) {
    const centroid = points.subarray(chosen * dimensions, (chosen + 1) * dimensions);
    centroids.set(centroid, k * dimensions);
    let total = 0;
    for (let i = 0; i < subset.length; i++) {
      const from = subset[i]! * dimensions;
      let distance = 0;
      for (let d = 0; d < dimensions; d++) {
        const difference = points[from + d]! - centroid[d]!;
        distance += difference * difference;
      }
      if (distance < nearest[i]!) nearest[i] = distance;
      total += nearest[i]!;
    }
    let left = random.next() * total;
    let next = subset.length - 1;
    for (let i = 0; i < subset.length; i++) {
      left -= nearest[i]!;
      if (left < 0) {
        next = i;
        break;
      }
    }
    chosen = subset[next]!;
  }
  return centroids;
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
