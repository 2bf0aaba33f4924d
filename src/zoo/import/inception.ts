/**
 * The Inception v3 of FID and of the inception score, as pytorch-fid (`pt_inception-2015-12-05-6726825d.pth`) and
 * torch-fidelity (`weights-inception-2015-12-05-6726825d.pth`) publish it. Its batch normalisation becomes part of the
 * convolution before it.
 */
import {
  INCEPTION_CLASSES,
  inceptionLayers,
  inceptionWeightShapes,
} from '../../models/inception/inception.ts';
import type { WeightShapes } from '../weights.ts';
import { BATCH_NORM, folded } from './batch-norm.ts';
import { ImportError } from './error.ts';
import { checkPlan, type ImportPlan, type StoredTensors } from './plan.ts';

/** Epsilon of the batch normalisations (TensorFlow's, not PyTorch's 1e-5). */
const EPSILON = 1e-3;
/** Counters of training; the bias that the inception score leaves out. */
const LEFT_OUT = /\.num_batches_tracked$|^fc\.bias$|^AuxLogits\./;

/** What the evaluation asks for by name, and where it comes from. */
export const INCEPTION_SOURCE = {
  file: 'pt_inception-2015-12-05-6726825d.pth',
  address:
    'https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth',
};

export const isInception = (tensors: StoredTensors): boolean => tensors.has('Conv2d_1a_3x3.conv.weight');

/** @throws ImportError, where it is torchvision's network, whose features make another distance */
export function planInception(file: StoredTensors, name: string): ImportPlan {
  const classes = file.get('fc.weight')?.shape[0];
  if (classes !== undefined && classes !== INCEPTION_CLASSES) {
    throw new ImportError(
      'unsupported',
      `${name} is an Inception of ${classes} classes (torchvision's has 1000). FID and the inception score are made ` +
        `with that of ${INCEPTION_CLASSES}: ${INCEPTION_SOURCE.file}, ${INCEPTION_SOURCE.address}`,
    );
  }
  const kept = new Map([...file].filter(([key]) => !LEFT_OUT.test(key)));
  const plan: ImportPlan = {
    architecture: 'inception',
    title: 'Inception v3 of FID',
    config: {},
    shapes: inceptionWeightShapes(),
    tensors: new Map(),
    leftOut: [...file.keys()].filter((key) => LEFT_OUT.test(key)),
  };
  checkPlan({ ...plan, tensors: kept, shapes: storedShapes() }, name);
  for (const { name: own } of inceptionLayers()) {
    const { weight, bias } = folded(kept, {
      ...{ convolution: `${own}.conv`, norm: `${own}.bn`, epsilon: EPSILON },
    });
    plan.tensors.set(`${own}.weight`, weight);
    plan.tensors.set(`${own}.bias`, bias);
  }
  plan.tensors.set('fc.weight', kept.get('fc.weight')!);
  return plan;
}

/** What the file must hold, in its own names and layout. */
function storedShapes(): WeightShapes {
  const shapes: Record<string, readonly number[]> = { 'fc.weight': inceptionWeightShapes()['fc.weight']! };
  for (const { name, to, kernel, from } of inceptionLayers()) {
    shapes[`${name}.conv.weight`] = [to, from, ...kernel];
    for (const part of BATCH_NORM) shapes[`${name}.bn.${part}`] = [to];
  }
  return shapes;
}
