/**
 * Graphs that TensorFlow.js saved, as a function like every other model: its own executor (tfjs-converter) calls one
 * kernel after the other on whatever backend runs, so that the compiler traces it too.
 */
import { type GraphModel, loadGraphModelSync } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../../engines/engine.ts';
import type { GraphBackboneConfig } from './config.ts';

/** A saved graph and its weights. @throws Error of the executor that names the node it cannot run */
export function graphExecutor(
  nodes: readonly unknown[],
  weights: Tensors,
): (inputs: Tensors, outputs: readonly string[]) => tf.Tensor[] {
  const model = loadGraphModelSync({
    load: () => ({
      format: 'graph-model',
      modelTopology: { node: nodes, versions: { producer: 0, minConsumer: 0 } },
      weightSpecs: [],
      weightData: new ArrayBuffer(0),
    }),
  }) as unknown as GraphModel;
  // Private to the package's types, and no public call takes tensors in place of bytes.
  const { executor } = model as unknown as { executor: { weightMap: Record<string, tf.Tensor[]> } };
  executor.weightMap = Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [name, [tensor]]));
  return (inputs, outputs) => [model.execute(inputs, [...outputs])].flat();
}

/**
 * @param x [1, S, S, 3] or [1, 3, S, S], as the graph takes it
 * @param outputs names of nodes
 * @throws Error of the executor, which names the node
 */
export function runGraphModel(
  { input, nodes, constants }: Pick<GraphBackboneConfig, 'input' | 'nodes' | 'constants'>,
  weights: Tensors,
  x: tf.Tensor,
  outputs: readonly string[],
): tf.Tensor[] {
  const known: Tensors = {};
  for (const [name, { values, shape, dtype }] of Object.entries(constants))
    known[name] = tf.tensor(values.map(Number), shape, dtype);
  return graphExecutor(nodes, { ...weights, ...known })({ [input.name]: x }, outputs);
}
