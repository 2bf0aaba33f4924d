import { afterEach, expect, it, vi } from 'vitest';
import type { Job } from '../../src/generated/prisma/client.ts';
import { JobRecorder } from '../../src/jobs/job-recorder.ts';
import type { JobWork, Progress } from '../../src/jobs/train-jobs.ts';

const job = { id: 'job_1', steps: 10 } as Job;

async function recorded(tell: (recorder: JobRecorder) => void): Promise<Progress> {
  const progress: Progress[] = [];
  const record: JobWork['record'] = async (_id, _holder, one) => {
    progress.push(one);
    return true;
  };
  const recorder = new JobRecorder({ record } as JobWork, job, 'me', () => {});
  tell(recorder);
  await recorder.close();
  expect(progress).toHaveLength(1);
  return progress[0]!;
}

it('tells what a job does before its first step, once, and how far it is', async () => {
  const { events } = await recorded((recorder) => {
    recorder.record({ type: 'phase', phase: 'loading' });
    recorder.record({ type: 'phase', phase: 'loading' });
    for (let done = 0; done < 4096; done += 128)
      recorder.record({ type: 'phase', phase: 'features', done, total: 4096 });
    recorder.record({ type: 'phase', phase: 'compiling' });
  });
  expect(events).toEqual([
    { type: 'progress', message: 'Loading the data set and what it builds on.', data: { phase: 'loading' } },
    {
      type: 'progress',
      message: 'Computing the features of pictures: 0 of 4096.',
      data: { phase: 'features', done: 0, total: 4096 },
    },
    { type: 'progress', message: 'Compiling the training step.', data: { phase: 'compiling' } },
  ]);
});

it('records the step that a killed run goes on from, without an event', async () => {
  const { events, checkpointStep } = await recorded((recorder) =>
    recorder.record({ type: 'saved', step: 7 }),
  );
  expect([events, checkpointStep]).toEqual([[], 7]);
});

afterEach(() => {
  vi.useRealTimers();
});

it('says how long a phase that can be counted takes, at its speed so far', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const { events } = await recorded((recorder) => {
    recorder.record({ type: 'phase', phase: 'features', done: 100, total: 1000 });
    vi.setSystemTime(Date.now() + 10_000);
    recorder.record({ type: 'phase', phase: 'features', done: 300, total: 1000 });
  });
  expect(events[1]).toEqual({
    type: 'progress',
    message: 'Computing the features of pictures: 300 of 1000, 35s left.',
    data: { phase: 'features', done: 300, total: 1000, seconds_left: 35 },
  });
});
