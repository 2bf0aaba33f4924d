/** The pictures of one order, as they grow and when they are there. */
import type { PaintAnswer } from '../../api.ts';
import { askAbout } from '../../handover.ts';
import { Picture, pictureFile } from '../../picture.tsx';
import { Failure, took } from '../../pieces.tsx';
import type { Order } from './painting.ts';
import type { Subject } from './repaint.tsx';

interface Painting {
  model: string | undefined;
  seed: number | undefined;
  /** A data URL. */
  src: string | undefined;
  /** Once it is done. */
  codes: readonly number[];
  step: number;
  steps: number;
}
export interface Batch {
  id: number;
  order: Order;
  paintings: Painting[];
  state: 'waiting' | 'painting' | 'done' | 'failed' | 'stopped';
  error?: string;
  answer?: PaintAnswer;
}

interface BatchProps {
  batch: Batch;
  /** Something is being painted. */
  busy: boolean;
  again: (order: Order) => void;
  repaint: (subject: Subject) => void;
}

export function BatchView({ batch, busy, again, repaint }: BatchProps) {
  const { order, paintings, state, error, answer } = batch;
  const { prompt } = order;
  const unknown = answer?.images[0]?.unknown_words ?? [];
  return (
    <article class="batch">
      <h2>{prompt}</h2>
      {order.over !== undefined && <p class="hint">A part, painted anew.</p>}
      {state === 'failed' && <Failure message={error} />}
      {state === 'stopped' && <p class="hint">Stopped.</p>}
      {unknown.length > 0 && (
        <p class="note">
          The model does not know {unknown.map((word) => `“${word}”`).join(', ')}: it cannot paint what it has
          no word for.
        </p>
      )}
      {answer?.images[0]?.revised_prompt !== undefined && (
        <p class="hint">Read as “{answer.images[0].revised_prompt}”.</p>
      )}
      {answer?.images[0]?.truncated && (
        <p class="note">The text was longer than the model reads, and was cut.</p>
      )}
      {state !== 'failed' && (
        <ul class="pictures">
          {paintings.map((one, i) => (
            <li key={i} class="picture">
              <div class="frame">
                {one.src === undefined ? (
                  <div class="growing" />
                ) : state === 'done' ? (
                  <Picture src={one.src} alt={prompt} enlarge />
                ) : (
                  <img src={one.src} alt={`${prompt}, step ${one.step} of ${one.steps}`} />
                )}
                {state !== 'done' && state !== 'stopped' && (
                  <progress
                    max={one.steps || 1}
                    {...(one.steps > 0 && { value: one.step })}
                    aria-label="Sampling steps"
                  />
                )}
              </div>
              {state === 'done' && (
                <div class="under">
                  <span class="seed">seed {one.seed}</span>
                  <span class="actions">
                    <button
                      type="button"
                      class="quiet"
                      disabled={busy}
                      aria-label="Again with this seed"
                      title="Again with this seed"
                      onClick={() =>
                        again({
                          ...{ ...order, n: 1, model: one.model ?? '', seed: String(one.seed) },
                          // One alone is sampled otherwise than several, when nobody says how.
                          sampler: answer?.sampler ?? order.sampler,
                        })
                      }
                    >
                      Again
                    </button>
                    <button
                      type="button"
                      class="quiet"
                      aria-label="Ask about this one"
                      title="Ask about this one"
                      onClick={async () => askAbout(await pictureFile(one.src!, 'painted.png'))}
                    >
                      Ask
                    </button>
                    <button
                      type="button"
                      class="quiet"
                      aria-label="Paint a part of this one anew"
                      title="Paint a part of this one anew"
                      onClick={() =>
                        repaint({ prompt, src: one.src!, model: one.model ?? '', codes: one.codes })
                      }
                    >
                      Change
                    </button>
                    <a class="button quiet" href={one.src} download={`${fileName(prompt)}-${one.seed}.png`}>
                      Save
                    </a>
                  </span>
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
      {answer !== undefined && (
        <p class="hint">
          {answer.model}, {took(answer.timing.compute_ms)}
          {answer.timing.queue_ms > 100 && ` after ${took(answer.timing.queue_ms)} in the queue`}
        </p>
      )}
    </article>
  );
}

const fileName = (prompt: string) =>
  prompt
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40);
