/**
 * Whole training steps as one ONNX model: a Loop over K steps whose body holds forward, backward and optimiser.
 *
 * The state (parameters, moments, counters) is carried around the loop and leaves onnxruntime only once per K
 * steps, because outputs of a run are always copied into new JavaScript memory. Steps of different tasks share
 * one state: the body chooses among them with If.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { DType } from '../tensor.ts';
import { compile } from './compile.ts';
import type { Constant, Node, OnnxType, Subgraph, ValueInfo } from './graph.ts';
import { type Products, TraceError } from './trace.ts';

type Tensors = Record<string, tf.Tensor>;
type Step = (state: Tensors, batch: Tensors) => { state: Tensors; metrics: Tensors };
interface Spec {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

export interface TrainingGraph {
  readonly graph: Subgraph;
  /** Task → its number in the input `tasks`. */
  readonly tasks: readonly string[];
  /** State name → graph output. */
  readonly state: Readonly<Record<string, string>>;
  /** Metric name → graph output [K]. */
  readonly metrics: Readonly<Record<string, string>>;
}

/** Graph inputs beside the state: `steps` int64 [], `tasks` int32 [K], and each batch tensor with a leading K. */
export const STEPS_INPUT = 'loop/steps';
export const TASKS_INPUT = 'loop/tasks';
export const stateInput = (name: string) => `state/${name}`;
export const batchInput = (name: string) => `batch/${name}`;

/** @throws TraceError also when tasks disagree on metrics, or a step changes a state's shape or type. */
export function compileTrainingGraph(
  name: string,
  steps: Readonly<Record<string, Step>>,
  state: Readonly<Record<string, Spec>>,
  batch: Readonly<Record<string, Spec>>,
  products?: Products,
): TrainingGraph {
  const tasks = Object.keys(steps);
  const bodyState = (key: string) => `body/${key}`;
  const bodyBatch = (key: string) => `step/${key}`;
  const traced = tasks.map((task, index) => {
    const inputs = Object.fromEntries([
      ...Object.entries(state).map(([key, spec]) => [bodyState(key), spec] as const),
      ...Object.entries(batch).map(([key, spec]) => [bodyBatch(key), spec] as const),
    ]);
    const compiled = compile(
      `${name}_${task}`,
      (tensors) => {
        const result = steps[task]!(
          Object.fromEntries(Object.keys(state).map((key) => [key, tensors[bodyState(key)]!])),
          Object.fromEntries(Object.keys(batch).map((key) => [key, tensors[bodyBatch(key)]!])),
        );
        for (const [key, tensor] of Object.entries(result.state))
          assertSameSpec(task, key, tensor, state[key]);
        return Object.fromEntries([
          ...Object.entries(result.state).map(([key, tensor]) => [`state/${key}`, tensor] as const),
          ...Object.entries(result.metrics).map(([key, tensor]) => [`metric/${key}`, tensor] as const),
        ]);
      },
      inputs,
      `t${index}/`,
      products,
    );
    return { task, ...compiled };
  });

  const keysOf = (kind: 'state' | 'metric', outputs: Readonly<Record<string, string>>) =>
    Object.keys(outputs).flatMap((key) => (key.startsWith(`${kind}/`) ? [key.slice(kind.length + 1)] : []));
  const metrics = keysOf('metric', traced[0]!.outputs).sort();
  for (const { task, outputs } of traced) {
    const own = keysOf('metric', outputs).sort();
    if (own.join() !== metrics.join()) {
      throw new TraceError(`${name}: task ${task} reports metrics [${own}], the first task [${metrics}]`);
    }
  }
  const changed = Object.keys(state).filter((key) => traced.some(({ outputs }) => `state/${key}` in outputs));

  // Every branch yields the whole changing state and the metrics, in this order.
  const results: { key: string; kind: 'state' | 'metric'; dtype: OnnxType; shape: readonly number[] }[] = [
    ...changed.map((key) => ({
      key,
      kind: 'state' as const,
      dtype: state[key]!.dtype,
      shape: state[key]!.shape,
    })),
    ...metrics.map((key) => ({ key, kind: 'metric' as const, dtype: 'float32' as const, shape: [] })),
  ];
  const branches = traced.map(({ graph, outputs }, index): Subgraph => {
    const passed: Node[] = [];
    const values = results.map(({ key, kind, dtype, shape }): ValueInfo => {
      let output = outputs[`${kind}/${key}`];
      if (output === undefined) {
        output = `t${index}/kept/${key}`;
        passed.push({
          op: 'Identity',
          domain: '',
          inputs: [bodyState(key)],
          outputs: [output],
          attributes: {},
        });
      }
      return { name: output, dtype, shape };
    });
    return {
      name: graph.name,
      nodes: [...graph.nodes, ...passed],
      constants: graph.constants,
      inputs: [],
      outputs: values,
    };
  });

  const bodyConstants = new Map<string, Constant>();
  const bodyNodes: Node[] = Object.keys(batch).map((key) => ({
    op: 'Gather',
    domain: '',
    inputs: [batchInput(key), 'body/iteration'],
    outputs: [bodyBatch(key)],
    attributes: { axis: 0 },
  }));
  const chosen = chooseBranch(branches, bodyNodes, bodyConstants);
  const bodyOutputs = results.map(({ dtype, shape }, i): ValueInfo => ({ name: chosen[i]!, dtype, shape }));
  bodyNodes.push({
    op: 'Identity',
    domain: '',
    inputs: ['body/condition'],
    outputs: ['body/continue'],
    attributes: {},
  });
  const body: Subgraph = {
    name: `${name}_body`,
    nodes: bodyNodes,
    constants: bodyConstants,
    inputs: [
      { name: 'body/iteration', dtype: 'int64', shape: [] },
      { name: 'body/condition', dtype: 'bool', shape: [] },
      ...changed.map(
        (key): ValueInfo => ({ name: bodyState(key), dtype: state[key]!.dtype, shape: state[key]!.shape }),
      ),
    ],
    outputs: [{ name: 'body/continue', dtype: 'bool', shape: [] }, ...bodyOutputs],
  };

  // State that no task changes is visible to the body under its body name all the same.
  const constant = Object.keys(state).filter((key) => !changed.includes(key));
  const outerName = (key: string) => (constant.includes(key) ? bodyState(key) : stateInput(key));
  const outputName = ({ key, kind }: (typeof results)[number]) => `out/${kind}/${key}`;
  const loop: Node = {
    op: 'Loop',
    domain: '',
    inputs: [STEPS_INPUT, 'loop/true', ...changed.map(stateInput)],
    outputs: results.map(outputName),
    attributes: { body: { graph: body } },
  };
  const K = { symbol: 'K', factor: 1 };
  const graph: Subgraph = {
    name,
    nodes: [
      ...constant.map(
        (key): Node => ({
          op: 'Identity',
          domain: '',
          inputs: [stateInput(key)],
          outputs: [outerName(key)],
          attributes: {},
        }),
      ),
      loop,
    ],
    constants: new Map([['loop/true', { dtype: 'bool', shape: [], data: Uint8Array.of(1) }]]),
    inputs: [
      { name: STEPS_INPUT, dtype: 'int64', shape: [] },
      { name: TASKS_INPUT, dtype: 'int32', shape: [K] },
      ...Object.entries(state).map(
        ([key, { dtype, shape }]): ValueInfo => ({ name: stateInput(key), dtype, shape }),
      ),
      ...Object.entries(batch).map(
        ([key, { dtype, shape }]): ValueInfo => ({ name: batchInput(key), dtype, shape: [K, ...shape] }),
      ),
    ],
    outputs: results.map(
      (result): ValueInfo => ({
        name: outputName(result),
        dtype: result.dtype,
        shape: result.kind === 'metric' ? [K] : result.shape,
      }),
    ),
  };
  const named = (kind: 'state' | 'metric') =>
    Object.fromEntries(results.filter((r) => r.kind === kind).map((r) => [r.key, outputName(r)]));
  return { graph, tasks, state: named('state'), metrics: named('metric') };
}

