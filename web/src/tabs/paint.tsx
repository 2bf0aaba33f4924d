/** Pictures from captions, growing with every sampling step. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { events, isAbort, type Model, messageOf, type PaintAnswer, type PaintStep } from '../api.ts';
import { askAbout, readOrder } from '../handover.ts';
import { useLoaded } from '../loaded.ts';
import { Picture, pictureFile } from '../picture.tsx';
import { Failure, Field, ModelChoice, took } from '../pieces.tsx';

const IDEAS = [
  'a giraffe standing on grass next to a red car',
  'two dogs on the beach',
  'a blue boat in the sea',
  'three balloons in the snow',
  'a cat sitting on a bed',
];
const STRATEGIES = ['mask-predict', 'top-left', 'random', 'easy-first', 'parallel'] as const;
const MOST = 8;

interface Painting {
  prompt: string;
  model: string | undefined;
  seed: number | undefined;
  /** A data URL. */
  src: string | undefined;
  step: number;
  steps: number;
  /** Asked for again. */
  sampler: Record<string, unknown>;
}
interface Batch {
  id: number;
  prompt: string;
  paintings: Painting[];
  state: 'waiting' | 'painting' | 'done' | 'failed' | 'stopped';
  error?: string;
  answer?: PaintAnswer;
}

/** They stay while other tabs are looked at. */
let kept: Batch[] = [];
let next = 1;

interface Order {
  prompt: string;
  n: number;
  model: string;
  seed: string;
  sampler: Record<string, unknown>;
}

