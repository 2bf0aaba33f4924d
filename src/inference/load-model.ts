/** A hosted checkpoint to what it can do: one pipeline per task of its manifest. */
import type { Engine } from '../engines/engine.ts';
import { CodedError } from '../errors.ts';
import type { ModelConfig } from '../models/family.ts';
import { type Backbone, createBackbone } from '../sampling/backbone.ts';
import type { HostTensors } from '../tensor.ts';
import { loadAnswerCheckpoint } from '../zoo/answer-checkpoint.ts';
import { loadCaptionCheckpoint } from '../zoo/caption-checkpoint.ts';
import { loadGridEncoder } from '../zoo/grid-encoder.ts';
import { readManifest, type Task } from '../zoo/manifest.ts';
import { byRegression, loadAnyPaintCheckpoint } from '../zoo/paint-checkpoint.ts';
import type { EncodedPictures, PictureEncoder } from './encoded-pictures.ts';
import { askOfBlocks } from './occlusion.ts';
import { createAnswerPipeline } from './pipelines/answer.ts';
import { createCaptionPipeline } from './pipelines/caption.ts';
import type { EncodedPicture } from './pipelines/encode-picture.ts';
import { createPaintPipeline } from './pipelines/paint.ts';
import { createRegressionPipeline } from './pipelines/paint-by-regression.ts';
import { createPaintOverPipeline } from './pipelines/paint-over.ts';
import { reconstruct } from './pipelines/reconstruct.ts';
import { createVerifyPipeline } from './pipelines/verify.ts';
import type { HiddenBlock, ModelSource, PaintedOver } from './protocol.ts';
import type { LoadedModel, WorkHooks } from './serve-models.ts';

export interface LoadOptions {
  /** This task alone, and not all of the manifest's. */
  only?: Task;
  maxBatch: number;
  /** Called after every pass that a batch histogram should know of, with the rows it had. */
  onPass(rows: number): void;
  /** Called with the milliseconds of every pass, and of what else takes time. */
  onStage?(stage: string, ms: number): void;
}

type Part = { ability: Partial<LoadedModel>; release(): Promise<void> };

/** @throws Error that says what is wrong with which file */
export async function loadModel(
  engine: Engine,
  source: ModelSource,
  pictures: EncodedPictures,
  options: LoadOptions,
): Promise<LoadedModel> {
  const manifest = await readManifest(source.folder);
  const tasks = manifest.tasks.filter((task) => options.only === undefined || task === options.only);
  if (tasks.length === 0) {
    throw new Error('it has no task of its own: it is a part of other models, or a model to fine-tune');
  }
  const parts: Part[] = [];
  let backbone: Backbone | undefined;
  const release = async () => {
    await Promise.all([...parts, backbone].map((part) => part?.release()));
  };
  const context: Context = {
    ...{ engine, source, pictures, options },
    async backboneOf(config, weights) {
      backbone ??= await createBackbone(engine, config, weights);
      return backbone;
    },
  };
  try {
    for (const task of tasks) parts.push(await LOAD[task](context));
  } catch (error) {
    await release();
    throw error;
  }
  return Object.assign({ release }, ...parts.map((part) => part.ability)) as LoadedModel;
}

interface Context {
  engine: Engine;
  source: ModelSource;
  pictures: EncodedPictures;
  options: LoadOptions;
  /** One for all tasks of the model, released with it. */
  backboneOf(config: ModelConfig, weights: HostTensors): Promise<Backbone>;
}

/** Every stage's time is told, and the rows of those that a batch histogram should know of; of all when left out. */
const told =
  ({ onPass, onStage }: LoadOptions, counted?: readonly string[]) =>
  (stage: string, rows: number, ms: number): void => {
    onStage?.(stage, ms);
    if (counted?.includes(stage) ?? true) onPass(rows);
  };

