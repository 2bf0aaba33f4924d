/** Pictures one after another: neither tensors nor memory grow, of the process and of the GPU. */
import { execFileSync } from 'node:child_process';
import * as tf from '@tensorflow/tfjs-core';
import { createPaintPipeline } from '../../../src/inference/pipelines/paint.ts';
import { painterOf } from '../models.ts';
import { openBoth, type Part } from '../part.ts';

const MIB = 2 ** 20;

function gpuMiB(): number | undefined {
  try {
    const said = execFileSync('nvidia-smi', ['--query-gpu=memory.used', '--format=csv,noheader,nounits']);
    return Number(String(said).split('\n')[0]);
  } catch {
    return undefined;
  }
}

/** After the first tenth, by which caches are full; 64 MiB are the noise of a garbage collector. */
const ALLOWED_MIB = 64;

const part: Part = async (finding, options) => {
  const { device } = await openBoth(options);
  const pipeline = await createPaintPipeline(device, await painterOf('demo'));
  const sampler = { strategy: 'mask-predict', steps: 1 } as const;
  const { requests } = options;
  const row = finding.table('Memory over the requests, MiB', ['tensors', 'resident', 'GPU']);
  const marks: { tensors: number; resident: number; gpu: number | undefined }[] = [];
  for (let request = 1; request <= requests; request++) {
    await pipeline.paint({
      prompt: `a red car ${request}`,
      seed: request,
      sampler,
      format: 'png',
      steps: false,
    });
    if (request % Math.max(1, Math.floor(requests / 10)) !== 0) continue;
    const mark = {
      tensors: tf.memory().numTensors,
      resident: process.memoryUsage.rss() / MIB,
      gpu: gpuMiB(),
    };
    marks.push(mark);
    const { tensors, resident, gpu } = mark;
    row(`after ${request}`, { tensors, resident, ...(gpu === undefined ? {} : { GPU: gpu }) });
  }
  await pipeline.release();
  const [first, last] = [marks[0]!, marks.at(-1)!];
  finding.check(
    'no tensor is left behind',
    first.tensors === last.tensors,
    `${first.tensors}, then ${last.tensors}`,
  );
  const grown = last.resident - first.resident;
  finding.check(
    'the process does not grow',
    grown < ALLOWED_MIB,
    `by ${grown.toFixed(0)} MiB over ${requests} requests`,
  );
  if (first.gpu === undefined || last.gpu === undefined) return;
  const onGpu = last.gpu - first.gpu;
  finding.check(
    'the GPU’s memory does not grow',
    onGpu < ALLOWED_MIB,
    `by ${onGpu} MiB over ${requests} requests`,
  );
};

export default part;
