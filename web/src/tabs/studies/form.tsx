/** A new study: what people are asked, of which captions, and whose pictures they are shown. */
import { useState } from 'preact/hooks';
import { type Dataset, type Model, messageOf, post, type Schemas } from '../../api.ts';
import { useLoaded } from '../../loaded.ts';
import { CopyButton, Failure, Field } from '../../pieces.tsx';
import { ASKS, type Kind } from './kinds.ts';
import { blankSource, readSource, type SourceChoice, SourceFields } from './sources.tsx';

type StudyRequest = Schemas['StudyRequest'];

const EXAMPLE =
  'a giraffe standing on grass next to a red car\ntwo dogs on the beach\na blue boat in the sea';
const NO_PAINTER = 'This server hosts no model that paints: choose pictures of another source.';
/** Whose captions are there without anything that is sent. */
const SCENES = 'scenes';

export function NewStudy({ onMade }: { onMade: () => void }) {
  const models = useLoaded<{ data: Model[] }>('/v1/models?task=paint');
  const datasets = useLoaded<{ data: Dataset[] }>('/v1/datasets');
  const [kind, setKind] = useState<Kind>('semantic');
  const [title, setTitle] = useState('');
  const [own, setOwn] = useState(false);
  const [captions, setCaptions] = useState('');
  const [dataset, setDataset] = useState(SCENES);
  const [count, setCount] = useState(20);
  const [sources, setSources] = useState<SourceChoice[]>([blankSource, { ...blankSource, from: 'original' }]);
  const [annotators, setAnnotators] = useState(3);
  const [perPerson, setPerPerson] = useState(50);
  const [invitations, setInvitations] = useState('');
  const [made, setMade] = useState<Schemas['NewStudy']>();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);

  // A preference is between two; of a hidden word each source has a score of its own.
  const shown = kind === 'hummus' ? sources : sources.slice(0, 2);
  const directories = (datasets.value?.data ?? []).filter(
    ({ type, usable, kinds }) => usable && type === 'directory' && kinds.includes('pretrain'),
  );
  const read = shown.flatMap((source) => readSource(source, models.value?.data) ?? []);
  const unknown = read.length < shown.length;
  const texts = captions.split('\n').filter((line) => line.trim() !== '');

  const submit = async (event: Event) => {
    event.preventDefault();
    if (own && texts.length === 0) return setError('Write at least one caption.');
    setBusy(true);
    setError(undefined);
    setMade(undefined);
    const asked: StudyRequest = {
      ...{ kind, annotators, per_person: perPerson },
      ...(own ? { captions: texts } : { dataset, count }),
      ...(title.trim() !== '' && { title: title.trim() }),
      ...(invitations !== '' && { invitations: Number(invitations) }),
      sources: read,
    };
    try {
      setMade(await post<Schemas['NewStudy']>('/v1/studies', asked));
      onMade();
    } catch (thrown) {
      setError(messageOf(thrown));
    } finally {
      setBusy(false);
    }
  };
  const change = (at: number, source: SourceChoice) =>
    setSources(shown.map((one, i) => (i === at ? source : one)));

  return (
    <form class="card controls" onSubmit={submit}>
      <h2>A new study</h2>
      <Field label="What people are asked">
        {(ids) => (
          <select
            {...ids}
            value={kind}
            onChange={(event) => {
              const chosen = event.currentTarget.value as Kind;
              setKind(chosen);
              if (chosen !== 'hummus' && sources.length < 2) setSources([...sources, blankSource]);
            }}
          >
            {Object.entries(ASKS).map(([id, question]) => (
              <option key={id} value={id}>
                {question}
              </option>
            ))}
          </select>
        )}
      </Field>
      <fieldset class="modes">
        <legend class="heard">Where the captions come from</legend>
        {[false, true].map((mine) => (
          <label key={String(mine)}>
            <input type="radio" name="captions" checked={own === mine} onChange={() => setOwn(mine)} />
            <span>{mine ? 'My own captions' : 'From a data set'}</span>
          </label>
        ))}
      </fieldset>
      {own ? (
        <Field label="Captions" hint="One on each line.">
          {(ids) => (
            <textarea
              {...ids}
              rows={4}
              value={captions}
              placeholder={EXAMPLE}
              onInput={(event) => setCaptions(event.currentTarget.value)}
            />
          )}
        </Field>
      ) : (
        <div class="row">
          <Field label="Data set">
            {(ids) => (
              <select {...ids} value={dataset} onChange={(event) => setDataset(event.currentTarget.value)}>
                {[SCENES, ...directories.map(({ id }) => id)].map((id) => (
                  <option key={id}>{id}</option>
                ))}
              </select>
            )}
          </Field>
          <Whole label="Captions" max={5000} value={count} onChange={setCount} />
        </div>
      )}
      {shown.map((source, i) => (
        <SourceFields
          key={i}
          label={
            kind === 'hummus' ? `Pictures of source ${i + 1}` : i === 0 ? 'First picture' : 'Second picture'
          }
          models={models.value?.data}
          originals={!own}
          value={source}
          onChange={(changed) => change(i, changed)}
        />
      ))}
      {kind === 'hummus' && (
        <div class="actions">
          {shown.length < 8 && (
            <button type="button" class="quiet" onClick={() => setSources([...shown, blankSource])}>
              One more source
            </button>
          )}
          {shown.length > 1 && (
            <button type="button" class="quiet" onClick={() => setSources(shown.slice(0, -1))}>
              One less
            </button>
          )}
        </div>
      )}
      <Whole
        label="People for each item"
        hint="Answers that every item gets, each of another person."
        max={1000}
        value={annotators}
        onChange={setAnnotators}
      />
      <details>
        <summary>More settings</summary>
        <Field label="Title" hint="What people read above the questions.">
          {(ids) => (
            <input
              {...ids}
              maxLength={200}
              value={title}
              placeholder={ASKS[kind]}
              onInput={(event) => setTitle(event.currentTarget.value)}
            />
          )}
        </Field>
        <div class="row">
          <Whole label="Items for each person" max={5000} value={perPerson} onChange={setPerPerson} />
          <Field label="Invitations">
            {(ids) => (
              <input
                {...ids}
                type="number"
                min={1}
                max={1000}
                placeholder="none"
                value={invitations}
                onInput={(event) => setInvitations(event.currentTarget.value)}
              />
            )}
          </Field>
        </div>
        <p class="hint">
          Without invitations, everybody who has the link takes part; with them, whoever has one of so many
          links.
        </p>
      </details>
      <div class="actions">
        <button type="submit" disabled={busy || unknown}>
          Begin the study
        </button>
      </div>
      <Failure message={error ?? models.error ?? (models.value && unknown ? NO_PAINTER : undefined)} />
      {made !== undefined && <Made {...made} />}
    </form>
  );
}

function Made({ study, invitations }: Schemas['NewStudy']) {
  return (
    <div class="note good" role="status">
      <p>
        “{study.title}” has begun: {study.items} items; its pictures are being made.
        {invitations.length > 0 && ' These links are told this once:'}
      </p>
      {invitations.length > 0 && (
        <>
          <ol class="links">
            {invitations.map((link) => (
              <li key={link}>
                <code>{link}</code>
              </li>
            ))}
          </ol>
          <CopyButton text={invitations.join('\n')}>Copy the links</CopyButton>
        </>
      )}
    </div>
  );
}

interface WholeProps {
  label: string;
  hint?: string;
  max: number;
  value: number;
  onChange: (value: number) => void;
}

/** A whole number from 1. */
const Whole = ({ label, hint, max, value, onChange }: WholeProps) => (
  <Field label={label} hint={hint}>
    {(ids) => (
      <input
        {...ids}
        type="number"
        min={1}
        max={max}
        required
        value={value}
        onInput={(event) => onChange(Math.min(max, Math.max(1, Number(event.currentTarget.value) || 1)))}
      />
    )}
  </Field>
);
