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
      // Copies, which share the data: the same tensor may be the loss, or a parameter.
      const kept = Object.entries(result.aux ?? {}).map(([name, x]) => [name, tf.keep(tf.clone(x))]);
      aux = Object.fromEntries(kept) as Aux;
      return result.loss;
    },
    names.map((name) => parameters[name]!),
    undefined,
    true,
  );
  // Kept only until here: the engine's own scope ends with the forward pass, the caller's does not.
  aux = Object.fromEntries(
    Object.entries(aux).map(([name, tensor]) => {
      const value = tf.clone(tensor);
      tensor.dispose();
      return [name, value];
    }),
  ) as Aux;
  const gradients: Tensors = {};
  for (const [i, name] of names.entries()) {
    // tfjs leaves holes where its types say tensors.
    const gradient = grads[i] as tf.Tensor | null | undefined;
    if (gradient) gradients[name] = gradient;
  }
  return { loss: value as tf.Scalar, aux, gradients };
}
