/** Pictures from captions, growing with every sampling step. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { isAbort, type Model, messageOf } from '../../api.ts';
import { readOrder } from '../../handover.ts';
import { useLoaded } from '../../loaded.ts';
import { Failure, Field, Ideas, ModelChoice, SeedField } from '../../pieces.tsx';
import { type Batch, BatchView } from './batch.tsx';
import { grow, type Order } from './painting.ts';
import { Repaint, type Subject } from './repaint.tsx';
import { readSampler, SamplerFields, type Sampling, shownSampler } from './sampler-fields.tsx';

const IDEAS = [
  'a giraffe standing on grass next to a red car',
  'two dogs on the beach',
  'a blue boat in the sea',
  'three balloons in the snow',
  'a cat sitting on a bed',
];
const MOST = 8;

/** They stay while other tabs are looked at. */
let kept: Batch[] = [];
let next = 1;

export function Paint({ rest }: { rest: string }) {
  const given = readOrder(rest);
  const models = useLoaded<{ data: Model[] }>('/v1/models');
  const [prompt, setPrompt] = useState(given?.prompt ?? '');
  const [model, setModel] = useState(given?.model ?? '');
  const [n, setN] = useState(1);
  const [seed, setSeed] = useState(given?.seed === undefined ? '' : String(given.seed));
  const [sampling, setSampling] = useState<Sampling>(() => shownSampler(given?.sampler));
  const [batches, setBatches] = useState(kept);
  const [running, setRunning] = useState<AbortController>();
  const [spoken, setSpoken] = useState('');
  const [subject, setSubject] = useState<Subject>();
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
    setSampling(shownSampler(order.sampler));
  }, [rest]);

  async function paint(order: Order) {
    const id = next++;
    const stop = new AbortController();
    setRunning(stop);
    setSpoken('Painting');
    const blank = {
      src: undefined,
      seed: undefined,
      model: order.model || undefined,
      codes: [],
      step: 0,
      steps: 0,
    };
    const paintings = Array.from({ length: order.n }, () => ({ ...blank }));
    keep((all) => [{ id, order, paintings, state: 'waiting' as const }, ...all].slice(0, 30));
    try {
      for await (const told of grow(order, stop.signal)) {
        if ('done' in told) {
          const { done, model: painter, answer } = told;
          const painted = done.map((one) => ({ ...one, model: painter, step: 0, steps: 0 }));
          edit(id, (batch) => ({ ...batch, state: 'done', paintings: painted, ...(answer && { answer }) }));
          setSpoken(
            `Painted ${done.length === 1 ? 'a picture' : `${done.length} pictures`}: ${order.prompt}`,
          );
        } else {
          const { image, ...step } = told;
          edit(id, (batch) => ({
            ...batch,
            state: 'painting',
            paintings: batch.paintings.map((one, i) => (i === image ? { ...one, ...step } : one)),
          }));
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

  const sampler = readSampler(sampling);
  const submit = (event: Event) => {
    event.preventDefault();
    if (prompt.trim() === '') return field.current!.focus();
    void paint({ prompt, n, model, seed, sampler });
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
        <Ideas ideas={IDEAS} onChoose={use} />
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
          <SeedField value={seed} onChange={setSeed} />
        </div>
        <ModelChoice models={models.value?.data} task="paint" value={model} onChange={setModel} />
        <SamplerFields value={sampling} several={n > 1} onChange={setSampling} />
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
            again={paint}
            repaint={setSubject}
          />
        ))}
      </section>
      <Repaint
        subject={subject}
        onClose={() => setSubject(undefined)}
        onOrder={(order) => {
          setSubject(undefined);
          void paint(order);
        }}
      />
    </div>
  );
}
