/** Pieces that several tabs are made of. */
import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { LARGEST_SEED } from '../../src/random.ts';
import type { Model } from './api.ts';

/** A label, its control, and what there is to know of it. */
export function Field({
  label,
  hint,
  children,
}: {
  label: string;
  hint?: string | undefined;
  children: (ids: { id: string; 'aria-describedby'?: string }) => ComponentChildren;
}) {
  const id = useId();
  const described = hint === undefined ? {} : { 'aria-describedby': `${id}-hint` };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, ...described })}
      {hint !== undefined && (
        <small id={`${id}-hint`} class="hint">
          {hint}
        </small>
      )}
    </div>
  );
}

/** Seed of what is sampled or trained. Empty: drawn. */
export const SeedField = ({ value, onChange }: { value: string; onChange: (seed: string) => void }) => (
  <Field label="Seed">
    {(ids) => (
      <input
        {...ids}
        type="number"
        min={0}
        max={LARGEST_SEED}
        value={value}
        placeholder="drawn"
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    )}
  </Field>
);

interface IdeasProps {
  ideas: readonly string[];
  onChoose: (idea: string) => void;
}

/** What one might ask for. */
export const Ideas = ({ ideas, onChoose }: IdeasProps) => (
  <ul class="ideas" aria-label="Ideas">
    {ideas.map((idea) => (
      <li key={idea}>
        <button type="button" class="chip" onClick={() => onChoose(idea)}>
          {idea}
        </button>
      </li>
    ))}
  </ul>
);

export const Failure = ({ message }: { message: string | undefined }) => (
  <div role="alert">{message !== undefined && <p class="failure">{message}</p>}</div>
);

export const Waiting = () => <p class="hint">Loading…</p>;

export interface Bar {
  label: string;
  /** 0 to 1 */
  share: number;
}
export const Bars = ({ bars, label }: { bars: readonly Bar[]; label: string }) => (
  <ul class="bars" aria-label={label}>
    {bars.map(({ label: name, share }, i) => (
      <li key={name} class={i === 0 ? 'first' : ''}>
        <span class="name">{name === '' ? '“”' : name}</span>
        <span class="track" aria-hidden="true">
          <span style={{ width: `${Math.max(0.5, 100 * share)}%` }} />
        </span>
        <span class="value">{percent(share)}</span>
      </li>
    ))}
  </ul>
);

export const percent = (share: number): string =>
  `${(100 * share).toFixed(share >= 0.995 || share < 0.0995 ? 1 : 0)} %`;

/** Choice among the models that can do a task; none is the server's default. */
export function ModelChoice({
  models,
  task,
  value,
  onChange,
}: {
  models: readonly Model[] | undefined;
  task: string;
  value: string;
  onChange: (id: string) => void;
}) {
  const able = (models ?? []).filter(({ tasks }) => (tasks as string[]).includes(task));
  const preset = able.find(({ default_for }) => (default_for as string[]).includes(task));
  return (
    <Field label="Model">
      {(ids) => (
        <select {...ids} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          <option value="">
            {preset === undefined ? 'the server’s choice' : `the server’s choice (${preset.id})`}
          </option>
          {able.map(({ id, name }) => (
            <option key={id} value={id}>
              {name === null || name === id ? id : `${id}: ${name}`}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function CopyButton({ text, children }: { text: string; children: ComponentChildren }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await copyText(text);
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return (
    <button type="button" class="quiet" onClick={copy}>
      {done ? 'Copied' : children}
    </button>
  );
}

/** The clipboard is there for pages over TLS and of this machine alone. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

export const shortTime = (iso: string): string => {
  const time = new Date(iso);
  const today = time.toDateString() === new Date().toDateString();
  return time.toLocaleString(
    undefined,
    today ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' },
  );
};

export const took = (milliseconds: number): string =>
  milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;

export const duration = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes} min ${whole % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

export const bytes = (count: number): string =>
  count < 2 ** 20
    ? `${Math.ceil(count / 1024)} KB`
    : `${(count / 2 ** 20).toFixed(count < 10 * 2 ** 20 ? 1 : 0)} MB`;
