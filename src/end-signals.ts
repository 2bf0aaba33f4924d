/**
 * What signals ask of a process that has something to finish.
 *
 * Ctrl-C reaches every process of the terminal's foreground group, and npm and tsx pass on what they get: one press of
 * the keys arrives two or three times, a moment apart. So whatever comes within `ECHO` of a request is that request,
 * and only what comes later is a person who does not want to wait. SIGHUP is a terminal that was closed.
 */
export interface EndSignals {
  /** Aborted when this process is to finish what it does and to end. */
  readonly asked: AbortSignal;
  /** Aborted when it is to drop what it does and to end. */
  readonly hurried: AbortSignal;
  /** From now on signals end the process as they do by default. */
  off(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Milliseconds. npm's own process may come to its turn late on a busy machine. */
const ECHO = 2_000;

const unread = () => {};

/**
 * Listens from now on: what comes while a process starts is kept.
 * @param insisted called for a third request, with the exit code that shells use for its signal
 */
export function endSignals(insisted: (exitCode: number) => void = (code) => process.exit(code)): EndSignals {
  const asked = new AbortController();
  const hurried = new AbortController();
  let requested = Number.NEGATIVE_INFINITY;
  const onSignal = (_name: NodeJS.Signals, number: number) => {
    const now = performance.now();
    if (now - requested < ECHO) return;
    requested = now;
    if (!asked.signal.aborted) asked.abort();
    else if (!hurried.signal.aborted) hurried.abort();
    else insisted(128 + number);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  // Nobody reads what is said to a closed terminal; that is no reason to die of it.
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream.listeners('error').includes(unread)) stream.on('error', unread);
  }
  return {
    asked: asked.signal,
    hurried: hurried.signal,
    off() {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}

/** For processes whose parent decides what a signal to the whole group means. */
export function leaveSignalsToParent(): void {
  for (const signal of SIGNALS) process.on(signal, () => {});
}

/** Resolves when it is. */
export const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
