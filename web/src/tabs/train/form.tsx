/** A new job: what is trained, on what, and how. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Dataset, type Job, type Model, messageOf, post, type Schemas } from '../../api.ts';
import { useLoaded } from '../../loaded.ts';
import { Failure, Field, SeedField } from '../../pieces.tsx';
import { choicesOf, type FieldSchema, type Kind, kinds, readValue, titleOf } from './schema.ts';

/** The rest is behind "All settings". */
const FIRST = ['steps', 'epochs', 'batch_size', 'learning_rate', 'checkpoint_every', 'clusters', 'pictures'];
/** Enough to see a job from its beginning to its end, and not to learn anything. */
const QUICK: Record<string, number> = {
  ...{ steps: 24, batch_size: 8, scenes: 64, validation_scenes: 16, checkpoint_every: 12 },
  ...{ clusters: 64, iterations: 3 },
};

export function NewJob({ onJob }: { onJob: (job: Job) => void }) {
  const [all, setAll] = useState<Kind[]>([]);
  const [name, setName] = useState('vqa');
  const datasets = useLoaded<{ data: Dataset[] }>('/v1/datasets');
  const models = useLoaded<{ data: Model[] }>('/v1/models');
  const [dataset, setDataset] = useState('');
  const [base, setBase] = useState('');
  const [seed, setSeed] = useState('');
  const [suffix, setSuffix] = useState('');
  const [values, setValues] = useState<Record<string, string>>({});
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    kinds()
      .then(setAll)
      .catch((thrown) => setError(messageOf(thrown)));
  }, []);

  const kind = all.find((one) => one.name === name);
  const usable = (datasets.value?.data ?? []).filter(({ kinds: able }) => able.includes(name));
  const chosen = usable.find(({ id }) => id === dataset) ?? usable[0];

  const submit = async (event: Event) => {
    event.preventDefault();
    if (kind === undefined || chosen === undefined) return;
    setBusy(true);
    setError(undefined);
    const given = Object.entries(values).filter(
      ([field, text]) => text !== '' && field in kind.hyperparameters,
    );
    try {
      const job = await post<Job>('/v1/train-jobs', {
        kind: name,
        dataset: chosen.id,
        ...(base !== '' && kind.base && { base_model: base }),
        ...(seed !== '' && { seed: Number(seed) }),
        ...(suffix !== '' && { suffix }),
        hyperparameters: Object.fromEntries(
          given.map(([field, text]) => [field, readValue(kind.hyperparameters[field]!, text)]),
        ),
      });
      onJob(job);
    } catch (thrown) {
      setError(messageOf(thrown));
    } finally {
      setBusy(false);
    }
  };

  const fields = Object.entries(kind?.hyperparameters ?? {});
  const first = fields.filter(([field]) => FIRST.includes(field));
  const others = fields.filter(([field]) => !FIRST.includes(field));
  const input = ([field, schema]: [string, FieldSchema]) => (
    <HyperparameterField
      key={field}
      name={field}
      schema={schema}
      value={values[field] ?? ''}
      onInput={(text) => setValues({ ...values, [field]: text })}
    />
  );
  const quick = () => {
    const known = Object.entries(QUICK).filter(
      ([field]) => kind !== undefined && field in kind.hyperparameters,
    );
    setValues(Object.fromEntries(known.map(([field, value]) => [field, String(value)])));
  };

  return (
    <form class="card controls" onSubmit={submit}>
      <h2>A new job</h2>
      <Field label="What is trained" hint={kind?.description}>
        {(ids) => (
          <select
            {...ids}
            value={name}
            onChange={(event) => {
              setName(event.currentTarget.value);
              setValues({});
            }}
          >
            {all.map((one) => (
              <option key={one.name}>{one.name}</option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Data set" hint={chosen && describe(chosen, name)}>
        {(ids) => (
          <select
            {...ids}
            value={chosen?.id ?? ''}
            onChange={(event) => setDataset(event.currentTarget.value)}
          >
            {usable.map(({ id }) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        )}
      </Field>
      <SendDataset
        onSent={(id) => {
          datasets.again();
          setDataset(id);
        }}
      />
      <Faulty datasets={datasets.value?.data ?? []} />
      {kind?.base && (
        <Field label="Goes on from" hint="A model whose weights it begins with.">
          {(ids) => (
            <select {...ids} value={base} onChange={(event) => setBase(event.currentTarget.value)}>
              <option value="">the server’s choice</option>
              {(models.value?.data ?? [])
                .filter(({ tasks }) => tasks.length > 0)
                .map(({ id }) => (
                  <option key={id}>{id}</option>
                ))}
            </select>
          )}
        </Field>
      )}
      <div class="row">{first.map(input)}</div>
      <details>
        <summary>All settings</summary>
        <div class="row">{others.map(input)}</div>
        <div class="row">
          <SeedField value={seed} onChange={setSeed} />
          <Field label="Name of its result">
            {(ids) => (
              <input
                {...ids}
                value={suffix}
                pattern="[a-z0-9][a-z0-9._\-]*"
                maxLength={40}
                placeholder="of its number"
                onInput={(event) => setSuffix(event.currentTarget.value)}
              />
            )}
          </Field>
        </div>
      </details>
      <div class="actions">
        <button type="submit" disabled={busy || kind === undefined || chosen === undefined}>
          Train
        </button>
        <button type="button" class="quiet" disabled={kind === undefined} onClick={quick}>
          A quick try
        </button>
      </div>
      <p class="hint">
        “A quick try” fills in so few steps that a job is done in minutes and has learnt nothing. The defaults
        take hours.
      </p>
      <Failure message={error ?? datasets.error} />
    </form>
  );
}

function describe({ type, description, sizes }: Dataset, kind: string): string {
  const size = (sizes as Record<string, { train: { examples: number; pictures: number } } | undefined>)[kind];
  if (type !== 'directory' || size === undefined) return description;
  return `${size.train.examples} examples about ${size.train.pictures} pictures to train on.`;
}

function HyperparameterField({
  name,
  schema,
  value,
  onInput,
}: {
  name: string;
  schema: FieldSchema;
  value: string;
  onInput: (text: string) => void;
}) {
  const preset = schema.default === undefined ? '' : String(schema.default);
  const choices = schema.type === 'boolean' ? ['true', 'false'] : choicesOf(schema);
  return (
    <Field label={titleOf(name)} hint={schema.description}>
      {(ids) =>
        choices === undefined ? (
          <input
            {...ids}
            type="number"
            step={schema.type === 'integer' ? 1 : 'any'}
            min={schema.minimum ?? schema.exclusiveMinimum}
            max={schema.maximum}
            placeholder={preset}
            value={value}
            onInput={(event) => onInput(event.currentTarget.value)}
          />
        ) : (
          <select {...ids} value={value} onChange={(event) => onInput(event.currentTarget.value)}>
            <option value="">{preset === '' ? 'not set' : `${preset} (default)`}</option>
            {choices
              .filter((choice) => choice !== preset)
              .map((choice) => (
                <option key={choice}>{choice}</option>
              ))}
          </select>
        )
      }
    </Field>
  );
}

/** Data of one's own, from this machine to the server. */
function SendDataset({ onSent }: { onSent: (id: string) => void }) {
  const chooser = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState('');
  const [error, setError] = useState<string>();
  const send = async (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    const [file] = input.files ?? [];
    input.value = '';
    if (file === undefined) return;
    setSaid(`Sending ${file.name}…`);
    setError(undefined);
    const form = new FormData();
    form.append('purpose', 'fine-tune');
    form.append('file', file);
    try {
      const { id } = await post<Schemas['File']>('/v1/files', form);
      setSaid(`${file.name} is the data set ${id}.`);
      onSent(id);
    } catch (thrown) {
      setSaid('');
      setError(messageOf(thrown));
    }
  };
  return (
    <details>
      <summary>Data of your own</summary>
      <p class="hint">
        A zip with a folder <code>images</code> and, say, <code>vqa/train.json</code> and{' '}
        <code>vqa/valid.json</code>; or JSON lines as OpenAI’s models are tuned with.
      </p>
      <div class="actions">
        <button type="button" class="quiet" onClick={() => chooser.current!.click()}>
          Send a data set
        </button>
        <span class="hint" aria-live="polite">
          {said}
        </span>
      </div>
      <input
        ref={chooser}
        type="file"
        accept=".zip,.jsonl,application/zip"
        hidden
        aria-label="A data set"
        onChange={send}
      />
      <Failure message={error} />
    </details>
  );
}

function Faulty({ datasets }: { datasets: readonly Dataset[] }) {
  const faulty = datasets.filter(({ usable }) => !usable);
  if (faulty.length === 0) return null;
  return (
    <details>
      <summary>Data sets with faults: {faulty.length}</summary>
      <ul class="faults">
        {faulty.map(({ id, faults, fault_count }) => (
          <li key={id}>
            <strong>{id}</strong>, {fault_count} faults: {faults[0]?.file} {faults[0]?.message}
          </li>
        ))}
      </ul>
    </details>
  );
}
