/**
 * Picture encoders made of pretrained files: a graph model of TensorFlow.js by itself, or a JSON that names several
 * backbones and says which of their maps become the features of a cell.
 */
import { createHash } from 'node:crypto';
import { access, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { makeFolderAtomically } from '../../atomic-files.ts';
import { GRID } from '../../grid.ts';
import {
  type FeatureConfig,
  FeatureSchema,
  type PictureEncoderConfig,
} from '../../models/picture-encoder/config.ts';
import { PIXELS } from '../../models/picture-encoder/picture-encoder.ts';
import { writeSafetensors } from '../../safetensors.ts';
import { float32, type HostTensors } from '../../tensor.ts';
import { readJsonFile } from '../../text.ts';
import { CONFIG_FILE, type Manifest, writeManifest } from '../manifest.ts';
import { isEfficientNetLite, readEfficientNetLite } from './efficientnet-lite.ts';
import { ImportError } from './error.ts';
import { isGraphModel, readGraphModel, reduceGraph } from './graph-model.ts';
import { openWeights } from './open-weights.ts';

const Channels = Type.Array(Type.Number(), { minItems: 3, maxItems: 3 });

/** What a JSON for `--config` or `--from` may say; a graph model by itself needs none. */
const PictureEncoderSource = Type.Object(
  {
    grid: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
    image_size: Type.Optional(Type.Integer({ minimum: 16, maximum: 4096 })),
    backbones: Type.Record(
      Type.String({ pattern: '^[a-z][a-z0-9_-]*$' }),
      Type.Object(
        {
          /** From this JSON's folder on. */
          file: Type.String(),
          side: Type.Optional(Type.Integer({ minimum: 16, maximum: 4096 })),
          /** Mean of pixels in 0..1. */
          mean: Type.Optional(Channels),
          std: Type.Optional(Channels),
          order: Type.Optional(Type.Union([Type.Literal('rgb'), Type.Literal('bgr')])),
          /** Where the file comes from, and its terms; for the card. */
          source: Type.Optional(Type.String()),
        },
        { additionalProperties: false },
      ),
    ),
    features: Type.Optional(Type.Array(FeatureSchema, { minItems: 1 })),
    licence: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);
type PictureEncoderSource = Static<typeof PictureEncoderSource>;

export interface PictureEncoderPlan {
  config: PictureEncoderConfig;
  /** Without `features.mean` and `features.scale`. */
  weights: HostTensors;
  licence: string;
  /** Each file that was read, for the card. */
  sources: { file: string; sha256: string; source?: string }[];
}

/**
 * @param from a graph model's JSON, or a `PictureEncoderSource`
 * @returns undefined when the file is neither
 * @throws ImportError
 */
export async function planPictureEncoder(
  from: string,
  config: string | undefined,
): Promise<PictureEncoderPlan | undefined> {
  if (extname(from) !== '.json') return undefined;
  const json = await readJson(from);
  const given = config === undefined ? undefined : await readJson(config);
  if (isGraphModel(json)) {
    const name =
      basename(from, '.json')
        .toLowerCase()
        .replace(/^[^a-z]+|[^a-z0-9_-]/g, '') || 'graph';
    const described = given === undefined ? { backbones: {} } : parseSource(given, config!);
    const source = { ...described, backbones: { ...described.backbones } };
    const own = Object.keys(source.backbones)[0] ?? name;
    source.backbones[own] = { ...source.backbones[own], file: resolve(from) };
    return plan(source, dirname(config ?? from));
  }
  if (!('backbones' in (json as object))) return undefined;
  return plan(parseSource(json, from), dirname(from));
}

async function readJson(file: string): Promise<unknown> {
  try {
    return await readJsonFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code) throw new ImportError('file_not_found', `${file} cannot be read (${code})`, { cause });
    throw new ImportError('bad_config', `${file} is not JSON`, { cause });
  }
}

function parseSource(json: unknown, file: string): PictureEncoderSource {
  if (Value.Check(PictureEncoderSource, json)) return json;
  const [first] = Value.Errors(PictureEncoderSource, json);
  throw new ImportError('bad_config', `${file}: ${first?.instancePath || '/'} ${first?.message}`);
}

async function plan(source: PictureEncoderSource, folder: string): Promise<PictureEncoderPlan> {
  const { grid = GRID } = source;
  const backbones: PictureEncoderConfig['backbones'] = {};
  const weights: HostTensors = {};
  const sources: PictureEncoderPlan['sources'] = [];
  const features: FeatureConfig[] = [...(source.features ?? [])];
  for (const [name, backbone] of Object.entries(source.backbones)) {
    const file = resolve(folder, backbone.file);
    await access(file).catch((cause: NodeJS.ErrnoException) => {
      throw new ImportError('file_not_found', `${file}: the file of ${name} cannot be read (${cause.code})`, {
        cause,
      });
    });
    const { mean = [0, 0, 0], std = [1, 1, 1], order } = backbone;
    const values = { mean, std, ...(order && { order }) };
    let own: HostTensors;
    if (extname(file) === '.json') {
      const graph = await readGraphModel(file);
      const { shape } = graph.input;
      const layout = shape[1] === 3 ? 'NCHW' : 'NHWC';
      const side = backbone.side ?? shape[2] ?? -1;
      if (side < 1) {
        throw new ImportError('bad_config', `${file}: its input has no size of its own: give side`);
      }
      if (!source.features) {
        for (const output of graph.outputs) features.push({ backbone: name, output, pool: 'max' });
      }
      const outputs = features.flatMap((one) => (one.backbone === name && one.output ? [one.output] : []));
      const { tensors, ...reduced } = reduceGraph(graph, outputs, file);
      const input = { side, ...values, name: graph.input.name, layout } as const;
      backbones[name] = { kind: 'graph-model', input, ...reduced };
      own = tensors;
    } else {
      const opened = await openWeights(file);
      try {
        if (!isEfficientNetLite(opened.tensors)) {
          throw new ImportError('unsupported', `${file} is neither a graph model nor an EfficientNet-Lite`);
        }
        const read = await readEfficientNetLite(opened.tensors, { side: backbone.side ?? 256, ...values });
        backbones[name] = read.config;
        own = read.weights;
      } finally {
        await opened.close();
      }
    }
    for (const [weight, tensor] of Object.entries(own)) weights[`${name}.${weight}`] = tensor;
    sources.push({
      file: basename(file),
      sha256: createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
      ...(backbone.source !== undefined && { source: backbone.source }),
    });
  }
  const known = [...Object.keys(backbones), PIXELS];
  const stranger = features.find(({ backbone }) => !known.includes(backbone));
  if (stranger) throw new ImportError('bad_config', `features: there is no backbone ${stranger.backbone}`);
  const image_size =
    source.image_size ?? Math.max(...Object.values(backbones).map(({ input }) => input.side));
  return {
    config: { grid, image_size, feature_width: 1, backbones, features },
    weights,
    licence: source.licence ?? 'as the authors of its files say',
    sources,
  };
}

/** A plan with what its features are over some pictures. @param deviation of 0 is a feature that never changes */
export function calibrated(
  { config, weights }: PictureEncoderPlan,
  { mean, deviation, widths }: { mean: Float32Array; deviation: Float32Array; widths: readonly number[] },
): { config: PictureEncoderConfig; weights: HostTensors } {
  const F = mean.length;
  const factors = config.features.flatMap(({ weight = 1 }, i) => new Array<number>(widths[i]!).fill(weight));
  const scale = deviation.map((x, i) => factors[i]! / Math.max(x, 1e-6) / Math.sqrt(F));
  return {
    config: { ...config, feature_width: F },
    weights: {
      ...weights,
      'features.mean': float32(mean, [F]),
      'features.scale': float32(scale, [F]),
    },
  };
}

/**
 * Makes it a checkpoint of the zoo, under a temporary name first.
 * @returns its folder
 * @throws ImportError model_exists
 */
export async function writePictureEncoder(
  { sources, licence }: Pick<PictureEncoderPlan, 'sources' | 'licence'>,
  { config, weights }: { config: PictureEncoderConfig; weights: HostTensors },
  {
    id,
    path,
    root,
    command,
    commit,
    pictures,
    rounding,
  }: {
    id: string;
    /** `<model>/<variant>` below `root`. */
    path: string;
    root: string;
    command: string;
    commit: string;
    /** How many it was calibrated on. */
    pictures: number;
    /** What float16 changes, of the features' root mean square. */
    rounding?: number | undefined;
  },
): Promise<string> {
  const folder = join(root, path);
  if (await stat(folder).catch(() => undefined)) {
    throw new ImportError('model_exists', `there is a model ${id} already (${folder})`);
  }
  await makeFolderAtomically(folder, async (incomplete) => {
    const manifest: Manifest = {
      id,
      name: `Picture encoder of ${Object.keys(config.backbones).join(' and ')}`,
      architecture: 'picture-encoder',
      tasks: [],
      files: ['model.safetensors'],
      trained_by: { command, seed: 0, commit },
      data: { name: 'as its files', description: 'Not trained by this project; frozen' },
      metrics: {},
      licence,
      created: new Date().toISOString(),
    };
    await writeSafetensors(join(incomplete, 'model.safetensors'), weights, { float: 'F16' });
    await writeFile(join(incomplete, CONFIG_FILE), `${JSON.stringify(config)}\n`);
    await writeFile(
      join(incomplete, 'README.md'),
      pictureEncoderCard(manifest, config, sources, { pictures, rounding }),
    );
    await writeManifest(incomplete, manifest);
  });
  return folder;
}

function pictureEncoderCard(
  { name, trained_by, created, licence }: Manifest,
  { grid, image_size, feature_width, features }: PictureEncoderConfig,
  sources: PictureEncoderPlan['sources'],
  { pictures, rounding }: { pictures: number; rounding?: number | undefined },
): string {
  const rows = features.map(
    ({ backbone, output, pool, parts = 1, weight = 1 }) =>
      `| ${backbone} | ${output ?? ''} | ${pool}${parts === 1 ? '' : ` of ${parts}×${parts} parts`} | ${weight} |`,
  );
  return `# ${name}

Pretrained networks, frozen, that see a picture as ${grid}×${grid} cells. A picture of any shape is squashed to
${image_size}×${image_size} pixels; cell (i, j) holds what the networks make of the i-th of ${grid} rows and the j-th of
${grid} columns, with what their receptive fields see around it: ${feature_width} numbers, each less its mean and divided by
its deviation over ${pictures === 0 ? 'no' : pictures} pictures, times its weight, over the square root of ${feature_width}.

| Backbone | Map | Pooled by | Weight |
| --- | --- | --- | --- |
${rows.join('\n')}

**Files**:
${sources.map(({ file, sha256, source }) => `- \`${file}\`, sha256 ${sha256}${source ? `: ${source}` : ''}`).join('\n')}

**Licence**: ${licence}.
**Stored as float16**${rounding === undefined ? '' : `, which changes the features by ${(100 * rounding).toPrecision(2)} % of their root mean square (16 pictures)`}.

## How it was imported

\`\`\`
${trained_by.command}
\`\`\`

Code at ${trained_by.commit}, ${created}.
`;
}
