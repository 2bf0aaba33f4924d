/** In which order the cells get their codes, and how each is drawn. */
import { STRATEGIES } from '../../../../src/sampling/sampler.ts';
import type { Schemas } from '../../api.ts';
import { Field } from '../../pieces.tsx';

type Sampler = Schemas['Sampler'];

/** As the fields show it: what is empty is left to the server. */
export type Sampling = Record<keyof Sampler, string>;

export const shownSampler = ({ strategy, ...rest }: Sampler = {}): Sampling => ({
  strategy: strategy ?? '',
  steps: String(rest.steps ?? ''),
  temperature: String(rest.temperature ?? ''),
  top_k: String(rest.top_k ?? ''),
});

export const readSampler = ({ strategy, steps, temperature, top_k }: Sampling): Sampler => ({
  ...(strategy !== '' && { strategy: strategy as NonNullable<Sampler['strategy']> }),
  ...(steps !== '' && { steps: Number(steps) }),
  ...(temperature !== '' && { temperature: Number(temperature) }),
  ...(top_k !== '' && { top_k: Number(top_k) }),
});

interface SamplerFieldsProps {
  value: Sampling;
  /** Several pictures of a prompt: they are drawn, so that they differ. */
  several: boolean;
  onChange: (value: Sampling) => void;
}

export function SamplerFields({ value, several, onChange }: SamplerFieldsProps) {
  const set = (field: keyof Sampling) => (event: { currentTarget: { value: string } }) =>
    onChange({ ...value, [field]: event.currentTarget.value });
  const number = (field: keyof Sampling, label: string, limits: object, placeholder: string) => (
    <Field label={label}>
      {(ids) => (
        <input
          {...ids}
          {...limits}
          type="number"
          placeholder={placeholder}
          value={value[field]}
          onInput={set(field)}
        />
      )}
    </Field>
  );
  return (
    <details>
      <summary>How it is sampled</summary>
      <Field label="Strategy" hint="In which order the 64 cells of the picture get their codes.">
        {(ids) => (
          <select {...ids} value={value.strategy} onChange={set('strategy')}>
            <option value="">the model’s own</option>
            {STRATEGIES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        )}
      </Field>
      <div class="row">
        {number(
          'steps',
          'Steps',
          { min: 1, max: 64 },
          value.strategy === '' ? 'of the model' : 'of the strategy',
        )}
        {number('temperature', 'Temperature', { min: 0, max: 10, step: '0.1' }, several ? '0.5' : '0')}
        {number('top_k', 'Top k', { min: 1 }, 'all')}
      </div>
    </details>
  );
}
