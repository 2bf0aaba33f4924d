/** Convolutions and pooling. tfjs is NHWC with HWIO filters, ONNX is NCHW with OIHW: onnxruntime cancels most of the transposes. */
import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { type Lowerer, registerLowering, TraceError } from '../trace.ts';
import { type FusedActivation, withBiasAndActivation } from './elementwise.ts';

/** Transpositions from NHWC to NCHW, and back. */
export const NCHW = [0, 3, 1, 2];
export const NHWC = [0, 2, 3, 1];

interface ConvAttrs {
  strides: number | [number, number];
  pad: 'valid' | 'same' | number;
  dilations?: number | [number, number];
  dataFormat: 'NHWC' | 'NCHW';
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
  inputShape?: [number, number, number, number];
  filterShape?: [number, number, number, number];
}

type Shape4 = [number, number, number, number];
type ConvInfo = ReturnType<typeof backend_util.computeConv2DInfo>;

function convInfo(
  x: readonly number[],
  filter: readonly number[],
  attrs: ConvAttrs,
  depthwise = false,
): ConvInfo {
  if (attrs.dataFormat && attrs.dataFormat !== 'NHWC') throw new TraceError('conv2d: only NHWC');
  const info = backend_util.computeConv2DInfo(
    x as Shape4,
    filter as Shape4,
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    depthwise,
  );
  if (info.dilationHeight !== 1 || info.dilationWidth !== 1) throw new TraceError('conv2d: only dilation 1');
  return info;
}

const padsOf = ({ padInfo }: ConvInfo) => [padInfo.top, padInfo.left, padInfo.bottom, padInfo.right];

/** HWIO as OIHW. A constant filter is transposed when the session is created. */
const filterName = (lower: Lowerer, filter: TensorInfo) => lower.transpose(lower.name(filter), [3, 2, 0, 1]);

registerLowering<ConvAttrs>('Conv2D', ({ inputs: { x, filter }, attrs, lower }) =>
  convolution(lower, x!, filter!, attrs),
);

function convolution(lower: Lowerer, x: TensorInfo, filter: TensorInfo, attrs: ConvAttrs): TensorInfo {
  const info = convInfo(x.shape, filter.shape, attrs);
  if (
    info.filterHeight === 1 &&
    info.filterWidth === 1 &&
    info.strideHeight === 1 &&
    info.strideWidth === 1 &&
    padsOf(info).every((p) => p === 0)
  ) {
    return pointwise(lower, x, filter, info);
  }
  const y = lower.op('Conv', [lower.transpose(lower.name(x), NCHW), filterName(lower, filter)], {
    strides: [info.strideHeight, info.strideWidth],
    pads: padsOf(info),
    kernel_shape: [info.filterHeight, info.filterWidth],
  });
  return lower.tensor(lower.transpose(y, NHWC), info.outShape, 'float32');
}

/** A 1×1 convolution in NHWC is a matrix product. */
function pointwise(lower: Lowerer, x: TensorInfo, filter: TensorInfo, info: ConvInfo): TensorInfo {
  const matrix = lower.reshape(lower.name(filter), [info.inChannels, info.outChannels]);
  return lower.tensor(lower.op('MatMul', [lower.name(x), matrix]), info.outShape, 'float32');
}

/** `groupedConv2d` of src/models/ops.ts: ONNX has groups and a bias in the one operator. */
registerLowering<{ strides: number; pad: ConvAttrs['pad']; groups: number }>(
  'GroupedConv2D',
  ({ inputs: { x, filter, bias }, attrs: { strides, pad, groups }, lower }) => {
    const info = convInfo(x!.shape, filter!.shape, {
      strides,
      pad,
      dataFormat: 'NHWC',
      ...(typeof pad === 'number' && { dimRoundingMode: 'floor' }),
    });
    const inputs = [lower.transpose(lower.name(x!), NCHW), filterName(lower, filter!)];
    if (bias) inputs.push(lower.name(bias));
    const y = lower.op('Conv', inputs, {
      strides: [info.strideHeight, info.strideWidth],
      pads: padsOf(info),
      kernel_shape: [info.filterHeight, info.filterWidth],
      group: groups,
    });
    return lower.tensor(lower.transpose(y, NHWC), info.outShape, 'float32');
  },
);

