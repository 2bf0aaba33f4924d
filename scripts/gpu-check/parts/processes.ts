/** A batch shared by two processes, on two GPUs where there are, else on one: the weights of one process. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startTraining } from '../../../src/runs/training-run.ts';
import { readSafetensors } from '../../../src/safetensors.ts';
import { KINDS } from '../../../src/training/kinds.ts';
import { checkpointsDir } from '../models.ts';
import { exponent, openBoth, type Part, scratchFolder } from '../part.ts';

const STEPS = 6;

const part: Part = async (finding, options) => {
  const { device } = await openBoth(options);
  const dataDir = scratchFolder();
  const train = async (processes: number) => {
    const name = `processes-${processes}`;
    await startTraining(
      {
        ...{
          kind: KINDS.find((kind) => kind.name === 'pretrain')!,
          name,
          seed: 1,
          dataset: 'lattice-1style',
        },
        hyperparameters: {
          ...{
            steps: STEPS,
            batch_size: 8,
            checkpoint_every: STEPS,
            scenes: 16,
            validation_scenes: 4,
            processes,
          },
          ...{ hidden_size: 16, num_attention_heads: 2, intermediate_size: 16 },
          ...{ l_layers: 1, r_layers: 1, x_layers: 1 },
        },
        ...{ components: {}, command: 'gpu-check', commit: 'none' },
      },
      {
        ...{ dataDir, checkpointsDir, engine: device, kinds: KINDS, opened: { choice: options.choice } },
        signal: new AbortController().signal,
        output: { write: () => true },
      },
    );
    const run = join(dataDir, 'runs', name);
    const state = join(run, 'checkpoints', `step-${String(STEPS).padStart(8, '0')}`, 'state.safetensors');
    const lines = (await readFile(join(run, 'metrics.jsonl'), 'utf8')).trim().split('\n').slice(0, STEPS);
    const losses = lines.map((line) => (JSON.parse(line) as { loss: number }).loss);
    return { losses, weights: (await readSafetensors(state)).tensors };
  };
  try {
    const [one, two] = [await train(1), await train(2)];
    const off = Math.max(...one.losses.map((loss, i) => Math.abs(two.losses[i]! - loss) / Math.max(1, loss)));
    finding.check('two processes have the losses of one', off < 1e-5, `at most ${exponent(off)} apart`);
    let most = 0;
    for (const [name, { data }] of Object.entries(one.weights)) {
      for (const [i, value] of data.entries())
        most = Math.max(most, Math.abs(value - two.weights[name]!.data[i]!));
    }
    finding.check('two processes have the weights of one', most < 1e-5, `at most ${exponent(most)} apart`);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
};

export default part;
