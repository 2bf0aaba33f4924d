/**
 * Pictures of captions, judged as the paper's Table 1 and Table 6 do: the inception score, a Fréchet distance from real
 * pictures, and R-precision.
 */
import { Fault } from '../fault.ts';
import { type FeatureStatistics, featureStatistics, frechetDistance } from './frechet-distance.ts';
import type { WholePicture } from './inception.ts';
import { type InceptionScore, inceptionScore } from './inception-score.ts';
import { type RPrecision, type RPrecisionOptions, rPrecision } from './r-precision.ts';

/** Pictures by number; each is made once. */
export interface PictureSet {
  size: number;
  picture(i: number): Promise<WholePicture>;
}

/** What features are of. */
export interface FeatureNetwork {
  /** Width of a feature. */
  width: number;
  /** How many classes it tells apart, where it has any. */
  classes: number;
  /** @returns features [pictures, width], probabilities [pictures, classes] */
  features(
    pictures: readonly WholePicture[],
  ): Promise<{ features: Float32Array; probabilities: Float32Array }>;
}

export interface Looked {
  statistics: FeatureStatistics;
  /** [pictures, classes] */
  probabilities: Float32Array;
}

/** Pictures of a run. */
const CHUNK = 16;

/** @throws Fault for fewer than two pictures */
export async function featuresOf(
  network: FeatureNetwork,
  pictures: PictureSet,
  onProgress?: (done: number, total: number) => void,
): Promise<Looked> {
  const { size } = pictures;
  if (size < 2) throw new Fault(`${size} pictures have no statistics, two are needed.`);
  const features = new Float32Array(size * network.width);
  const probabilities = new Float32Array(size * network.classes);
  for (let first = 0; first < size; first += CHUNK) {
    const count = Math.min(CHUNK, size - first);
    const group = await Promise.all(Array.from({ length: count }, (_, i) => pictures.picture(first + i)));
    const look = await network.features(group);
    features.set(look.features, first * network.width);
    probabilities.set(look.probabilities, first * network.classes);
    onProgress?.(first + count, size);
  }
  return { statistics: featureStatistics(features, network.width), probabilities };
}

export interface PictureEvaluation {
  pictures: number;
  /** Null where the network has no classes, or there are fewer pictures than splits. */
  inceptionScore: InceptionScore | null;
  /** Null without a reference. */
  frechetDistance: number | null;
  /** Null without captions or without a judge. */
  rPrecision: RPrecision | null;
}

export interface PictureEvaluationOptions {
  pictures: PictureSet;
  network?: FeatureNetwork;
  splits: number;
  reference?: FeatureStatistics;
  ranking?: Omit<RPrecisionOptions, 'onProgress'>;
  onProgress?: (what: string, done: number, total: number) => void;
}

export async function evaluatePictures(options: PictureEvaluationOptions): Promise<PictureEvaluation> {
  const { pictures, network, splits, reference, ranking, onProgress } = options;
  const looked =
    network && (await featuresOf(network, pictures, (done, total) => onProgress?.('pictures', done, total)));
  return {
    pictures: pictures.size,
    inceptionScore:
      looked && network && network.classes > 0 && pictures.size >= splits
        ? inceptionScore(looked.probabilities, network.classes, splits)
        : null,
    frechetDistance: looked && reference ? frechetDistance(looked.statistics, reference).distance : null,
    rPrecision: ranking
      ? await rPrecision({
          ...ranking,
          onProgress: (done, total) => onProgress?.('captions', done, total),
        })
      : null,
  };
}
