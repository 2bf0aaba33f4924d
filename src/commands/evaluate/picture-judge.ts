/** Who says which caption suits a picture, for R-precision: a model that judges matching, or the recogniser of scenes. */
import { createHash } from 'node:crypto';
import { IMAGE_SIZE, loadWorld } from '../../datasets/scenes/index.ts';
import type { Engine } from '../../engines/engine.ts';
import { UsageError } from '../../errors.ts';
import { claimsSeen } from '../../evaluation/claims-matching.ts';
import type { Recognition } from '../../evaluation/detections.ts';
import type { WholePicture } from '../../evaluation/inception.ts';
import { encodeImage } from '../../inference/encode-image.ts';
import { createEncodedPictures } from '../../inference/encoded-pictures.ts';
import { createMatchPipeline } from '../../inference/pipelines/match.ts';
import { decodePicture } from '../../pictures/decode-picture.ts';
import { loadCaptionCheckpoint } from '../../zoo/caption-checkpoint.ts';
import { sourceOf, type ZooEntry } from '../../zoo/discovery.ts';
import { loadGridEncoder } from '../../zoo/grid-encoder.ts';
import { component } from '../find-checkpoint.ts';
import { loadRecogniser } from './painting-model.ts';

export interface PictureJudge {
  match(picture: WholePicture, texts: readonly string[]): Promise<number[]>;
  release(): Promise<void>;
}

const asFile = ({ rgb, width, height }: WholePicture) => encodeImage(rgb, width, height, 'png');

/**
 * @param world of the captions, where they are of scenes
 * @throws UsageError when it cannot judge
 */
export async function openJudge(
  engine: Engine,
  judge: ZooEntry,
  world: string | undefined,
): Promise<PictureJudge> {
  return judge.manifest.architecture === 'recogniser'
    ? recogniserJudge(engine, judge, world)
    : matchingJudge(engine, judge);
}

async function recogniserJudge(
  engine: Engine,
  entry: ZooEntry,
  of: string | undefined,
): Promise<PictureJudge> {
  const world = await loadWorld(of ?? entry.manifest.data.name);
  const recogniser = await loadRecogniser(engine, entry, world);
  // A picture is judged with many texts, and recognised once.
  const recognised = new WeakMap<Uint8Array, Promise<Recognition>>();
  const recognise = (picture: WholePicture): Promise<Recognition> => {
    const known = recognised.get(picture.rgb) ?? recogniseOnce(picture);
    recognised.set(picture.rgb, known);
    return known;
  };
  async function recogniseOnce(picture: WholePicture): Promise<Recognition> {
    const { width, height, rgb } = picture;
    const asIs = width === IMAGE_SIZE && height === IMAGE_SIZE;
    const small = asIs ? rgb : await decodePicture(await asFile(picture), IMAGE_SIZE);
    return (await recogniser.recognise([small])).recognitions[0]!;
  }
  return {
    async match(picture, texts) {
      const recognition = await recognise(picture);
      return texts.map((text) => claimsSeen(world.readCaption(text), recognition));
    },
    release: () => recogniser.release(),
  };
}

async function matchingJudge(engine: Engine, entry: ZooEntry): Promise<PictureJudge> {
  const refuse = (cause: Error): never => {
    throw new UsageError(`--judge ${entry.id}: ${cause.message}`, { cause });
  };
  const checkpoint = await loadCaptionCheckpoint(sourceOf(entry)).catch(refuse);
  const { folder } = component(entry, 'grid_encoder', 'a judge that sees pictures');
  const encoder = await loadGridEncoder(folder, checkpoint.config).catch(refuse);
  const pictures = await createEncodedPictures(engine).open(encoder);
  const pipeline = await createMatchPipeline(engine, checkpoint);
  return {
    async match(picture, texts) {
      const file = await asFile(picture);
      const encoded = await pictures.encode(createHash('sha256').update(file).digest('hex'), file);
      return pipeline.match(texts.map((text) => ({ text, picture: encoded })));
    },
    async release() {
      await pictures.close();
      await pipeline.release();
    },
  };
}

/** Nothing that the one is made of is in the other. */
export function independent(judge: ZooEntry, model: ZooEntry | undefined): boolean {
  if (!model) return true;
  return judge.contents !== model.contents;
}
