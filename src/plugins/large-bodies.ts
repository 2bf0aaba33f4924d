/**
 * Large JSON bodies are read in a thread: parsing 27 MB, decoding and hashing 20 MB take 80 to 270 ms, in which the
 * server would answer nobody. The buffers move to the thread and back, they are not copied. One thread, started by the
 * first large body; a second one would take a core from the models.
 */
import { Worker } from 'node:worker_threads';
import { CodedError } from '../errors.ts';
import { MAX_PICTURE_BYTES } from '../pictures/picture-header.ts';
import { type TakenPictures, takePictures } from './json-pictures.js';

type BodyResult = { id: number; taken: TakenPictures } | { id: number; notJson: string };

export interface LargeBodies {
  /** The body's memory may be gone afterwards. @throws CodedError invalid_json, internal_error */
  take(body: Uint8Array, fields: Record<string, number>): Promise<TakenPictures>;
  close(): Promise<void>;
}

/** Below, handing over costs more than reading: 2 ms for a body of this size. */
const LARGE = 256 * 1024;

export function createLargeBodies(large = LARGE): LargeBodies {
  let worker: Worker | undefined;
  let next = 1;
  const waiting = new Map<number, { resolve(taken: TakenPictures): void; reject(error: Error): void }>();

  function start(): Worker {
    const started = new Worker(new URL('./json-pictures.js', import.meta.url), { execArgv: [] });
    // An idle thread must not keep the process alive.
    started.unref();
    started.on('message', (result: BodyResult) => {
      const asked = waiting.get(result.id);
      waiting.delete(result.id);
      if ('taken' in result) asked?.resolve(result.taken);
      else asked?.reject(new CodedError('invalid_json', undefined, { cause: result.notJson }));
    });
    // Out of memory, or a bug: whoever waits is told, and the next body gets a new thread.
    const gone = (cause: unknown) => {
      if (worker !== started) return;
      worker = undefined;
      const lost = [...waiting.values()];
      waiting.clear();
      for (const { reject } of lost) reject(new CodedError('internal_error', undefined, { cause }));
    };
    started.on('error', gone);
    started.on('exit', (code) => gone(new Error(`the thread that reads bodies ended with code ${code}`)));
    return started;
  }

  return {
    async take(body, fields) {
      if (body.length < large) {
        try {
          return takePictures(body, fields, MAX_PICTURE_BYTES);
        } catch (cause) {
          throw new CodedError('invalid_json', undefined, { cause });
        }
      }
      worker ??= start();
      const id = next++;
      const result = new Promise<TakenPictures>((resolve, reject) => waiting.set(id, { resolve, reject }));
      const own = body.byteLength === body.buffer.byteLength;
      const job = { bodyJob: id, body, fields, mostBytes: MAX_PICTURE_BYTES };
      worker.postMessage(job, own ? [body.buffer as ArrayBuffer] : []);
      return result;
    },
    async close() {
      const last = worker;
      worker = undefined;
      await last?.terminate();
    },
  };
}
