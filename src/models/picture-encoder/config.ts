/**
 * A picture encoder: pretrained backbones, frozen, whose maps are pooled to the cells of the grid. It stands where
 * the paper has grid features of a detector that was trained on photographs (paper, section 4.1).
 */
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';

const size = (maximum: number) => Type.Integer({ minimum: 1, maximum });
const channels = () => Type.Array(Type.Number(), { minItems: 3, maxItems: 3 });

/** How a picture comes in: `(value / 255 - mean) / std` of red, green and blue, at side × side pixels, in this order. */
const BackboneInput = Type.Object({
  side: size(4096),
  mean: channels(),
  std: channels(),
  order: Type.Optional(Type.Union([Type.Literal('rgb'), Type.Literal('bgr')])),
});

const Tensor = Type.Object({
  dtype: Type.Union([Type.Literal('float32'), Type.Literal('int32'), Type.Literal('bool')]),
  shape: Type.Array(Type.Integer({ minimum: 0 })),
  /** JSON has no infinities. */
  values: Type.Array(Type.Union([Type.Number(), Type.Literal('Infinity'), Type.Literal('-Infinity')])),
});

/** A graph of TensorFlow's operators, as TensorFlow.js saves it; one picture at a time. */
const GraphBackbone = Type.Object({
  kind: Type.Literal('graph-model'),
  input: Type.Intersect([
    BackboneInput,
    Type.Object({
      name: Type.String(),
      layout: Type.Union([Type.Literal('NHWC'), Type.Literal('NCHW')]),
    }),
  ]),
  /** `modelTopology.node` without its weights; constants that shapes are made of are among `constants`. */
  nodes: Type.Array(Type.Record(Type.String(), Type.Unknown())),
  constants: Type.Record(Type.String(), Tensor),
  /** Shapes of the weights, which are in the checkpoint's file under `<backbone>.<name>`. */
  weights: Type.Record(Type.String(), Type.Array(Type.Integer({ minimum: 0 }))),
});

const Block = Type.Object({
  kernel: size(15),
  stride: size(2),
  from: size(1 << 14),
  /** Width between the expansion and the projection; as wide as `from` where there is no expansion. */
  expanded: size(1 << 14),
  to: size(1 << 14),
});

/** EfficientNet-Lite (Tan and Le 2019, without squeeze-and-excitation, ReLU6), up to its last block. */
const EfficientNetLite = Type.Object({
  kind: Type.Literal('efficientnet-lite'),
  input: BackboneInput,
  stem: size(1 << 14),
  blocks: Type.Array(Block, { minItems: 1 }),
});

/** One map of a backbone, or the pixels, and how its places become cells. */
export const FeatureSchema = Type.Object({
  /** A name of `backbones`, or `pixels`. */
  backbone: Type.String(),
  /** A node's name (`name:1` for its second output); `blocks.<n>`; none for pixels. */
  output: Type.Optional(Type.String()),
  layout: Type.Optional(Type.Union([Type.Literal('NHWC'), Type.Literal('NCHW')])),
  /** The first channels only. */
  channels: Type.Optional(size(1 << 14)),
  /** Over the places that a cell covers: the mean by area, the greatest, or the standard deviation. */
  pool: Type.Union([Type.Literal('mean'), Type.Literal('max'), Type.Literal('std')]),
  /** The cell is pooled in so many parts a side, one after another row by row: 2 tells its upper left from the rest. */
  parts: Type.Optional(size(16)),
  /** Factor of the standardised values: how much a feature counts beside the others. */
  weight: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
});

/** What makes features of another encoder of what the backbones see (head.ts). */
const HeadSchema = Type.Object({
  width: size(1 << 14),
  blocks: size(64),
  /** Of what it makes. */
  feature_width: size(1 << 14),
  layer_norm_epsilon: Type.Number({ exclusiveMinimum: 0 }),
});
export type HeadConfig = Static<typeof HeadSchema>;

const PictureEncoderSchema = Type.Object({
  /** Cells on a side. */
  grid: size(64),
  /** Pixels of a side: a picture of any shape is squashed to a square. */
  image_size: size(4096),
  /** F, width of a cell's feature, before the head where there is one. */
  feature_width: size(1 << 14),
  backbones: Type.Record(Type.String(), Type.Union([GraphBackbone, EfficientNetLite])),
  features: Type.Array(FeatureSchema, { minItems: 1 }),
  head: Type.Optional(HeadSchema),
});

export type PictureEncoderConfig = Static<typeof PictureEncoderSchema>;
export type GraphBackboneConfig = Static<typeof GraphBackbone>;
export type EfficientNetLiteConfig = Static<typeof EfficientNetLite>;
export type FeatureConfig = Static<typeof FeatureSchema>;
/** A map of a backbone, by its name. */
export type MapName = Pick<FeatureConfig, 'backbone' | 'output' | 'layout' | 'channels'>;

/** @throws Error that names the first bad field */
export function parsePictureEncoderConfig(value: unknown): PictureEncoderConfig {
  if (Value.Check(PictureEncoderSchema, value)) return value;
  const [first] = Value.Errors(PictureEncoderSchema, value);
  throw new Error(
    `picture encoder config: ${first?.instancePath || '/'} ${first?.message ?? 'does not fit'}`,
  );
}
