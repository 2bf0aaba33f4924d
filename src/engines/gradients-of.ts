import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from './engine.ts';

/**
 * The loss, whatever else its function reports, and its gradient for each parameter that it reaches. tf.grads
 * refuses losses that leave a parameter out, but a pre-training task leaves out the heads of all the others.
 *
 * @param loss gets the parameters, on the gradient tape; everything else it closes over is constant.
 */
export function valueAndGradients<Aux extends Tensors = Tensors>(
  parameters: Tensors,
  loss: (parameters: Tensors) => { loss: tf.Scalar; aux?: Aux },
): { loss: tf.Scalar; aux: Aux; gradients: Tensors } {
  const names = Object.keys(parameters);
  let aux = {} as Aux;
  const { value, grads } = tf.engine().gradients(
    () => {
      const result = loss(parameters);
      for (const tensor of Object.values(result.aux ?? {})) tf.keep(tensor);
      aux = result.aux ?? aux;
      return result.loss;
    },
    names.map((name) => parameters[name]!),
    undefined,
    true,
  );
  const gradients: Tensors = {};
  for (const [i, name] of names.entries()) {
    // tfjs leaves holes where its types say tensors.
    const gradient = grads[i] as tf.Tensor | null | undefined;
    if (gradient) gradients[name] = gradient;
  }
  return { loss: value as tf.Scalar, aux, gradients };
}
