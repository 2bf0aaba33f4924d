/**
 * Models that TensorFlow.js saved as a graph: `model.json` (topology and manifest of weights) with its shards. What
 * follows from constants alone is computed once, here; what remains is a function of the picture.
 */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { GraphBackboneConfig } from '../../models/picture-encoder/config.ts';
import { graphExecutor } from '../../models/picture-encoder/graph-model.ts';
import { bool, float32, type HostTensor, type HostTensors, int32, sizeOf } from '../../tensor.ts';
import { readJsonFile } from '../../text.ts';
import { ImportError } from './error.ts';

interface GraphNode {
  name: string;
  op: string;
  input?: string[];
  attr?: Record<string, unknown>;
}

export interface GraphModelFile {
  nodes: GraphNode[];
  weights: HostTensors;
  /** The placeholder and its shape; -1 where it is open. */
  input: { name: string; shape: number[] };
  /** Names of the nodes that nothing reads. */
  outputs: string[];
}

/** Whether a JSON value is a graph model of TensorFlow.js. */
export function isGraphModel(json: unknown): boolean {
  const { modelTopology } = (json ?? {}) as { modelTopology?: { node?: unknown } };
  return Array.isArray(modelTopology?.node);
}

/** `name:1` and `^name` are both of the node `name`. */
const nodeOf = (input: string) => input.replace(/^\^/, '').replace(/:\d+$/, '');

/** @throws ImportError that names the file and what is wrong with it */
export async function readGraphModel(file: string): Promise<GraphModelFile> {
  const value = await readJsonFile(file);
  if (!isGraphModel(value)) throw new ImportError('bad_config', `${file} is no graph model of TensorFlow.js`);
  const json = value as {
    modelTopology: { node: GraphNode[] };
    weightsManifest?: { paths: string[]; weights: tf.io.WeightsManifestEntry[] }[];
  };
  const nodes = json.modelTopology.node;
  const weights: HostTensors = {};
  for (const { paths, weights: specs } of json.weightsManifest ?? []) {
    const shards = await Promise.all(
      paths.map((path) =>
        readFile(join(dirname(file), basename(path))).catch((cause: NodeJS.ErrnoException) => {
          throw new ImportError(
            'file_not_found',
            `${file}: its shard ${path} cannot be read (${cause.code})`,
            {
              cause,
            },
          );
        }),
      ),
    );
    Object.assign(weights, decode(file, Buffer.concat(shards), specs));
  }
  const placeholders = nodes.filter(({ op }) => op === 'Placeholder');
  if (placeholders.length !== 1) {
    throw new ImportError(
      'unsupported',
      `${file}: it has ${placeholders.length} inputs, a picture encoder has one, the picture`,
    );
  }
  const [{ name, attr }] = placeholders as [GraphNode];
  const shape = (attr?.shape as { shape?: { dim?: { size?: string | number }[] } } | undefined)?.shape?.dim;
  const read = new Set(nodes.flatMap(({ input = [] }) => input.map(nodeOf)));
  return {
    nodes,
    weights,
    input: { name, shape: (shape ?? []).map(({ size }) => Number(size ?? -1)) },
    outputs: nodes.filter(({ name: own, op }) => op !== 'Const' && !read.has(own)).map((node) => node.name),
  };
}