registerLowering<ConvAttrs>('DepthwiseConv2dNative', ({ inputs: { x, filter }, attrs, lower }) =>
  depthwise(lower, x!, filter!, attrs),
);

/** filter [kh, kw, C, M]: each of C channels has M filters of its own, which is a convolution in C groups. */
function depthwise(lower: Lowerer, x: TensorInfo, filter: TensorInfo, attrs: ConvAttrs): TensorInfo {
  const info = convInfo(x.shape, filter.shape, attrs, true);
  const { filterHeight, filterWidth, inChannels, outChannels } = info;
  const grouped = lower.reshape(lower.name(filter), [filterHeight, filterWidth, 1, outChannels]);
  const y = lower.op('Conv', [lower.transpose(lower.name(x), NCHW), lower.transpose(grouped, [3, 2, 0, 1])], {
    strides: [info.strideHeight, info.strideWidth],
    pads: padsOf(info),
    kernel_shape: [filterHeight, filterWidth],
    group: inChannels,
  });
  return lower.tensor(lower.transpose(y, NHWC), info.outShape, 'float32');
}

/** What TensorFlow.js's converter folds into a convolution: its bias and its activation. */
for (const [kernel, convolve] of [
  ['FusedConv2D', convolution],
  ['FusedDepthwiseConv2D', depthwise],
] as const) {
  registerLowering<ConvAttrs & FusedActivation>(kernel, (call) => {
    const { x, filter } = call.inputs;
    return withBiasAndActivation(call, convolve(call.lower, x!, filter!, call.attrs));
  });
}

registerLowering<ConvAttrs>('Conv2DBackpropInput', ({ inputs: { dy, filter }, attrs, lower }) => {
  const info = convInfo(attrs.inputShape!, filter!.shape, attrs);
  return inputGradient(lower, dy!, lower.name(filter!), info, 1);
});

registerLowering<ConvAttrs>(
  'DepthwiseConv2dNativeBackpropInput',
  ({ inputs: { dy, filter }, attrs, lower }) => {
    const info = convInfo(attrs.inputShape!, filter!.shape, attrs, true);
    const { filterHeight, filterWidth, inChannels, outChannels } = info;
    // As the groups of a convolution are written: [kh, kw, 1, C·M].
    const grouped = lower.reshape(lower.name(filter!), [filterHeight, filterWidth, 1, outChannels]);
    return inputGradient(lower, dy!, grouped, info, inChannels);
  },
);

/** @param filter HWIO, I of one group */
function inputGradient(
  lower: Lowerer,
  dy: TensorInfo,
  filter: string,
  info: ConvInfo,
  group: number,
): TensorInfo {
  const gradient = lower.transpose(lower.name(dy), NCHW);
  const [top, left, bottom, right] = padsOf(info) as Shape4;
  const { filterHeight: kh, filterWidth: kw, strideHeight: sh, strideWidth: sw } = info;
  let dx: string;
  if (sh === 1 && sw === 1) {
    // A stride-1 transposed convolution is a convolution with the filter turned around, which is much faster.
    const flipped = lower.op('Slice', [
      filter,
      lower.graph.int64([-1, -1]),
      lower.graph.int64([-(2 ** 31), -(2 ** 31)]),
      lower.graph.int64([0, 1]),
      lower.graph.int64([-1, -1]),
    ]);
    const own = group === 1 ? flipped : lower.reshape(flipped, [kh, kw, group, info.outChannels / group]);
    dx = lower.op('Conv', [gradient, lower.transpose(own, [2, 3, 0, 1])], {
      strides: [1, 1],
      pads: [kh - 1 - top, kw - 1 - left, kh - 1 - bottom, kw - 1 - right],
      kernel_shape: [kh, kw],
      group,
    });
  } else {
    // What the strides skipped at the far edge comes back as output padding.
    const rest = (input: number, output: number, stride: number, kernel: number, pads: number) =>
      input - ((output - 1) * stride + kernel - pads);
    dx = lower.op('ConvTranspose', [gradient, lower.transpose(filter, [3, 2, 0, 1])], {
      group,
      strides: [sh, sw],
      pads: [top, left, bottom, right],
      kernel_shape: [kh, kw],
      output_padding: [
        rest(info.inHeight, info.outHeight, sh, kh, top + bottom),
        rest(info.inWidth, info.outWidth, sw, kw, left + right),
      ],
    });
  }
  return lower.tensor(lower.transpose(dx, NHWC), info.inShape, 'float32');
}

