/** Studies: people say what they see in painted pictures, each on a page of the study's own. */
import { useEffect, useState } from 'preact/hooks';
import { messageOf, type Schemas, send } from '../../api.ts';
import { useLoaded } from '../../loaded.ts';
import { CopyButton, Failure, shortTime, Waiting } from '../../pieces.tsx';
import { NewStudy } from './form.tsx';
import { ASKS } from './kinds.ts';
import { StudyResults } from './results.tsx';

type Study = Schemas['Study'];

const LOOK_AGAIN_MS = 2000;

export function Studies(_props: { rest: string }) {
  const studies = useLoaded<{ data: Study[] }>('/v1/studies?limit=100');
  const all = studies.value?.data;
  useEffect(() => {
    if (!all?.some(({ status }) => status === 'preparing')) return;
    const timer = setTimeout(studies.again, LOOK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [all]);
  return (
    <div class="two-columns">
      <NewStudy onMade={studies.again} />
      <div class="results">
        <Failure message={studies.error} />
        {all === undefined && studies.error === undefined && <Waiting />}
        {all?.length === 0 && (
          <div class="empty card">
            <p>There is no study yet.</p>
            <p class="hint">
              In a study people say what they see in painted pictures, or which of two they prefer. It gets a
              page of its own, whose link you give to whoever shall take part; they need no key.
            </p>
          </div>
        )}
        <ul class="cards wide">
          {(all ?? []).map((study) => (
            <StudyCard key={study.id} study={study} onGone={studies.again} />
          ))}
        </ul>
      </div>
    </div>
  );
}

function StudyCard({ study, onGone }: { study: Study; onGone: () => void }) {
  const { id, kind, title, status, reason, created_at, sources, pictures, answers, people, invited } = study;
  const [opened, setOpened] = useState(false);
  const [error, setError] = useState<string>();
  const path = `/studies/${id}`;
  const preparing = status === 'preparing';
  const { done, total } = preparing
    ? { done: pictures.made, total: pictures.total }
    : { done: answers.given, total: answers.total };
  const remove = async () => {
    if (!confirm(`Delete the study “${title}” with its pictures and answers?`)) return;
    try {
      await send(`/v1/studies/${id}`, { method: 'DELETE' });
      onGone();
    } catch (thrown) {
      setError(messageOf(thrown));
    }
  };
  return (
    <li class="card model">
      <header>
        <h2>{title}</h2>
        <span class={`state ${STATES[status]}`}>{status}</span>
      </header>
      {title !== ASKS[kind] && <p>{ASKS[kind]}</p>}
      <p class="hint">{sources.join(kind === 'hummus' ? ', ' : ' or ')}</p>
      {reason !== null && <p class="failure">{reason}</p>}
      <progress max={total || 1} value={done} aria-label={preparing ? 'Pictures' : 'Answers'} />
      <p class="hint">
        {done} of {total} {preparing ? 'pictures' : 'answers'}, {people} {people === 1 ? 'person' : 'people'},{' '}
        {shortTime(created_at)}
      </p>
      <div class="actions">
        {(status === 'open' || preparing) && !invited && (
          <>
            <a class="button quiet" href={path}>
              Take part
            </a>
            <CopyButton text={`${location.origin}${path}`}>Copy the link</CopyButton>
          </>
        )}
        {invited && <span class="hint">By invitation.</span>}
        <button type="button" class="quiet" aria-expanded={opened} onClick={() => setOpened(!opened)}>
          Results
        </button>
        <button type="button" class="quiet" onClick={remove}>
          Delete
        </button>
      </div>
      <Failure message={error} />
      {opened && <StudyResults key={answers.given} id={id} />}
    </li>
  );
}

const STATES: Record<Study['status'], string> = {
  preparing: 'running',
  open: 'running',
  complete: 'succeeded',
  failed: 'failed',
};