const LOAD: Record<Task, (context: Context) => Promise<Part>> = {
  async paint({ engine, source, pictures, options, backboneOf }) {
    const { maxBatch, onPass } = options;
    const checkpoint = await loadAnyPaintCheckpoint(source);
    if (byRegression(checkpoint)) {
      const pipeline = await createRegressionPipeline(engine, checkpoint, onPass);
      return {
        ability: {
          async paint(input, hooks) {
            if (!('reconstruct' in input)) return pipeline.paint(input, hooks);
            throw new CodedError(
              'impossible_request',
              `The model "${source.id}" has no visual codes to reconstruct pictures from.`,
              { param: '/model' },
            );
          },
        },
        release: () => pipeline.release(),
      };
    }
    const {
      id,
      lxmert: { config, weights },
    } = checkpoint;
    const pipeline = await createPaintPipeline(engine, checkpoint, {
      maxBatch,
      backbone: await backboneOf(config, weights),
      onPass: told(options, ['step', 'generator']),
    });
    const centroids = weights['vis_emb.weight']!;
    const open = async (refuse: (cause: Error) => Error) => {
      const { grid_encoder, drawing_encoder } = source.components;
      const checkpoint = await loadGridEncoder(grid_encoder, config, drawing_encoder).catch(
        (cause: Error) => {
          throw refuse(cause);
        },
      );
      const encoder = await pictures.open(checkpoint);
      try {
        return { encoder, over: await createPaintOverPipeline(engine, config, centroids) };
      } catch (error) {
        await encoder.close();
        throw error;
      }
    };
    // Most who paint show no picture: the encoder is opened with the first, and tried again with the next.
    let opened: ReturnType<typeof open> | undefined;
    const opening = (refuse: (cause: Error) => Error) => {
      if (opened) return opened;
      opened = open(refuse);
      opened.catch(() => {
        opened = undefined;
      });
      return opened;
    };
    async function begin({ picture, mask, codes }: PaintedOver, hooks: WorkHooks): Promise<Int32Array> {
      const { encoder, over } = await opening((cause) => cause);
      const kept = codes ?? (await over.codesOf((await encode(encoder, picture, '/image', hooks)).features));
      return sayWhich('/mask', () => over.begin(kept, hooks.picture(mask)));
    }
    return {
      ability: {
        async paint(input, hooks) {
          if (!('reconstruct' in input)) {
            return pipeline.paint(input, { ...hooks, begin: input.over && (await begin(input.over, hooks)) });
          }
          const { encoder, over } = await opening((cause) => {
            const why = `The model "${id}" cannot reconstruct pictures (${cause.message}).`;
            return new CodedError('impossible_request', why, { param: '/model', cause });
          });
          const { features } = await encode(encoder, input.reconstruct, '/image', hooks);
          return reconstruct(await over.codesOf(features), pipeline, input.format, hooks.signal);
        },
      },
      async release() {
        await pipeline.release();
        const left = await opened?.catch(() => undefined);
        await Promise.all([left?.encoder.close(), left?.over.release()]);
      },
    };
  },

  async caption({ engine, source, pictures, options, backboneOf }) {
    const checkpoint = await loadCaptionCheckpoint(source);
    return withEncoder(await pictures.open(checkpoint.gridEncoder), async (encoder) => {
      const pipeline = await createCaptionPipeline(engine, checkpoint, {
        maxBatch: options.maxBatch,
        backbone: await backboneOf(checkpoint.config, checkpoint.weights),
        onPass: told(options, ['words']),
      });
      return {
        ability: {
          async caption({ picture, ...options }, hooks) {
            const encoded = await encode(encoder, picture, '/image', hooks);
            return pipeline.caption(encoded, options, hooks.signal);
          },
        },
        release: () => pipeline.release(),
      };
    });
  },

  async vqa({ engine, source, pictures, options }) {
    const checkpoint = await loadAnswerCheckpoint(source);
    return withEncoder(await pictures.open(checkpoint.gridEncoder), async (encoder) => {
      const pipeline = await createAnswerPipeline(engine, checkpoint, {
        maxBatch: options.maxBatch,
        onPass: told(options),
      });
      return {
        ability: {
          async vqa({ picture, question, topK, occlusion }, hooks) {
            const { signal } = hooks;
            const encoded = await encode(encoder, picture, '/image', hooks);
            const whole = await pipeline.answer(encoded, question, topK, signal);
            if (occlusion === undefined) return whole;
            const [best] = whole.answers;
            const without = await encoder.hiding(hooks.picture(picture), occlusion);
            const hidden = await askOfBlocks(occlusion, async (block) => {
              const all = pipeline.answers.length;
              const { answers } = await pipeline.answer(await without(block, signal), question, all, signal);
              const { score } = answers.find(({ answer }) => answer === best!.answer)!;
              return { answer: answers[0]!.answer, score };
            });
            return { ...whole, hidden };
          },
        },
        release: () => pipeline.release(),
      };
    });
  },

  async nlvr2({ engine, source, pictures, options }) {
    const checkpoint = await loadAnswerCheckpoint(source);
    return withEncoder(await pictures.open(checkpoint.gridEncoder), async (encoder) => {
      const pipeline = await createVerifyPipeline(engine, checkpoint, {
        maxBatch: options.maxBatch,
        onPass: told(options),
      });
      return {
        ability: {
          async nlvr2({ left, right, statement, occlusion }, hooks) {
            const { signal } = hooks;
            // Both, even if one fails: a rejection must not be left behind unheard.
            const [first, second] = await Promise.allSettled([
              encode(encoder, left, '/images/0', hooks),
              encode(encoder, right, '/images/1', hooks),
            ]);
            if (first.status === 'rejected') throw first.reason;
            if (second.status === 'rejected') throw second.reason;
            const pair = [first.value, second.value] as const;
            const whole = await pipeline.verify(...pair, statement, signal);
            if (occlusion === undefined) return whole;
            const hidden: HiddenBlock<boolean>[] = [];
            for (const [side, picture] of [left, right].entries()) {
              const without = await encoder.hiding(hooks.picture(picture), occlusion);
              const said = await askOfBlocks(occlusion, async (block) => {
                const encoded = await without(block, signal);
                const shown = side === 0 ? ([encoded, pair[1]] as const) : ([pair[0], encoded] as const);
                const { label, score } = await pipeline.verify(...shown, statement, signal);
                return { answer: label, score: whole.label ? score : 1 - score };
              });
              hidden.push(...said);
            }
            return { ...whole, hidden };
          },
        },
        release: () => pipeline.release(),
      };
    });
  },
};

/** The encoder is closed with the part, or when the part cannot be made. */
async function withEncoder(
  encoder: PictureEncoder,
  make: (encoder: PictureEncoder) => Promise<Part>,
): Promise<Part> {
  try {
    const part = await make(encoder);
    return {
      ability: part.ability,
      async release() {
        await Promise.all([part.release(), encoder.close()]);
      },
    };
  } catch (error) {
    await encoder.close();
    throw error;
  }
}

/** @param param the request's field that the picture came in */
function encode(
  encoder: PictureEncoder,
  hash: string,
  param: string,
  hooks: WorkHooks,
): Promise<EncodedPicture> {
  return sayWhich(param, async () => {
    const encoded = await encoder.encode(hash, hooks.picture(hash));
    hooks.signal.throwIfAborted();
    return encoded;
  });
}

/** What is wrong with a picture is told with the field that it came in. */
async function sayWhich<T>(param: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CodedError) || error.param !== null) throw error;
    throw error.at(param);
  }
}
