/** A part of a picture is chosen, cell by cell, and painted anew. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { pictureFile } from '../../picture.tsx';
import { Failure, Field, SeedField } from '../../pieces.tsx';
import type { Order } from './painting.ts';

export interface Subject {
  /** A data URL. */
  src: string;
  prompt: string;
  model: string;
  /** Visual codes, row by row. */
  codes: readonly number[];
}

interface RepaintProps {
  subject: Subject | undefined;
  onOrder: (order: Order) => void;
  onClose: () => void;
}

export function Repaint({ subject, onOrder, onClose }: RepaintProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (subject === undefined) dialog.current!.close();
    else if (!dialog.current!.open) dialog.current!.showModal();
  }, [subject]);
  return (
    <dialog ref={dialog} class="large" aria-labelledby="repaint-title" onClose={onClose}>
      {subject !== undefined && (
        <RepaintForm key={subject.src} subject={subject} onOrder={onOrder} onClose={onClose} />
      )}
    </dialog>
  );
}

function RepaintForm({ subject, onOrder, onClose }: RepaintProps & { subject: Subject }) {
  const { src, codes, model } = subject;
  const grid = Math.sqrt(codes.length);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [prompt, setPrompt] = useState(subject.prompt);
  const [seed, setSeed] = useState('');
  const [error, setError] = useState<string>();
  const image = useRef<HTMLImageElement>(null);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (chosen.size === 0) return setError('Choose the cells that shall be painted anew.');
    const { naturalWidth: width, naturalHeight: height } = image.current!;
    const mask = await maskOf(chosen, grid, width, height);
    const over = { picture: await pictureFile(src), mask, codes };
    onOrder({ ...{ prompt, n: 1, model, seed, sampler: {} }, over });
  };
  return (
    <form class="repaint" onSubmit={submit}>
      <h2 id="repaint-title">Paint a part anew</h2>
      <div class="overlay">
        <img ref={image} src={src} alt={subject.prompt} />
        <Cells grid={grid} chosen={chosen} onChange={setChosen} />
      </div>
      <p class="hint" aria-live="polite">
        {chosen.size === 0
          ? 'Draw over the cells that shall change; with the keyboard, arrows and space.'
          : `${chosen.size} of ${grid ** 2} cells are painted anew. The others keep their codes.`}
      </p>
      <Field label="What shall the picture show?">
        {(ids) => (
          <input {...ids} value={prompt} required onInput={(event) => setPrompt(event.currentTarget.value)} />
        )}
      </Field>
      <SeedField value={seed} onChange={setSeed} />
      <Failure message={error} />
      <div class="actions">
        <button type="submit">Paint this part</button>
        <button type="button" class="quiet" disabled={chosen.size === 0} onClick={() => setChosen(new Set())}>
          Choose none
        </button>
        <button type="button" class="quiet" onClick={onClose}>
          Close
        </button>
      </div>
    </form>
  );
}

interface CellsProps {
  grid: number;
  chosen: ReadonlySet<number>;
  onChange: (chosen: ReadonlySet<number>) => void;
}

const ARROWS: Record<string, [row: number, column: number]> = {
  ...{ ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] },
};

/** Drawn over with a pointer, or walked through with the keyboard: one stop of the tab key for all. */
function Cells({ grid, chosen, onChange }: CellsProps) {
  const box = useRef<HTMLFieldSetElement>(null);
  const [at, setAt] = useState(0);
  /** While the pointer is down: whether it chooses, or takes back. */
  const choosing = useRef<boolean | undefined>(undefined);

  const put = (cell: number, choose: boolean) => {
    if (chosen.has(cell) === choose) return;
    const changed = new Set(chosen);
    if (choose) changed.add(cell);
    else changed.delete(cell);
    onChange(changed);
  };
  const under = ({ clientX, clientY }: PointerEvent): number | undefined => {
    const { left, top, width, height } = box.current!.getBoundingClientRect();
    const column = Math.floor(((clientX - left) / width) * grid);
    const row = Math.floor(((clientY - top) / height) * grid);
    return Math.min(row, column) < 0 || Math.max(row, column) >= grid ? undefined : row * grid + column;
  };
  const down = (event: PointerEvent) => {
    const cell = under(event);
    if (cell === undefined) return;
    box.current!.setPointerCapture(event.pointerId);
    choosing.current = !chosen.has(cell);
    setAt(cell);
    put(cell, choosing.current);
  };
  const move = (event: PointerEvent) => {
    const cell = choosing.current === undefined ? undefined : under(event);
    if (cell !== undefined) put(cell, choosing.current!);
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault();
      return put(at, !chosen.has(at));
    }
    const arrow = ARROWS[event.key];
    if (arrow === undefined) return;
    event.preventDefault();
    const within = (index: number) => Math.min(grid - 1, Math.max(0, index));
    const next = within(Math.floor(at / grid) + arrow[0]) * grid + within((at % grid) + arrow[1]);
    setAt(next);
    (box.current!.querySelectorAll('button')[next] as HTMLButtonElement).focus();
  };
  return (
    <fieldset
      ref={box}
      class="blocks cells"
      style={{ gridTemplateColumns: `repeat(${grid}, 1fr)` }}
      aria-label="Cells that are painted anew"
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={() => {
        choosing.current = undefined;
      }}
      onPointerCancel={() => {
        choosing.current = undefined;
      }}
      onKeyDown={key}
    >
      {Array.from({ length: grid ** 2 }, (_, cell) => (
        <button
          key={cell}
          type="button"
          tabIndex={cell === at ? 0 : -1}
          aria-pressed={chosen.has(cell)}
          aria-label={`Row ${Math.floor(cell / grid) + 1}, column ${(cell % grid) + 1}`}
        />
      ))}
    </fieldset>
  );
}

/** Transparent where it is to be painted anew, of the size of the picture. */
async function maskOf(
  chosen: ReadonlySet<number>,
  grid: number,
  width: number,
  height: number,
): Promise<Blob> {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d')!;
  context.fillRect(0, 0, width, height);
  // Within the cell: no pixel of a neighbour may be touched.
  const edge = (index: number, length: number, round: (x: number) => number) =>
    round((index * length) / grid);
  for (const cell of chosen) {
    const [row, column] = [Math.floor(cell / grid), cell % grid];
    const [left, top] = [edge(column, width, Math.ceil), edge(row, height, Math.ceil)];
    const [right, bottom] = [edge(column + 1, width, Math.floor), edge(row + 1, height, Math.floor)];
    context.clearRect(left, top, right - left, bottom - top);
  }
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) =>
      blob === null ? reject(new Error('The mask could not be drawn.')) : resolve(blob),
    );
  });
}
