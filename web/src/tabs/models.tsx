/** What is hosted: what each model can do, how good it is, where it comes from. */
import { useState } from 'preact/hooks';
import { type Model, messageOf, type Run, send } from '../api.ts';
import { useLoaded } from '../loaded.ts';
import { Picture } from '../picture.tsx';
import { bytes, Failure, Waiting } from '../pieces.tsx';

const DOES: Record<string, string> = {
  paint: 'paints',
  caption: 'captions',
  vqa: 'answers questions',
  nlvr2: 'judges statements',
};

export function Models(_props: { rest: string }) {
  const models = useLoaded<{ data: Model[] }>('/v1/models');
  const [busy, setBusy] = useState<string>();
  const [error, setError] = useState<string>();
  const all = models.value?.data ?? [];
  // What is used when nobody says what, first.
  const able = all
    .filter(({ tasks }) => tasks.length > 0)
    .sort((a, b) => b.default_for.length - a.default_for.length);
  const parts = all.filter(({ tasks }) => tasks.length === 0);

  const change = async (id: string, action: 'load' | 'unload' | 'delete') => {
    if (action === 'delete' && !confirm(`Delete the model ${id} with its files?`)) return;
    setBusy(id);
    setError(undefined);
    try {
      const path = `/v1/models/${encodeURIComponent(id)}`;
      if (action === 'delete') await send(path, { method: 'DELETE' });
      else await send(`${path}/${action}`, { method: 'POST' });
      models.again();
    } catch (thrown) {
      setError(messageOf(thrown));
    } finally {
      setBusy(undefined);
    }
  };

  return (
    <>
      <Failure message={error ?? models.error} />
      {models.value === undefined && models.error === undefined && <Waiting />}
      <ul class="cards">
        {able.map((model) => (
          <ModelCard key={model.id} model={model} busy={busy === model.id} change={change} />
        ))}
      </ul>
      {parts.length > 0 && (
        <details class="card">
          <summary>Parts of models: {parts.length}</summary>
          <ul class="cards">
            {parts.map((model) => (
              <ModelCard key={model.id} model={model} busy={busy === model.id} change={change} />
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

interface CardProps {
  model: Model;
  busy: boolean;
  change: (id: string, action: 'load' | 'unload' | 'delete') => void;
}

function ModelCard({ model, busy, change }: CardProps) {
  const { id, name, tasks, default_for, state, reason, parameters, memory_bytes, metrics, licence, data } =
    model;
  const figures = Object.entries(metrics);
  const promoted = model.trained_by !== null && !id.includes('/');
  return (
    <li class="card model">
      {tasks.includes('paint') && <Painted model={id} />}
      <header>
        <h2>{id}</h2>
        <span class={`state ${state}`}>{state === 'available' ? 'not loaded' : state}</span>
      </header>
      {name !== null && name !== id && <p class="id">{name}</p>}
      <p class="tags">
        {tasks.map((task) => (
          <span key={task} class="tag">
            {DOES[task] ?? task}
            {(default_for as string[]).includes(task) && ' by default'}
          </span>
        ))}
      </p>
      {reason !== null && <p class="failure">{reason}</p>}
      {data !== null && <p>{data.description}</p>}
      <dl>
        {model.architecture !== null && <Fact name="architecture" value={model.architecture} />}
        {parameters !== null && <Fact name="parameters" value={parameters.toLocaleString('en')} />}
        {memory_bytes !== null && <Fact name="memory" value={bytes(memory_bytes)} />}
      </dl>
      {licence !== null && <p class="hint">{licence}</p>}
      {figures.length > 0 && (
        <details>
          <summary>Figures</summary>
          <dl>
            {figures.map(([figure, value]) => (
              <Fact key={figure} name={figure.replaceAll('_', ' ')} value={shown(value)} />
            ))}
          </dl>
        </details>
      )}
      {tasks.length > 0 && (
        <div class="actions">
          {state === 'ready' ? (
            <button type="button" class="quiet" disabled={busy} onClick={() => change(id, 'unload')}>
              Unload
            </button>
          ) : (
            <button type="button" class="quiet" disabled={busy} onClick={() => change(id, 'load')}>
              Load
            </button>
          )}
          {promoted && model.trained_by?.command.includes('job_') && (
            <button type="button" class="quiet" disabled={busy} onClick={() => change(id, 'delete')}>
              Delete
            </button>
          )}
          {busy && <span class="hint">Working…</span>}
        </div>
      )}
    </li>
  );
}

/** What it painted last, of what was kept. */
function Painted({ model }: { model: string }) {
  const query = `task=generate-image&status=succeeded&stored=true&limit=1&model=${encodeURIComponent(model)}`;
  const runs = useLoaded<{ data: Run[] }>(`/v1/runs?${query}`);
  const [run] = runs.value?.data ?? [];
  if (run === undefined) return null;
  const { images } = run.result as { images: { prompt: string }[] };
  return (
    <ul class={`thumbs of-${Math.min(4, images.length)}`}>
      {images.slice(0, 4).map(({ prompt }, index) => (
        <li key={index}>
          <Picture src={`/v1/runs/${run.id}/image?index=${index}`} alt={prompt} enlarge />
        </li>
      ))}
    </ul>
  );
}

const Fact = ({ name, value }: { name: string; value: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
);

const shown = (value: number) =>
  Number.isInteger(value) ? value.toLocaleString('en') : value.toPrecision(3);
