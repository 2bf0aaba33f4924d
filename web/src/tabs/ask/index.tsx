/** What models see: a question, a caption, a statement about two pictures. */
import { useEffect, useState } from 'preact/hooks';
import { type Model, messageOf, post, type Schemas } from '../../api.ts';
import { DropZone } from '../../drop-zone.tsx';
import { takePicture } from '../../handover.ts';
import { useLoaded } from '../../loaded.ts';
import { type Bar, Bars, Failure, Field, Ideas, ModelChoice, took } from '../../pieces.tsx';
import { type Occlusion, RestsOn } from './rests-on.tsx';

const MODES = { vqa: 'A question', caption: 'A caption', nlvr2: 'Two pictures' } as const;
type Mode = keyof typeof MODES;
const QUESTIONS = [
  'what colour is the car?',
  'how many dogs are there?',
  'what is on the grass?',
  'is there a cat?',
];
const STATEMENTS = ['both images contain a giraffe', 'there is a red car in one of the images'];

interface Answered {
  said: string;
  bars: Bar[];
  captions?: { text: string; score: number }[];
  about: string;
  unknown: string[];
  /** What it rests on can be measured. */
  restsOn?: { pictures: readonly File[]; measure: (grid: number, signal: AbortSignal) => Promise<Occlusion> };
}

/** Sent once, and again for what the answer rests on. */
function formOf(pictures: readonly File[], fields: Record<string, string>): FormData {
  const form = new FormData();
  for (const picture of pictures) form.append(pictures.length === 1 ? 'image' : 'images', picture);
  for (const [name, value] of Object.entries(fields)) if (value !== '') form.append(name, value);
  return form;
}

/** A question, or a statement about two: answered, and open to be asked what the answer rests on. */
async function look<T extends Schemas['VqaAnswer'] | Schemas['Nlvr2Answer']>(
  path: string,
  pictures: readonly File[],
  fields: Record<string, string>,
  shown: (answer: T) => Answered,
): Promise<Answered> {
  const answer = await post<T>(path, formOf(pictures, fields));
  const measure = async (grid: number, signal: AbortSignal) => {
    const again = formOf(pictures, { ...fields, model: answer.model, occlusion: String(grid) });
    return (await post<T>(path, again, signal)).occlusion!;
  };
  return { ...shown(answer), restsOn: { pictures, measure } };
}

export function Ask(_props: { rest: string }) {
  const models = useLoaded<{ data: Model[] }>('/v1/models');
  const [mode, setMode] = useState<Mode>('vqa');
  const [left, setLeft] = useState<File | undefined>(takePicture);
  const [right, setRight] = useState<File>();
  const [question, setQuestion] = useState('');
  const [statement, setStatement] = useState('');
  const [prefix, setPrefix] = useState('A');
  const [n, setN] = useState(3);
  const [model, setModel] = useState('');
  const [answer, setAnswer] = useState<Answered>();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    setModel('');
    setAnswer(undefined);
    setError(undefined);
  }, [mode]);
  useEffect(() => setAnswer(undefined), [left, right]);

  const missing =
    left === undefined
      ? 'Add a picture first.'
      : mode === 'nlvr2' && right === undefined
        ? 'Add a second picture.'
        : mode === 'vqa' && question.trim() === ''
          ? 'Ask a question.'
          : mode === 'nlvr2' && statement.trim() === ''
            ? 'Write a statement that is true or false of the two.'
            : undefined;

  const submit = async (event: Event) => {
    event.preventDefault();
    if (missing !== undefined) return setError(missing);
    setError(undefined);
    setBusy(true);
    try {
      if (mode === 'vqa') {
        setAnswer(await look('/v1/vqa/upload', [left!], { model, question }, ofVqa));
      } else if (mode === 'nlvr2') {
        setAnswer(await look('/v1/nlvr2/upload', [left!, right!], { model, statement }, ofNlvr2));
      } else {
        const form = formOf([left!], { model, prefix, n: String(n) });
        setAnswer(ofCaptions(await post<Schemas['CaptionAnswer']>('/v1/caption/upload', form)));
      }
    } catch (thrown) {
      setAnswer(undefined);
      setError(messageOf(thrown));
    } finally {
      setBusy(false);
    }
  };

  return (
    <div class="two-columns">
      <form class="card controls" onSubmit={submit}>
        <fieldset class="modes">
          <legend class="heard">What shall be asked?</legend>
          {Object.entries(MODES).map(([id, title]) => (
            <label key={id}>
              <input
                type="radio"
                name="mode"
                value={id}
                checked={mode === id}
                onChange={() => setMode(id as Mode)}
              />
              <span>{title}</span>
            </label>
          ))}
        </fieldset>
        <div class={mode === 'nlvr2' ? 'pair' : ''}>
          <DropZone
            label={mode === 'nlvr2' ? 'Left picture' : 'Picture'}
            file={left}
            onFile={setLeft}
            pastes
          />
          {mode === 'nlvr2' && <DropZone label="Right picture" file={right} onFile={setRight} />}
        </div>
        {mode === 'vqa' && (
          <TextField label="Question" value={question} onInput={setQuestion} ideas={QUESTIONS} />
        )}
        {mode === 'nlvr2' && (
          <TextField label="Statement" value={statement} onInput={setStatement} ideas={STATEMENTS} />
        )}
        {mode === 'caption' && (
          <div class="row">
            <Field label="Begins with" hint="“What” and “Where” make it a question.">
              {(ids) => (
                <input {...ids} value={prefix} onInput={(event) => setPrefix(event.currentTarget.value)} />
              )}
            </Field>
            <Field label="Captions">
              {(ids) => (
                <input
                  {...ids}
                  type="number"
                  min={1}
                  max={8}
                  value={n}
                  onInput={(event) => setN(Math.min(8, Math.max(1, Number(event.currentTarget.value) || 1)))}
                />
              )}
            </Field>
          </div>
        )}
        <ModelChoice models={models.value?.data} task={mode} value={model} onChange={setModel} />
        <div class="actions">
          <button type="submit" disabled={busy}>
            {mode === 'caption' ? 'Caption' : mode === 'vqa' ? 'Ask' : 'Judge'}
          </button>
          {busy && <span class="hint">Looking…</span>}
        </div>
        <Failure message={error ?? models.error} />
      </form>
      <section aria-label="Answer" aria-live="polite" class="results">
        {answer === undefined ? (
          <div class="empty card">
            <p>
              {mode === 'vqa' && 'Add a picture and ask a question about it.'}
              {mode === 'caption' && 'Add a picture, and the model says what it sees.'}
              {mode === 'nlvr2' && 'Add two pictures and a statement about them: is it true?'}
            </p>
            <p class="hint">
              Pictures that the server painted are what its models know best. Photographs go to small models
              of their own: they can tell what is there, guess at harder questions, and caption clumsily.
            </p>
          </div>
        ) : (
          <AnswerView key={answer} answer={answer} />
        )}
      </section>
    </div>
  );
}

