/** What was asked, with its seeds, and how to ask it again. */
import { useEffect, useState } from 'preact/hooks';
import { get, messageOf, type Run, send } from '../api.ts';
import { copyAs, type Language } from '../copy-as.ts';
import { askAbout, type PaintOrder, paintHref } from '../handover.ts';
import { Picture, pictureFile } from '../picture.tsx';
import { CopyButton, Failure, Field, shortTime, Waiting } from '../pieces.tsx';

const TASKS = {
  '': 'Everything',
  'generate-image': 'Painted',
  caption: 'Captions',
  vqa: 'Questions',
  nlvr2: 'Statements',
  reconstruct: 'Reconstructions',
};
const LANGUAGES: readonly Language[] = ['curl', 'Node', 'Python'];
const PAGE = 24;

interface RunPage {
  data: Run[];
  last_id: string | null;
  has_more: boolean;
}

export function Runs(_props: { rest: string }) {
  const [task, setTask] = useState('');
  const [runs, setRuns] = useState<Run[]>();
  const [last, setLast] = useState<string>();
  const [error, setError] = useState<string>();

  const load = async (after: string | undefined, known: Run[]) => {
    try {
      const filter = task === '' ? '' : `&task=${task}`;
      const from = after === undefined ? '' : `&after=${after}`;
      const { data, last_id, has_more } = await get<RunPage>(`/v1/runs?limit=${PAGE}${filter}${from}`);
      setRuns([...known, ...data]);
      setLast(has_more ? (last_id ?? undefined) : undefined);
      setError(undefined);
    } catch (thrown) {
      setError(messageOf(thrown));
    }
  };
  useEffect(() => {
    setRuns(undefined);
    void load(undefined, []);
  }, [task]);

  return (
    <>
      <div class="bar">
        <Field label="Show">
          {(ids) => (
            <select {...ids} value={task} onChange={(event) => setTask(event.currentTarget.value)}>
              {Object.entries(TASKS).map(([id, title]) => (
                <option key={id} value={id}>
                  {title}
                </option>
              ))}
            </select>
          )}
        </Field>
        <button type="button" class="quiet" onClick={() => void load(undefined, [])}>
          Refresh
        </button>
      </div>
      <Failure message={error} />
      {runs === undefined && error === undefined && <Waiting />}
      {runs?.length === 0 && (
        <div class="empty card">
          <p>Nothing yet.</p>
          <p class="hint">
            Whatever is asked of this server stands here: from this page, from programs, from the command
            line.
          </p>
        </div>
      )}
      <ul class="gallery">
        {(runs ?? []).map((run) => (
          <RunView
            key={run.id}
            run={run}
            onGone={() => setRuns((known) => known?.filter(({ id }) => id !== run.id))}
          />
        ))}
      </ul>
      {last !== undefined && (
        <div class="actions center">
          <button type="button" class="quiet" onClick={() => void load(last, runs ?? [])}>
            Earlier ones
          </button>
        </div>
      )}
    </>
  );
}

interface Painted {
  images: { prompt: string; seed: number; url?: string }[];
}

function RunView({ run, onGone }: { run: Run; onGone: () => void }) {
  const [failure, setFailure] = useState<string>();
  const { id, task, status, created_at, model, error } = run;
  const painted = task === 'generate-image' ? (run.result as Painted | null) : null;
  const title = titleOf(run);
  const again = againOf(run);
  const remove = async () => {
    if (!confirm('Delete this run with its pictures?')) return;
    try {
      await send(`/v1/runs/${id}`, { method: 'DELETE' });
      onGone();
    } catch (thrown) {
      setFailure(messageOf(thrown));
    }
  };
  return (
    <li class="card run">
      {painted !== null && run.stored && (
        <ul class={`thumbs of-${Math.min(4, painted.images.length)}`}>
          {painted.images.map(({ seed, prompt }, index) => (
            <li key={seed}>
              <Picture src={`/v1/runs/${id}/image?index=${index}`} alt={`${prompt}, seed ${seed}`} enlarge />
            </li>
          ))}
        </ul>
      )}
      <h2>{title}</h2>
      <p class="said">{error === null ? saidOf(run) : <span class="failure">{error.message}</span>}</p>
      <p class="hint">
        {shortTime(created_at)}, {model}
        {isEdit(run) && ', a part painted anew'}
        {status === 'running' && ', running'}
        {painted !== null && `, seed ${painted.images.map(({ seed }) => seed).join(', ')}`}
      </p>
      <div class="actions">
        {again !== undefined && (
          <a class="button quiet" href={paintHref(again)}>
            Paint again
          </a>
        )}
        {painted !== null && run.stored && (
          <button
            type="button"
            class="quiet"
            onClick={async () => askAbout(await pictureFile(`/v1/runs/${id}/image`))}
          >
            Ask about it
          </button>
        )}
        <details class="menu">
          <summary>Copy as</summary>
          <div class="actions">
            {LANGUAGES.map((language) => {
              const text = copyAs(run, language);
              return (
                text !== undefined && (
                  <CopyButton key={language} text={text}>
                    {language}
                  </CopyButton>
                )
              );
            })}
          </div>
        </details>
        {status !== 'running' && (
          <button type="button" class="quiet" onClick={remove}>
            Delete
          </button>
        )}
      </div>
      <Failure message={failure} />
    </li>
  );
}

interface PaintedRequest {
  prompts: string[];
  seeds: number[];
  sampler?: PaintOrder['sampler'];
}

const isEdit = ({ request }: Run): boolean => (request as Record<string, unknown>).over !== undefined;

/** The first picture, with all that decides how it looks. */
function againOf(run: Run): PaintOrder | undefined {
  const { task, model, request: given } = run;
  // Of an edit, the picture that was painted over is not kept.
  if (task !== 'generate-image' || isEdit(run)) return undefined;
  const { prompts, seeds, sampler } = given as unknown as PaintedRequest;
  return { prompt: prompts[0]!, seed: seeds[0]!, model, ...(sampler && { sampler }) };
}

function titleOf({ task, request: given }: Run): string {
  const request = given as Record<string, unknown>;
  if (task === 'generate-image') return (request.prompts as string[]).join(' · ');
  if (task === 'vqa') return String(request.question);
  if (task === 'nlvr2') return String(request.statement);
  return task === 'reconstruct' ? 'A reconstruction' : 'A caption';
}

function saidOf({ task, result: given, status }: Run): string {
  const result = given as Record<string, unknown> | null;
  if (result === null) return status === 'running' ? '' : status;
  if (task === 'vqa') return (result.answers as { answer: string }[])[0]?.answer ?? '';
  if (task === 'nlvr2') return result.label ? 'true' : 'false';
  if (task === 'caption') return (result.captions as { text: string }[]).map(({ text }) => text).join(' · ');
  return '';
}
