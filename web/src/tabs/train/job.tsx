/** A job as it goes on: where it stands, its curves, sheets and log, and what can be done with it. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import {
  events,
  get,
  isAbort,
  type Job,
  type JobEvent,
  type Model,
  messageOf,
  post,
  send,
} from '../../api.ts';
import { Picture } from '../../picture.tsx';
import { duration, Failure, Field, shortTime, Waiting } from '../../pieces.tsx';
import { Curve, type Series } from './curve.tsx';
import { titleOf } from './schema.ts';

const ENDED = ['succeeded', 'failed', 'cancelled'];
const MOST_EVENTS = 200;

interface Sheet {
  name: string;
  url: string;
}

export function JobView({ id, onChange }: { id: string; onChange: () => void }) {
  const path = `/v1/train-jobs/${id}`;
  const [job, setJob] = useState<Job>();
  const [happened, setHappened] = useState<JobEvent[]>([]);
  const [series, setSeries] = useState<Series[]>([]);
  const [sheets, setSheets] = useState<Sheet[]>([]);
  const [metric, setMetric] = useState('loss');
  const [error, setError] = useState<string>();
  const [model, setModel] = useState<string>();

  useEffect(() => {
    const gone = new AbortController();
    const { signal } = gone;
    const look = async () => {
      const [now, metrics, samples] = await Promise.all([
        get<Job>(path, signal),
        get<{ data: Series[] }>(`${path}/metrics?points=400`, signal),
        get<{ data: Sheet[] }>(`${path}/samples`, signal),
      ]);
      setJob(now);
      setSeries(metrics.data);
      setSheets(samples.data);
    };
    const follow = async () => {
      let last = '';
      while (!signal.aborted) {
        await look();
        const address = `${path}/events/stream${last === '' ? '' : `?after=${last}`}`;
        let looked = Date.now();
        for await (const { type, data, id: seen } of events(address, { signal })) {
          if (type === 'done') {
            await look();
            onChange();
            return;
          }
          last = seen;
          setHappened((all) => [...all, data as JobEvent].slice(-MOST_EVENTS));
          if (type === 'status') onChange();
          // Events come in bunches, numbers need not.
          if (Date.now() - looked > 1500 || type !== 'progress') {
            looked = Date.now();
            await look();
          }
        }
        await new Promise((wait) => setTimeout(wait, 1000));
      }
    };
    setHappened([]);
    follow().catch((thrown) => {
      if (!isAbort(thrown)) setError(messageOf(thrown));
    });
    return () => gone.abort();
  }, [path]);

  const act = async (work: () => Promise<unknown>) => {
    setError(undefined);
    try {
      await work();
      setJob(await get<Job>(path));
    } catch (thrown) {
      setError(messageOf(thrown));
    }
    onChange();
  };
  const steer = (action: 'pause' | 'resume' | 'cancel') => () => act(() => post(`${path}/${action}`, {}));
  const remove = async () => {
    if (!confirm('Delete this job with its files?')) return;
    try {
      await send(path, { method: 'DELETE' });
      location.hash = '#/train';
      onChange();
    } catch (thrown) {
      setError(messageOf(thrown));
    }
  };

  const names = useMemo(() => [...new Set(series.map(({ name }) => name))], [series]);
  const shown = series.filter(({ name }) => name === metric);
  useEffect(() => {
    if (names.length > 0 && !names.includes(metric)) setMetric(names[0]!);
  }, [names]);
  if (job === undefined) return error === undefined ? <Waiting /> : <Failure message={error} />;

  const { status, step, steps, eta } = job;
  const latest = happened.at(-1);
  const left = eta === null ? undefined : (Date.parse(eta) - Date.now()) / 1000;
  return (
    <article class="card job">
      <header>
        <h2>
          {job.kind} on {job.dataset}
        </h2>
        <span class={`state ${status}`}>{status}</span>
      </header>
      <p class="id">
        <code>{job.id}</code>
      </p>
      <progress max={steps || 1} value={step} aria-label="Steps" />
      <p class="where" aria-live="polite">
        Step {step} of {steps}
        {status === 'running' && left !== undefined && step > 0 && `, ${duration(left)} left`}
        {status === 'queued' && job.queue_position !== null && `, number ${job.queue_position} in the queue`}
        {status === 'queued' && job.waiting_for !== null && `, waiting for ${job.waiting_for}`}
        {latest !== undefined && !ENDED.includes(status) && `. ${latest.message}`}
      </p>
      {job.error !== null && <p class="failure">{job.error.message}</p>}
      <div class="actions">
        {(status === 'running' || status === 'queued') && (
          <button type="button" class="quiet" onClick={steer('pause')}>
            Pause
          </button>
        )}
        {status === 'paused' && (
          <button type="button" onClick={steer('resume')}>
            Resume
          </button>
        )}
        {!ENDED.includes(status) && (
          <button type="button" class="quiet" onClick={steer('cancel')}>
            Cancel
          </button>
        )}
        {ENDED.includes(status) && (
          <button type="button" class="quiet" onClick={remove}>
            Delete
          </button>
        )}
      </div>
      {status === 'succeeded' && (
        <Promote
          job={job}
          model={model ?? job.result_model ?? undefined}
          promote={(as) =>
            act(async () => {
              const hosted = await post<Model>(`${path}/promote`, as === '' ? {} : { model_id: as });
              setModel(hosted.id);
            })
          }
        />
      )}
      <Failure message={error} />
      {names.length > 0 && (
        <section aria-label="Curves">
          {names.length > 1 && (
            <Field label="Curve">
              {(ids) => (
                <select {...ids} value={metric} onChange={(event) => setMetric(event.currentTarget.value)}>
                  {names.map((one) => (
                    <option key={one} value={one}>
                      {titleOf(one)}
                    </option>
                  ))}
                </select>
              )}
            </Field>
          )}
          {shown.length > 0 && <Curve series={shown} name={metric} />}
        </section>
      )}
      {job.metrics !== null && (
        <dl class="facts">
          {Object.entries(job.metrics).map(([name, value]) => (
            <div key={name}>
              <dt>{titleOf(name)}</dt>
              <dd>{Number(value).toPrecision(4)}</dd>
            </div>
          ))}
        </dl>
      )}
      {sheets.length > 0 && (
        <section aria-label="Sample sheets">
          <h3>Sample sheets</h3>
          <ul class="sheets">
            {sheets.toReversed().map(({ name, url }) => (
              <li key={name}>
                <Picture src={url} alt={`What the model makes: ${name}`} enlarge />
                <small>{name}</small>
              </li>
            ))}
          </ul>
        </section>
      )}
      <details>
        <summary>What happened</summary>
        <ol class="events">
          {happened.toReversed().map(({ id: event, created_at, level, message }) => (
            <li key={event} class={level}>
              <time dateTime={created_at}>{shortTime(created_at)}</time> {message}
            </li>
          ))}
        </ol>
      </details>
      <Log path={`${path}/log`} />
      <details>
        <summary>Settings</summary>
        <dl class="facts">
          {Object.entries({ seed: job.seed, ...job.hyperparameters }).map(([name, value]) => (
            <div key={name}>
              <dt>{titleOf(name)}</dt>
              <dd>{String(value)}</dd>
            </div>
          ))}
        </dl>
      </details>
    </article>
  );
}

function Promote({
  job,
  model,
  promote,
}: {
  job: Job;
  model: string | undefined;
  promote: (as: string) => Promise<void>;
}) {
  const [as, setAs] = useState('');
  const [busy, setBusy] = useState(false);
  if (model !== undefined)
    return (
      <p class="note good" role="status">
        Hosted as <a href="#/models">{model}</a>.
      </p>
    );
  return (
    <form
      class="inline"
      onSubmit={async (event) => {
        event.preventDefault();
        setBusy(true);
        await promote(as);
        setBusy(false);
      }}
    >
      <Field label="Name of the model">
        {(ids) => (
          <input
            {...ids}
            value={as}
            pattern="[a-z0-9][a-z0-9._\-]*"
            placeholder={`${job.kind}-${job.suffix ?? job.id.slice(4)}`}
            onInput={(event) => setAs(event.currentTarget.value)}
          />
        )}
      </Field>
      <button type="submit" disabled={busy}>
        {busy ? 'Loading…' : 'Host it as a model'}
      </button>
    </form>
  );
}

function Log({ path }: { path: string }) {
  const [text, setText] = useState<string>();
  const read = async (event: Event) => {
    if (!(event.currentTarget as HTMLDetailsElement).open) return;
    const answer = await send(path).catch(() => undefined);
    setText((await answer?.text()) || 'Nothing was written.');
  };
  return (
    <details onToggle={read}>
      <summary>Log</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached with the keyboard */}
      <pre class="log" tabIndex={0}>
        {text ?? 'Reading…'}
      </pre>
    </details>
  );
}