function AnswerView({ answer: { said, bars, captions, about, unknown, restsOn } }: { answer: Answered }) {
  return (
    <article class="card answer">
      <h2 class="said">{said === '' ? '“” (the empty answer)' : said}</h2>
      {captions !== undefined && captions.length > 1 && (
        <ol class="captions">
          {captions.slice(1).map(({ text }) => (
            <li key={text}>{text}</li>
          ))}
        </ol>
      )}
      {bars.length > 0 && <Bars bars={bars} label="How likely each answer is" />}
      {unknown.length > 0 && (
        <p class="note">The model does not know {unknown.map((word) => `“${word}”`).join(', ')}.</p>
      )}
      <p class="hint">{about}</p>
      {restsOn !== undefined && <RestsOn {...restsOn} />}
    </article>
  );
}

function TextField({
  label,
  value,
  onInput,
  ideas,
}: {
  label: string;
  value: string;
  onInput: (text: string) => void;
  ideas: readonly string[];
}) {
  return (
    <>
      <Field label={label}>
        {(ids) => (
          <input
            {...ids}
            value={value}
            placeholder={ideas[0]}
            autocomplete="off"
            onInput={(event) => onInput(event.currentTarget.value)}
          />
        )}
      </Field>
      <Ideas ideas={ideas} onChoose={onInput} />
    </>
  );
}

const aboutOf = ({ model, timing }: { model: string; timing: { compute_ms: number } }) =>
  `${model}, ${took(timing.compute_ms)}`;

const ofVqa = (answer: Schemas['VqaAnswer']): Answered => ({
  said: answer.answer,
  bars: answer.answers.map((one) => ({ label: one.answer, share: one.score })),
  about: aboutOf(answer),
  unknown: answer.unknown_words,
});

const ofNlvr2 = (answer: Schemas['Nlvr2Answer']): Answered => ({
  said: answer.label ? 'True' : 'False',
  bars: [
    { label: 'true', share: answer.score },
    { label: 'false', share: 1 - answer.score },
  ].sort((a, b) => b.share - a.share),
  about: aboutOf(answer),
  unknown: answer.unknown_words,
});

function ofCaptions(answer: Schemas['CaptionAnswer']): Answered {
  const captions = [...answer.captions].sort((a, b) => b.score - a.score);
  return {
    said: captions[0]!.text,
    bars: [],
    captions,
    about: aboutOf(answer),
    unknown: answer.unknown_words,
  };
}