/** Nested Ifs on the task's number; one task needs none. Returns the names of the chosen branch's outputs. */
function chooseBranch(
  branches: readonly Subgraph[],
  nodes: Node[],
  constants: Map<string, Constant>,
): string[] {
  if (branches.length === 1) {
    nodes.push(...branches[0]!.nodes);
    for (const [key, constant] of branches[0]!.constants) constants.set(key, constant);
    return branches[0]!.outputs.map(({ name }) => name);
  }
  nodes.push({
    op: 'Gather',
    domain: '',
    inputs: [TASKS_INPUT, 'body/iteration'],
    outputs: ['body/task'],
    attributes: { axis: 0 },
  });
  let otherwise = branches.at(-1)!;
  for (let i = branches.length - 2; i >= 0; i--) {
    const [number, test] = [`body/number_${i}`, `body/is_${i}`];
    const condition: Node = {
      op: 'Equal',
      domain: '',
      inputs: ['body/task', number],
      outputs: [test],
      attributes: {},
    };
    const outputs = otherwise.outputs.map((value, j) => ({ ...value, name: `body/choice_${i}_${j}` }));
    const branch: Node = {
      op: 'If',
      domain: '',
      inputs: [test],
      outputs: outputs.map(({ name }) => name),
      attributes: { then_branch: { graph: branches[i]! }, else_branch: { graph: otherwise } },
    };
    otherwise = {
      name: `choice_${i}`,
      nodes: [condition, branch],
      constants: new Map<string, Constant>([[number, { dtype: 'int32', shape: [], data: Int32Array.of(i) }]]),
      inputs: [],
      outputs,
    };
  }
  nodes.push(...otherwise.nodes);
  for (const [key, constant] of otherwise.constants) constants.set(key, constant);
  return otherwise.outputs.map(({ name }) => name);
}

function assertSameSpec(task: string, key: string, tensor: tf.Tensor, spec: Spec | undefined): void {
  if (!spec) throw new TraceError(`task ${task} returns state ${key}, which does not exist`);
  if (tensor.dtype !== spec.dtype || tensor.shape.join() !== spec.shape.join()) {
    throw new TraceError(
      `task ${task} turns state ${key} from ${spec.dtype} [${spec.shape}] into ${tensor.dtype} [${tensor.shape}]`,
    );
  }
}