/**
 * The filter's gradient: for each of its kh·kw places, (slice of x)ᵀ · dy. All slices side by side make one
 * product, [kh·kw·I, B·H·W] · [B·H·W, O], whose result is HWIO already; a dilated Conv was slower.
 */
registerLowering<ConvAttrs>('Conv2DBackpropFilter', ({ inputs: { x, dy }, attrs, lower }) => {
  const info = convInfo(x!.shape, attrs.filterShape!, attrs);
  const { filterHeight: kh, filterWidth: kw, strideHeight: sh, strideWidth: sw, outHeight, outWidth } = info;
  const [top, left, bottom, right] = padsOf(info);
  const rows = info.batchSize * outHeight * outWidth;
  let padded = lower.name(x!);
  if (top || left || bottom || right) {
    padded = lower.op('Pad', [padded, lower.graph.int64([0, top!, left!, 0, 0, bottom!, right!, 0])]);
  }
  const slices: string[] = [];
  for (let i = 0; i < kh; i++) {
    for (let j = 0; j < kw; j++) {
      if (kh === 1 && kw === 1 && sh === 1 && sw === 1) {
        slices.push(padded);
        continue;
      }
      slices.push(
        lower.op('Slice', [
          padded,
          lower.graph.int64([i, j]),
          lower.graph.int64([i + (outHeight - 1) * sh + 1, j + (outWidth - 1) * sw + 1]),
          lower.graph.int64([1, 2]),
          lower.graph.int64([sh, sw]),
        ]),
      );
    }
  }
  const columns = slices.length === 1 ? slices[0]! : lower.op('Concat', slices, { axis: 3 });
  const product = lower.op(
    'Gemm',
    [
      lower.reshape(columns, [rows, kh * kw * info.inChannels]),
      lower.reshape(lower.name(dy!), [rows, info.outChannels]),
    ],
    { transA: 1 },
  );
  return lower.tensor(lower.reshape(product, info.filterShape), info.filterShape, 'float32');
});

interface PoolAttrs {
  filterSize: number | [number, number];
  strides: number | [number, number];
  pad: 'valid' | 'same' | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

const poolInfo = (x: readonly number[], a: PoolAttrs) =>
  backend_util.computePool2DInfo(x as Shape4, a.filterSize, a.strides, 1, a.pad, a.dimRoundingMode);

for (const [kernel, op] of [
  ['AvgPool', 'AveragePool'],
  ['MaxPool', 'MaxPool'],
] as const) {
  registerLowering<PoolAttrs>(kernel, ({ inputs: { x }, attrs, lower }) => {
    const info = poolInfo(x!.shape, attrs);
    const y = lower.op(op, [lower.transpose(lower.name(x!), NCHW)], {
      kernel_shape: [info.filterHeight, info.filterWidth],
      strides: [info.strideHeight, info.strideWidth],
      pads: padsOf(info),
    });
    return lower.tensor(lower.transpose(y, NHWC), info.outShape, 'float32');
  });
}

/** Each input of a window gets an equal share. Windows that tile the input, which is all that the models use. */
registerLowering<PoolAttrs>('AvgPoolGrad', ({ inputs: { dy, input }, attrs, lower }) => {
  const info = poolInfo(input!.shape, attrs);
  const { filterHeight: fh, filterWidth: fw, batchSize, outHeight, outWidth, inChannels } = info;
  const tiles = info.strideHeight === fh && info.strideWidth === fw && padsOf(info).every((pad) => pad === 0);
  if (!tiles || outHeight * fh !== info.inHeight || outWidth * fw !== info.inWidth) {
    throw new TraceError('the gradient of avgPool needs windows that tile the input exactly');
  }
  const share = lower.op('Mul', [lower.name(dy!), lower.scalar(1 / (fh * fw), 'float32')]);
  const spread = lower.op('Expand', [
    lower.reshape(share, [batchSize, outHeight, 1, outWidth, 1, inChannels]),
    lower.graph.int64([batchSize, outHeight, fh, outWidth, fw, inChannels]),
  ]);
  return lower.tensor(lower.reshape(spread, info.inShape), info.inShape, 'float32');
});
