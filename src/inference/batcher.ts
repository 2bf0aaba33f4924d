/**
 * Dynamic batching at the granularity of one pass of a model: whoever waits when a pass starts goes together,
 * whichever request or sampling step it belongs to. While a pass blocks the thread, the next batch gathers.
 */

import { beginSpan, type OpenSpan, within } from '../tracing.ts';

export interface Batcher<Row, Result> {
  /** Resolves with the row's result; rejects with the signal's reason if it is aborted before its pass. */
  submit(row: Row, signal?: AbortSignal): Promise<Result>;
  /** Rows that wait for a pass. */
  readonly waiting: number;
}

interface Waiting<Row, Result> {
  row: Row;
  signal: AbortSignal | undefined;
  /** Of the wait. */
  span: OpenSpan;
  resolve(result: Result): void;
  reject(reason: unknown): void;
}

/**
 * @param sizes Batch sizes that may run; 1 must be among them. Five rows with sizes 1, 2, 4 run as 4 + 1.
 * @param run Gets one of `sizes` rows and returns as many results, in order.
 */
export function createBatcher<Row, Result>(
  sizes: readonly number[],
  run: (rows: Row[]) => Promise<Result[]>,
): Batcher<Row, Result> {
  if (!sizes.includes(1)) throw new Error(`batch sizes [${sizes}] must include 1`);
  const largestFirst = [...sizes].sort((a, b) => b - a);
  let queue: Waiting<Row, Result>[] = [];
  let scheduled = false;

  function schedule(): void {
    if (scheduled || queue.length === 0) return;
    scheduled = true;
    // After I/O, so that everyone who was woken by the last pass, and every message that came meanwhile, is in.
    setImmediate(flush);
  }

  async function flush(): Promise<void> {
    queue = queue.filter((waiting) => {
      if (!waiting.signal?.aborted) return true;
      waiting.span.end(waiting.signal.reason);
      waiting.reject(waiting.signal.reason);
      return false;
    });
    const size = largestFirst.find((s) => s <= queue.length);
    if (size !== undefined) {
      const batch = queue.splice(0, size);
      for (const { span } of batch) span.end();
      // Everyone's trace has the pass, the first one's what it is made of.
      const spans = batch.map(({ span }) => beginSpan('pass', { 'xlxmert.rows': size }, span.parent));
      try {
        const results = await within(spans[0]!, () => run(batch.map((waiting) => waiting.row)));
        if (results.length !== size) throw new Error(`a pass of ${size} rows gave ${results.length} results`);
        batch.forEach((waiting, i) => {
          waiting.resolve(results[i]!);
        });
      } catch (error) {
        for (const waiting of batch) waiting.reject(error);
      } finally {
        for (const span of spans) span.end();
      }
    }
    scheduled = false;
    schedule();
  }

  return {
    submit(row, signal) {
      return new Promise((resolve, reject) => {
        queue.push({ row, signal, span: beginSpan('wait for a pass'), resolve, reject });
        schedule();
      });
    },
    get waiting() {
      return queue.length;
    },
  };
}
