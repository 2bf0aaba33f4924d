/** Whose pictures people are shown: a model's, the data set's own, or those of a folder of the server. */

import { STRATEGIES } from '../../../../src/sampling/sampler.ts';
import type { Model, Schemas } from '../../api.ts';
import { Field } from '../../pieces.tsx';

type StudySource = Schemas['StudySource'];

export interface SourceChoice {
  /** `model/<id>`, without an id the server's choice; `original`; `folder`. */
  from: string;
  strategy: string;
  folder: string;
}
const MODEL = 'model/';
export const blankSource: SourceChoice = { from: MODEL, strategy: '', folder: '' };

/** The model that is the server's choice. */
const presetOf = (models: readonly Model[] | undefined): string | undefined =>
  models?.find(({ default_for }) => default_for.includes('paint'))?.id;

/** @returns undefined while the models are not listed: a study names each of its sources */
export function readSource(
  { from, strategy, folder }: SourceChoice,
  models: readonly Model[] | undefined,
): StudySource | undefined {
  if (from === 'original') return { original: true };
  if (from === 'folder') return { folder };
  const model = from.slice(MODEL.length) || presetOf(models);
  const sampler = { strategy: strategy as (typeof STRATEGIES)[number] };
  return model === undefined ? undefined : { model, ...(strategy !== '' && { sampler }) };
}

interface SourceFieldsProps {
  label: string;
  models: readonly Model[] | undefined;
  /** The captions have pictures of their own. */
  originals: boolean;
  value: SourceChoice;
  onChange: (value: SourceChoice) => void;
}

export function SourceFields({ label, models, originals, value, onChange }: SourceFieldsProps) {
  const set = (field: keyof SourceChoice) => (event: { currentTarget: { value: string } }) =>
    onChange({ ...value, [field]: event.currentTarget.value });
  const preset = presetOf(models);
  return (
    <div class="row source">
      <Field label={label}>
        {(ids) => (
          <select
            {...ids}
            value={value.from === MODEL ? `${MODEL}${preset ?? ''}` : value.from}
            onChange={set('from')}
          >
            {preset === undefined && <option value={MODEL}>the server’s choice</option>}
            {(models ?? []).map(({ id }) => (
              <option key={id} value={`${MODEL}${id}`}>
                {id}
              </option>
            ))}
            {(originals || value.from === 'original') && (
              <option value="original">the original picture</option>
            )}
            <option value="folder">a folder of the server</option>
          </select>
        )}
      </Field>
      {value.from.startsWith(MODEL) && (
        <Field label="Sampled by">
          {(ids) => (
            <select {...ids} value={value.strategy} onChange={set('strategy')}>
              <option value="">the model’s own</option>
              {STRATEGIES.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          )}
        </Field>
      )}
      {value.from === 'folder' && (
        <Field
          label="Folder"
          hint="In DATA_DIR/pictures: one picture for each caption, in the order of names."
        >
          {(ids) => <input {...ids} required value={value.folder} onInput={set('folder')} />}
        </Field>
      )}
    </div>
  );
}
