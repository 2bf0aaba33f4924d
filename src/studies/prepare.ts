/** Makes the pictures of a study, in the background: a study of a hundred captions takes a minute. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '../errors.ts';
import type { InferenceHost } from '../inference/host.ts';
import { openSource, STUDY_PICTURE, type StudyRequest } from './sources.ts';
import type { Studies } from './studies.ts';

/** What passes by itself: others ask too, the process is being replaced, the disk is full for now. */
const PASSING = [
  'queue_full',
  'inference_unavailable',
  'database_unavailable',
  'storage_full',
  'model_not_ready',
];
const PATIENCE = 3_000;
const MOST_TRIES = 20;

/**
 * Goes on where it was left; two servers that prepare the same study make the same pictures.
 * @param captions that items show
 */
export async function prepareStudy(
  id: string,
  request: StudyRequest,
  captions: readonly number[],
  studies: Studies,
  host: InferenceHost,
  dataDir: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    const there = await studies.pictures(id);
    for (const [source, one] of request.sources.entries()) {
      const make = await openSource(one, request, host, dataDir);
      for (const caption of captions) {
        if (there.has(`${source}/${caption}`)) continue;
        const bytes = await withPatience(() => make(caption, signal), signal);
        const kept = await studies.addPicture(id, { source, caption, contentType: STUDY_PICTURE, bytes });
        // Deleted meanwhile.
        if (!kept) return;
      }
    }
    await studies.opened(id);
  } catch (error) {
    // The next start of a server goes on.
    if (signal.aborted) return;
    const why = error instanceof CodedError || error instanceof Error ? error.message : String(error);
    await studies.failed(id, why);
  }
}

async function withPatience<T>(make: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await make();
    } catch (error) {
      const passing = error instanceof CodedError && PASSING.includes(error.code);
      if (!passing || tries === MOST_TRIES || signal.aborted) throw error;
      await sleep(PATIENCE, undefined, { signal });
    }
  }
}