export function Paint({ rest }: { rest: string }) {
  const given = readOrder(rest);
  const models = useLoaded<{ data: Model[] }>('/v1/models?limit=100');
  const [prompt, setPrompt] = useState(given?.prompt ?? '');
  const [model, setModel] = useState(given?.model ?? '');
  const [n, setN] = useState(1);
  const [seed, setSeed] = useState(given?.seed === undefined ? '' : String(given.seed));
  const [strategy, setStrategy] = useState('');
  const [steps, setSteps] = useState('');
  const [temperature, setTemperature] = useState('');
  const [batches, setBatches] = useState(kept);
  const [running, setRunning] = useState<AbortController>();
  const [spoken, setSpoken] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);

  const keep = (change: (all: Batch[]) => Batch[]) => {
    kept = change(kept);
    setBatches(kept);
  };
  const edit = (id: number, change: (batch: Batch) => Batch) =>
    keep((all) => all.map((batch) => (batch.id === id ? change(batch) : batch)));

  // A link from a run brings its prompt and its seed.
  useEffect(() => {
    const order = readOrder(rest);
    if (order === undefined) return;
    setPrompt(order.prompt);
    setSeed(order.seed === undefined ? '' : String(order.seed));
    setModel(order.model ?? '');
  }, [rest]);

  async function paint(order: Order) {
    const id = next++;
    const stop = new AbortController();
    setRunning(stop);
    setSpoken('Painting');
    const blank = {
      ...{ prompt: order.prompt, model: order.model || undefined, seed: undefined, src: undefined },
      ...{ step: 0, steps: 0, sampler: order.sampler },
    };
    const paintings = Array.from({ length: order.n }, () => ({ ...blank }));
    keep((all) => [{ id, prompt: order.prompt, paintings, state: 'waiting' as const }, ...all].slice(0, 30));
    const body = {
      prompt: order.prompt,
      n: order.n,
      store: true,
      ...(order.model !== '' && { model: order.model }),
      ...(order.seed !== '' && { seed: Number(order.seed) }),
      ...(Object.keys(order.sampler).length > 0 && { sampler: order.sampler }),
    };
    try {
      for await (const { type, data } of events('/v1/generate-image/stream', { body, signal: stop.signal })) {
        if (type === 'step') {
          const step = data as PaintStep;
          edit(id, (batch) => ({
            ...batch,
            state: 'painting',
            paintings: batch.paintings.map((one, i) =>
              i === step.image
                ? { ...one, ...{ step: step.step, steps: step.steps }, src: url('png', step.b64_json) }
                : one,
            ),
          }));
        } else if (type === 'completed') {
          const answer = data as PaintAnswer;
          edit(id, (batch) => ({
            ...batch,
            ...{ state: 'done' as const, answer },
            paintings: answer.images.map((image, i) => ({
              ...batch.paintings[i]!,
              ...{ seed: image.seed, src: url(image.format, image.b64_json), model: answer.model },
            })),
          }));
          setSpoken(
            `Painted ${answer.images.length === 1 ? 'a picture' : `${answer.images.length} pictures`}: ${order.prompt}`,
          );
        } else if (type === 'error') {
          throw new Error((data as { error: { message: string } }).error.message);
        }
      }
    } catch (error) {
      edit(id, (batch) =>
        isAbort(error)
          ? { ...batch, state: 'stopped' }
          : { ...batch, state: 'failed', error: messageOf(error) },
      );
      setSpoken('');
    } finally {
      setRunning(undefined);
    }
  }

  const sampler = {
    ...(strategy !== '' && { strategy }),
    ...(steps !== '' && { steps: Number(steps) }),
    ...(temperature !== '' && { temperature: Number(temperature) }),
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (prompt.trim() === '') return field.current!.focus();
    void paint({ ...{ prompt, n, model, seed, sampler } });
  };
  const use = (idea: string) => {
    setPrompt(idea);
    field.current!.focus();
  };

  return (
    <div class="two-columns">
      <form class="card controls" onSubmit={submit}>
        <Field label="What shall be painted?">
          {(ids) => (
            <textarea
              {...ids}
              ref={field}
              rows={3}
              value={prompt}
              placeholder={IDEAS[0]}
              onInput={(event) => setPrompt(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event);
              }}
            />
          )}
        </Field>
        <ul class="ideas" aria-label="Ideas">
          {IDEAS.map((idea) => (
            <li key={idea}>
              <button type="button" class="chip" onClick={() => use(idea)}>
                {idea}
              </button>
            </li>
          ))}
        </ul>
        <div class="row">
          <Field label="Pictures">
            {(ids) => (
              <input
                {...ids}
                type="number"
                min={1}
                max={MOST}
                value={n}
                onInput={(event) => setN(Math.min(MOST, Math.max(1, Number(event.currentTarget.value) || 1)))}
              />
            )}
          </Field>
          <Field label="Seed">
            {(ids) => (
              <input
                {...ids}
                type="number"
                min={0}
                max={4294967295}
                value={seed}
                placeholder="drawn"
                onInput={(event) => setSeed(event.currentTarget.value)}
              />
            )}
          </Field>
        </div>
        <ModelChoice models={models.value?.data} task="paint" value={model} onChange={setModel} />
        <details>
          <summary>How it is sampled</summary>
          <Field label="Strategy" hint="In which order the 64 cells of the picture get their codes.">
            {(ids) => (
              <select {...ids} value={strategy} onChange={(event) => setStrategy(event.currentTarget.value)}>
                <option value="">the server’s choice (mask-predict)</option>
                {STRATEGIES.map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </select>
            )}
          </Field>
          <div class="row">
            <Field label="Steps">
              {(ids) => (
                <input
                  {...ids}
                  type="number"
                  min={1}
                  max={64}
                  placeholder="4"
                  value={steps}
                  onInput={(event) => setSteps(event.currentTarget.value)}
                />
              )}
            </Field>
            <Field label="Temperature">
              {(ids) => (
                <input
                  {...ids}
                  type="number"
                  min={0}
                  max={10}
                  step="0.1"
                  placeholder={n > 1 ? '0.5' : '0'}
                  value={temperature}
                  onInput={(event) => setTemperature(event.currentTarget.value)}
                />
              )}
            </Field>
          </div>
        </details>
        <div class="actions">
          <button type="submit" disabled={running !== undefined}>
            Paint
          </button>
          {running !== undefined && (
            <button type="button" class="quiet" onClick={() => running.abort()}>
              Stop
            </button>
          )}
        </div>
        <Failure message={models.error} />
      </form>
      <section aria-label="Painted" class="results">
        <p class="heard" aria-live="polite">
          {spoken}
        </p>
        {batches.length === 0 && (
          <div class="empty card">
            <p>Say what you would like to see, or take one of the ideas, and press “Paint”.</p>
            <p class="hint">
              The models that come with the server know a small world of drawn scenes: animals, vehicles, food
              and furniture, on grass, snow, a beach, the sea, a road or in a room, in a few colours and up to
              three of a kind.
            </p>
          </div>
        )}
        {batches.map((batch) => (
          <BatchView
            key={batch.id}
            batch={batch}
            busy={running !== undefined}
            again={(one) =>
              void paint({
                ...{
                  prompt: one.prompt,
                  n: 1,
                  model: one.model ?? '',
                  seed: String(one.seed),
                  sampler: one.sampler,
                },
              })
            }
          />
        ))}
      </section>
    </div>
  );
}

const url = (format: string, base64: string) => `data:image/${format};base64,${base64}`;

function BatchView({ batch, busy, again }: { batch: Batch; busy: boolean; again: (one: Painting) => void }) {
  const { prompt, paintings, state, error, answer } = batch;
  const unknown = answer?.images[0]?.unknown_words ?? [];
  return (
    <article class="batch">
      <h2>{prompt}</h2>
      {state === 'failed' && <Failure message={error} />}
      {state === 'stopped' && <p class="hint">Stopped.</p>}
      {unknown.length > 0 && (
        <p class="note">
          The model does not know {unknown.map((word) => `“${word}”`).join(', ')}: it cannot paint what it has
          no word for.
        </p>
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
                      onClick={() => again(one)}
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