/** tfjs's own reading of its shards, quantised ones too. */
function decode(file: string, shards: Buffer, specs: tf.io.WeightsManifestEntry[]): HostTensors {
  const bytes = shards.buffer.slice(shards.byteOffset, shards.byteOffset + shards.byteLength) as ArrayBuffer;
  try {
    const named = tf.io.decodeWeights(bytes, specs);
    return Object.fromEntries(Object.entries(named).map(([name, tensor]) => [name, hostTensor(tensor)]));
  } catch (cause) {
    throw new ImportError('damaged', `${file}: its weights cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function hostTensor(tensor: tf.Tensor): HostTensor {
  const data = tensor.dataSync();
  if (tensor.dtype === 'float32') return float32(data as Float32Array, tensor.shape);
  if (tensor.dtype === 'int32') return int32(data as Int32Array, tensor.shape);
  if (tensor.dtype === 'bool') return bool(data as Uint8Array, tensor.shape);
  throw new ImportError('unsupported', `a weight is of ${tensor.dtype}`);
}

/**
 * The part of a graph that some outputs need, with everything that follows from constants computed.
 * @param outputs names of nodes, `name:1` for a second output
 * @throws ImportError unsupported that names what the graph lacks
 */
export function reduceGraph(
  { nodes, weights }: GraphModelFile,
  outputs: readonly string[],
  file: string,
): Pick<GraphBackboneConfig, 'nodes' | 'constants' | 'weights'> & { tensors: HostTensors } {
  const known = new Map(nodes.map((node) => [node.name, node]));
  const needed = new Set<string>();
  const visit = (name: string): void => {
    if (needed.has(name)) return;
    const node = known.get(name);
    if (!node) throw new ImportError('unsupported', `${file} has no node ${name}`);
    needed.add(name);
    for (const input of node.input ?? []) visit(nodeOf(input));
  };
  for (const output of outputs) visit(nodeOf(output));

  const constant = new Map<string, boolean>();
  const isConstant = (name: string): boolean => {
    const before = constant.get(name);
    if (before !== undefined) return before;
    const { op, input = [] } = known.get(name)!;
    const own = op === 'Const' || (input.length > 0 && input.every((one) => isConstant(nodeOf(one))));
    constant.set(name, own);
    return own;
  };
  const kept = nodes.filter(({ name }) => needed.has(name) && !isConstant(name));
  const read = new Set(kept.flatMap(({ input = [] }) => input));
  for (const name of read) {
    if (isConstant(nodeOf(name)) && name !== nodeOf(name) && !name.startsWith('^')) {
      throw new ImportError('unsupported', `${file}: ${name} is one of several constant results`);
    }
  }
  const leaves = [...read].map(nodeOf).filter((name, i, all) => isConstant(name) && all.indexOf(name) === i);
  const computed = leaves.filter((name) => known.get(name)!.op !== 'Const');
  const values = { ...weights, ...compute(nodes, weights, computed) };
  const constants: GraphBackboneConfig['constants'] = {};
  const tensors: HostTensors = {};
  for (const name of leaves) {
    const tensor = values[name];
    if (!tensor) throw new ImportError('damaged', `${file}: the constant ${name} has no value`);
    // Shapes, axes and paddings are read while the graph runs; numbers of a layer never are.
    if (tensor.dtype === 'float32' && sizeOf(tensor.shape) > 1) tensors[name] = tensor;
    else {
      const { dtype, shape, data } = tensor;
      constants[name] = { dtype, shape: [...shape], values: Array.from(data, asJson) };
    }
  }
  const leaf = (name: string): GraphNode => ({
    name,
    op: 'Const',
    attr: { dtype: { type: values[name]!.dtype === 'float32' ? 'DT_FLOAT' : 'DT_INT32' } },
  });
  return {
    nodes: [...leaves.map(leaf), ...kept] as unknown as Record<string, unknown>[],
    constants,
    weights: Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, [...shape]])),
    tensors,
  };
}

function asJson(value: number): number | 'Infinity' | '-Infinity' {
  if (Number.isFinite(value)) return value;
  return value > 0 ? 'Infinity' : '-Infinity';
}

/** On whatever backend of tfjs there is. */
function compute(nodes: GraphNode[], weights: HostTensors, names: readonly string[]): HostTensors {
  if (names.length === 0) return {};
  const tensors = Object.fromEntries(
    Object.entries(weights).map(([name, { data, shape, dtype }]) => [
      name,
      tf.tensor(data, [...shape], dtype),
    ]),
  );
  const found = graphExecutor(nodes, tensors)({}, names);
  return Object.fromEntries(found.map((tensor, i) => [names[i]!, hostTensor(tensor)]));
}
