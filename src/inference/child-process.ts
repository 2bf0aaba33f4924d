/**
 * Keeps one inference process running.
 *
 * `starting`: forked, no word from it yet. `running`: it said hello; from then on it must say something (its
 * heartbeat, at least) within the host's patience, or it counts as hung and is killed. However it ends, it is
 * replaced: at once the first time, then after a pause that doubles while processes die young. `closed`: ended
 * by us, not replaced.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MEMORY_ENVIRONMENT, MEMORY_FLAGS } from '../engines/give-back-memory.ts';
import { loaderFlags } from '../engines/loader-flags.ts';
import type { ToChild, ToParent } from './protocol.ts';

export interface ChildProcessOptions {
  /** What to fork. A `.ts` file is run through tsx. */
  module: URL;
  args: readonly string[];
  /** Longest silence in milliseconds that is not a hang, asked again at every check. */
  patienceMs(): number;
  onMessage(message: ToParent): void;
  /** The process is gone and a new one is on its way. `reason` says how it ended, for people. */
  onGone(reason: string): void;
}

export interface InferenceProcess {
  /** False when nobody is there to hear it. */
  send(message: ToChild): boolean;
  state(): 'starting' | 'running' | 'between' | 'closed';
  pid(): number | undefined;
  /** How often the process was replaced. */
  restarts(): number;
  /** Ends the process for being stuck; it is replaced like any other. */
  kill(reason: string): void;
  /** Ends the process for good. */
  close(): Promise<void>;
}

/** Silence allowed before hello: tsx and the native libraries have to load, on a busy machine too. */
const START_PATIENCE_MS = 60_000;
const CHECK_MS = 500;
/** A process that lived this long did not die of its own start. */
const YOUNG_MS = 10_000;
const MAX_PAUSE_MS = 8_000;
/** A process whose channel is closed ends by itself; after this long it is killed. */
const CLOSE_MS = 2_000;

export function superviseInferenceProcess(options: ChildProcessOptions): InferenceProcess {
  let child: ChildProcess | undefined;
  let state: 'starting' | 'running' | 'between' | 'closed' = 'between';
  let restarts = 0;
  let youngDeaths = 0;
  let bornAt = 0;
  let heardAt = 0;
  let killedFor: string | undefined;
  let restartTimer: NodeJS.Timeout | undefined;

  function start(): void {
    const file = fileURLToPath(options.module);
    const started = fork(file, [...options.args], {
      execArgv: [...MEMORY_FLAGS, ...loaderFlags(file)],
      env: { ...MEMORY_ENVIRONMENT, ...process.env },
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child = started;
    state = 'starting';
    bornAt = heardAt = Date.now();
    killedFor = undefined;
    let gone = false;
    const onEnd = (how: string) => {
      if (gone) return;
      gone = true;
      if (child === started) ended(how);
    };
    started.on('message', (message: ToParent) => {
      if (child !== started || state === 'closed') return;
      heardAt = Date.now();
      if (message.type === 'hello') state = 'running';
      options.onMessage(message);
    });
    started.on('error', (error) => {
      // A failed fork has no exit; a failed send is followed by one.
      if (started.pid === undefined) onEnd(error.message);
    });
    started.on('exit', (code, signal) => onEnd(signal ? `signal ${signal}` : `exit code ${code}`));
  }

  function ended(how: string): void {
    child = undefined;
    if (state === 'closed') return;
    state = 'between';
    restarts++;
    youngDeaths = Date.now() - bornAt < YOUNG_MS ? youngDeaths + 1 : 0;
    const pause = youngDeaths < 2 ? 0 : Math.min(MAX_PAUSE_MS, 250 * 2 ** youngDeaths);
    restartTimer = setTimeout(start, pause);
    options.onGone(killedFor ?? how);
  }

  function kill(reason: string): void {
    killedFor = reason;
    child?.kill('SIGKILL');
  }

  let checkedAt = Date.now();
  const checks = setInterval(() => {
    const now = Date.now();
    // When this process itself slept (a suspended laptop, a debugger), the silence says nothing.
    if (now - checkedAt > 4 * CHECK_MS) heardAt = now;
    checkedAt = now;
    const patience = state === 'starting' ? START_PATIENCE_MS : options.patienceMs();
    if (child && now - heardAt > patience)
      kill(`no sign of life for ${Math.round((now - heardAt) / 1000)} s`);
  }, CHECK_MS);
  checks.unref();

  start();

  return {
    send(message) {
      if (state !== 'running' || !child?.connected) return false;
      // An error here means that the process is going; its exit is handled.
      child.send(message, () => {});
      return true;
    },
    state: () => state,
    pid: () => child?.pid,
    restarts: () => restarts,
    kill,
    async close() {
      state = 'closed';
      clearInterval(checks);
      clearTimeout(restartTimer);
      const last = child;
      if (!last || last.exitCode !== null || last.signalCode !== null || last.pid === undefined) return;
      const exited = new Promise((resolve) => last.once('exit', resolve));
      if (last.connected) last.disconnect();
      const timer = setTimeout(() => last.kill('SIGKILL'), CLOSE_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}
