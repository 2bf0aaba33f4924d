/** Studies: people say what they see in painted pictures, each on a page of the study's own. */
import type { Schemas } from '../api.ts';
import { useLoaded } from '../loaded.ts';
import { CopyButton, Failure, shortTime, Waiting } from '../pieces.tsx';

type Study = Schemas['Study'];

const ASKS: Record<Study['kind'], string> = {
  hummus: 'Which word is hidden in the caption of a picture?',
  semantic: 'Which of two pictures fits the caption?',
  fidelity: 'Which of two pictures looks more real?',
};

export function Studies(_props: { rest: string }) {
  const studies = useLoaded<{ data: Study[] }>('/v1/studies?limit=100');
  const all = studies.value?.data;
  return (
    <>
      <Failure message={studies.error} />
      {all === undefined && studies.error === undefined && <Waiting />}
      {all?.length === 0 && (
        <div class="empty card">
          <p>There is no study.</p>
          <p class="hint">
            In a study people say what they see in painted pictures, or which of two they prefer. It is begun
            with <code>POST /v1/studies</code> (<a href="/docs/#/studies">the API</a> has an example), and
            gets a page of its own, whose link you give to whoever shall take part.
          </p>
        </div>
      )}
      <ul class="cards">
        {(all ?? []).map((study) => (
          <StudyCard key={study.id} study={study} />
        ))}
      </ul>
    </>
  );
}

function StudyCard({ study }: { study: Study }) {
  const { id, kind, title, status, reason, created_at, pictures, answers, people, invited } = study;
  const path = `/studies/${id}`;
  const { done, total } =
    status === 'preparing' ? { done: pictures.made, total: pictures.total } : given(answers);
  return (
    <li class="card model">
      <header>
        <h2>{title}</h2>
        <span class={`state ${STATES[status]}`}>{status}</span>
      </header>
      <p>{ASKS[kind]}</p>
      {reason !== null && <p class="failure">{reason}</p>}
      <progress max={total || 1} value={done} aria-label={status === 'preparing' ? 'Pictures' : 'Answers'} />
      <p class="hint">
        {status === 'preparing' ? `${done} of ${total} pictures` : `${done} of ${total} answers`}, {people}{' '}
        {people === 1 ? 'person' : 'people'}, {shortTime(created_at)}
      </p>
      <div class="actions">
        {status !== 'failed' && !invited && (
          <>
            <a class="button quiet" href={path}>
              Take part
            </a>
            <CopyButton text={`${location.origin}${path}`}>Copy the link</CopyButton>
          </>
        )}
        {invited && <span class="hint">By invitation.</span>}
        <a class="button quiet" href={`/v1/studies/${id}/results`}>
          Results
        </a>
      </div>
    </li>
  );
}

const given = ({ given: done, total }: Study['answers']) => ({ done, total });
const STATES: Record<Study['status'], string> = {
  preparing: 'running',
  open: 'running',
  complete: 'succeeded',
  failed: 'failed',
};
