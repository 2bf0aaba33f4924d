/** One training process, from its start to its outcome. */

import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setPriority } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loaderFlags } from '../engines/loader-flags.ts';
import { makeFolder } from '../make-folder.ts';
import type { FromTraining, ToTraining, TrainingOrder, TrainingOutcome } from './training-protocol.ts';

export interface TrainingProcess {
  /** How it ended; `died`: without a word, by a crash or by `kill`. */
  readonly outcome: Promise<TrainingOutcome | { type: 'died'; how: string }>;
  /** Asks it to save a checkpoint and to end. One that does not hear in time is killed: its last checkpoint stays. */
  stop(): void;
  kill(): void;
}

/** Niceness of a job's process, unless told: it takes what requests leave. */
export const NICENESS = 19;
/** The loop looks up once a second; what is longer (compiling, validation) has nothing that would be lost. */
const HEARING = 2_000;
/** A large state takes its time to be written. */
const SAVING = 120_000;

export function startTrainingProcess(options: {
  order: TrainingOrder;
  /** Its output is appended there. */
  log: string;
  onMessage: (message: Exclude<FromTraining, TrainingOutcome>) => void;
  /** What to fork; tests give their own. */
  module?: URL;
}): TrainingProcess {
  makeFolder(dirname(options.log), 'DATA_DIR/runs');
  const log = openSync(options.log, 'a');
  const file = fileURLToPath(options.module ?? new URL('./training-child.ts', import.meta.url));
  const child: ChildProcess = fork(file, [], {
    execArgv: loaderFlags(file),
    serialization: 'advanced',
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  lowerPriority(child, options.order.niceness);
  let last: TrainingOutcome | undefined;
  let timer: NodeJS.Timeout | undefined;
  const kill = () => void child.kill('SIGKILL');
  const outcome = new Promise<TrainingOutcome | { type: 'died'; how: string }>((resolve) => {
    const end = (how: string) => {
      clearTimeout(timer);
      resolve(last ?? { type: 'died', how });
    };
    child.on('error', (error) => {
      // A failed fork has no exit; a failed send is followed by one.
      if (child.pid === undefined) end(error.message);
    });
    child.on('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  child.on('message', (message: FromTraining) => {
    switch (message.type) {
      case 'done':
      case 'interrupted':
      case 'failed':
        last = message;
        return;
      case 'stopping':
        clearTimeout(timer);
        timer = setTimeout(kill, SAVING);
    }
    options.onMessage(message);
  });
  const send = (message: ToTraining) => {
    // An error here means that the process is going; its exit is handled.
    if (child.connected) child.send(message, () => {});
  };
  send({ type: 'start', order: options.order });
  let stopped = false;
  return {
    outcome,
    kill,
    stop() {
      if (stopped) return;
      stopped = true;
      send({ type: 'stop' });
      timer = setTimeout(kill, HEARING);
    },
  };
}

/** From outside too: threads inherit, and some are there before the process's first line. */
function lowerPriority({ pid }: ChildProcess, niceness: number): void {
  try {
    if (pid !== undefined) setPriority(pid, niceness);
  } catch {
    // Gone already.
  }
}
