/** An inference process without models: the prompt says what happens while it is painted. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '../../src/errors.ts';
import type { ChildOptions, ModelSource } from '../../src/inference/protocol.ts';
import { type LoadedModel, serveModels } from '../../src/inference/serve-models.ts';

const runs: Record<number, number> = {};

function perform(prompt: string): void {
  const [action, argument] = prompt.split(' ');
  if (action === 'die') process.kill(process.pid, 'SIGKILL');
  if (action === 'hang') for (;;);
  if (action === 'refuse') throw new CodedError('impossible_request', 'no', { param: '/sampler/steps' });
  if (action === 'throw') throw new TypeError('secret detail');
  if (action === 'die-once' && !existsSync(argument!)) {
    writeFileSync(argument!, '');
    process.kill(process.pid, 'SIGKILL');
  }
}

function painter(source: ModelSource): LoadedModel {
  return {
    async paint(input, { signal, onStep }) {
      if ('reconstruct' in input) throw new TypeError('it does not see');
      for (let step = 1; step <= 3; step++) {
        await sleep(input.prompt.startsWith('slow') ? 150 : 5, undefined, { signal });
        runs[1] = (runs[1] ?? 0) + 1;
        onStep?.({ step, steps: 3, encoded: Buffer.from(`${input.seed} step ${step}`), updated: [step] });
        if (input.prompt === 'stuck') await new Promise(() => {});
        if (step === 2) perform(input.prompt);
      }
      const encoded = Buffer.from(`${basename(source.folder)} ${input.prompt} ${input.seed} ${process.pid}`);
      return { truncated: false, unknownWords: [], width: 1, height: 1, codes: [input.seed], encoded };
    },
    release: async () => {},
  };
}

serveModels(process, {
  heartbeatMs: (JSON.parse(process.argv[2]!) as ChildOptions).heartbeatMs,
  engine: 'fake',
  passes: () => runs,
  async load(source) {
    const config = JSON.parse(readFileSync(join(source.folder, 'config.json'), 'utf8')) as { load?: string };
    if (config.load === 'die') process.kill(process.pid, 'SIGKILL');
    if (config.load === 'throw') throw new Error('missing: a.weight [2]');
    await sleep(20);
    return painter(source);
  },
});
