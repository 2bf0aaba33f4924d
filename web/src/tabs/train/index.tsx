/** Training: new jobs, and those that there are. */
import type { Job } from '../../api.ts';
import { useLoaded } from '../../loaded.ts';
import { Failure, shortTime, Waiting } from '../../pieces.tsx';
import { NewJob } from './form.tsx';
import { JobView } from './job.tsx';

export function Train({ rest }: { rest: string }) {
  const jobs = useLoaded<{ data: Job[] }>('/v1/train-jobs?limit=30');
  const all = jobs.value?.data ?? [];
  return (
    <div class="two-columns">
      <div>
        {rest === '' ? (
          <NewJob
            onJob={({ id }) => {
              jobs.again();
              location.hash = `#/train/${id}`;
            }}
          />
        ) : (
          <p class="above">
            <a class="button" href="#/train">
              A new job
            </a>
          </p>
        )}
        <section aria-label="Jobs" class="card">
          <h2>Jobs</h2>
          <Failure message={jobs.error} />
          {jobs.value === undefined && jobs.error === undefined && <Waiting />}
          {jobs.value?.data.length === 0 && <p class="hint">There is none yet.</p>}
          <ul class="jobs">
            {all.map(({ id, kind, dataset, status, created_at }) => (
              <li key={id}>
                <a href={`#/train/${id}`} aria-current={id === rest ? 'true' : undefined}>
                  <span>
                    {kind} on {dataset}
                  </span>
                  <small>{shortTime(created_at)}</small>
                </a>
                <span class={`state ${status}`}>{status}</span>
              </li>
            ))}
          </ul>
        </section>
      </div>
      <div class="results">
        {rest === '' ? (
          <div class="empty card">
            <p>Train a model on composed scenes or on data of your own, and watch it learn.</p>
            <p class="hint">
              A job waits for its turn, survives crashes of the server, and can be paused. What it made is
              hosted as a model when you say so.
            </p>
          </div>
        ) : (
          <JobView key={rest} id={rest} onChange={jobs.again} />
        )}
      </div>
    </div>
  );
}
