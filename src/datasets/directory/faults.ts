/** What is wrong with a data set, in words for the person who made it. */

export type FaultCode =
  | 'name_unusable'
  | 'no_tasks'
  | 'no_pictures'
  | 'no_split'
  | 'unreadable'
  | 'not_json'
  | 'entry_too_large'
  | 'entry_invalid'
  | 'duplicate_id'
  | 'labels_mismatch'
  | 'answers_invalid'
  | 'answer_unknown'
  | 'no_answers'
  | 'no_captions'
  | 'too_few_pictures'
  | 'too_many'
  | 'picture_missing'
  | 'picture_ambiguous'
  | 'picture_unreadable'
  | 'features_unreadable';

export interface DatasetFault {
  code: FaultCode;
  /** Relative to the data set's folder, with `/`; empty when it is about the folder. */
  file: string;
  /** Place of the entry in the file's array, from 0. */
  entry: number | null;
  message: string;
}

/** Listed; the others are counted. */
const FAULTS_LISTED = 10;

/** "vqa/train.json, entry 3: …" */
export function faultText({ code, file, entry, message }: DatasetFault): string {
  const where = [file, ...(entry === null ? [] : [`entry ${entry}`])].filter((part) => part !== '');
  return `${where.length > 0 ? `${where.join(', ')}: ` : ''}${message} (${code})`;
}

export class FaultList {
  readonly listed: DatasetFault[] = [];
  count = 0;

  add(code: FaultCode, file: string, entry: number | null, message: string): void {
    this.count++;
    if (this.listed.length < FAULTS_LISTED) this.listed.push({ code, file, entry, message });
  }
}

/** A name from a file, quoted and not longer than a line. */
export const quoted = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
};
