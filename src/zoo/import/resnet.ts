/** torchvision's ResNet-50, 101 and 152 (`resnet50-….pth`): the perceptual network of the paper's generator. */
import { type ResNetConfig, resNetLayers, resNetWeightShapes } from '../../models/resnet/resnet.ts';
import type { WeightShapes } from '../weights.ts';
import { BATCH_NORM, folded } from './batch-norm.ts';
import { ImportError } from './error.ts';
import { checkPlan, countLayers, type ImportPlan, type StoredTensors, sizeOfAxis } from './plan.ts';

/** PyTorch's. */
const EPSILON = 1e-5;
/** Counters of training, and the classes of ImageNet. */
const LEFT_OUT = /\.num_batches_tracked$|^fc\./;

export const isResNet = (tensors: StoredTensors): boolean =>
  tensors.has('layer1.0.conv1.weight') && tensors.has('bn1.running_var');

/** @throws ImportError unsupported: a ResNet of two convolutions a block, or a ResNeXt */
export function planResNet(file: StoredTensors, name: string): ImportPlan {
  const kept = new Map([...file].filter(([key]) => !LEFT_OUT.test(key)));
  const inGroup = file.get('layer1.0.conv2.weight')?.shape[1];
  const narrow = file.get('layer1.0.conv1.weight')?.shape[0];
  if (!file.has('layer1.0.conv3.weight') || inGroup !== narrow) {
    throw new ImportError(
      'unsupported',
      `${name} is another ResNet than 50, 101 or 152: its blocks are not three plain convolutions`,
    );
  }
  const config: ResNetConfig = {
    depths: [1, 2, 3, 4].map((stage) => countLayers(kept, `layer${stage}.`)) as ResNetConfig['depths'],
    width: sizeOfAxis(kept, 'conv1.weight', 0),
  };
  const plan: ImportPlan = {
    architecture: 'resnet',
    title: 'ResNet',
    config: { ...config },
    shapes: resNetWeightShapes(config),
    tensors: new Map(),
    leftOut: [...file.keys()].filter((key) => LEFT_OUT.test(key)),
  };
  checkPlan({ ...plan, tensors: kept, shapes: storedShapes(config) }, name);
  for (const { name: convolution, norm } of resNetLayers(config)) {
    const { weight, bias } = folded(kept, { convolution, norm, epsilon: EPSILON });
    plan.tensors.set(`${convolution}.weight`, weight);
    plan.tensors.set(`${convolution}.bias`, bias);
  }
  return plan;
}

/** What the file must hold, in its own layout. */
function storedShapes(config: ResNetConfig): WeightShapes {
  const shapes: Record<string, readonly number[]> = {};
  for (const { name, norm, kernel, from, to } of resNetLayers(config)) {
    shapes[`${name}.weight`] = [to, from, kernel, kernel];
    for (const part of BATCH_NORM) shapes[`${norm}.${part}`] = [to];
  }
  return shapes;
}
