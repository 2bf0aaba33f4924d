/** Which parts of a picture an answer rests on, as the server measures it: each part hidden in turn. */
import { useEffect, useState } from 'preact/hooks';
import { isAbort, messageOf, type Schemas } from '../../api.ts';
import { Failure, percent } from '../../pieces.tsx';

export type Occlusion = Schemas['Occlusion'];
type Block = Schemas['OccludedBlock'];

/** Blocks of a side, coarse and fine. */
const GRIDS = [4, 8] as const;
/** Less than this is not worth a word. */
const NOTABLE = 0.05;

interface RestsOnProps {
  pictures: readonly File[];
  /** Asks the same again, with so many blocks of a side. */
  measure: (grid: number, signal: AbortSignal) => Promise<Occlusion>;
}

export function RestsOn({ pictures, measure }: RestsOnProps) {
  const [found, setFound] = useState<Occlusion>();
  const [running, setRunning] = useState<{ grid: number; stop: AbortController }>();
  const [error, setError] = useState<string>();
  // Whoever looks elsewhere wants no more of it.
  useEffect(() => () => running?.stop.abort(), [running]);

  const start = async (grid: number) => {
    const stop = new AbortController();
    setRunning({ grid, stop });
    setError(undefined);
    try {
      setFound(await measure(grid, stop.signal));
    } catch (thrown) {
      if (!isAbort(thrown)) setError(messageOf(thrown));
    } finally {
      setRunning(undefined);
    }
  };
  const open = GRIDS.filter((grid) => grid !== found?.grid);
  return (
    <section aria-label="What it rests on" class="rests-on">
      {found !== undefined && <Found found={found} pictures={pictures} />}
      <div class="actions">
        {open.map((grid) => (
          <button
            key={grid}
            type="button"
            class="quiet"
            disabled={running !== undefined}
            onClick={() => start(grid)}
          >
            {found === undefined
              ? grid === GRIDS[0]
                ? 'Which parts decide?'
                : 'In finer parts'
              : grid > found.grid
                ? 'In finer parts'
                : 'In coarser parts'}
          </button>
        ))}
        {running !== undefined && (
          <>
            <span class="hint">Asking {running.grid ** 2 * pictures.length} times more…</span>
            <button type="button" class="quiet" onClick={() => running.stop.abort()}>
              Stop
            </button>
          </>
        )}
      </div>
      {found === undefined && (
        <p class="hint">
          Each part of the picture is hidden in turn and the same is asked again: 16 questions more, 64 in
          finer parts.
        </p>
      )}
      <Failure message={error} />
    </section>
  );
}

function Found({ found, pictures }: { found: Occlusion; pictures: readonly File[] }) {
  const { grid, blocks } = found;
  return (
    <>
      <div class={pictures.length > 1 ? 'pair' : ''}>
        {pictures.map((picture, image) => (
          <Overlay
            key={image}
            picture={picture}
            grid={grid}
            blocks={blocks.filter((block) => block.image === image)}
            found={found}
          />
        ))}
      </div>
      <p class="hint scale">
        <span class="falls" aria-hidden="true" /> Hidden, it makes the answer less likely,
        <span class="rises" aria-hidden="true" /> or more, by so many percentage points.
      </p>
      <p aria-live="polite">{inWords(found, pictures.length)}</p>
    </>
  );
}

interface OverlayProps {
  picture: File;
  grid: number;
  blocks: readonly Block[];
  found: Occlusion;
}

function Overlay({ picture, grid, blocks, found }: OverlayProps) {
  const [src, setSrc] = useState<string>();
  useEffect(() => {
    const url = URL.createObjectURL(picture);
    setSrc(url);
    return () => URL.revokeObjectURL(url);
  }, [picture]);
  return (
    <div class="overlay">
      <img src={src} alt="" />
      <div class="blocks" style={{ gridTemplateColumns: `repeat(${grid}, 1fr)` }} aria-hidden="true">
        {blocks.map((block) => (
          <span
            key={`${block.row}/${block.column}`}
            class={Math.abs(block.fall) < NOTABLE ? '' : block.fall < 0 ? 'rises' : 'falls'}
            title={hiddenInWords(block, found)}
          >
            {Math.abs(block.fall) >= NOTABLE && signed(-100 * block.fall)}
          </span>
        ))}
      </div>
    </div>
  );
}

/** With the sign that typography has for it. */
const signed = (points: number): string => `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(0)}`;

const hiddenInWords = ({ row, column, score, answer }: Block, found: Occlusion): string =>
  `Row ${row + 1}, column ${column + 1} hidden: “${found.answer}” at ${percent(score)} instead of ${percent(found.score)}` +
  (answer === found.answer ? '' : `, and the answer is “${answer}”`);

/** The parts that decide most, at most three. */
function inWords(found: Occlusion, pictures: number): string {
  const falling = found.blocks.toSorted((a, b) => b.fall - a.fall);
  const most = falling.filter(({ fall }) => fall >= NOTABLE).slice(0, 3);
  if (most.length === 0) {
    const least = percent(falling[0]!.score);
    return `No single part decides: whichever is hidden, “${found.answer}” stays at ${least} or more (${percent(found.score)} with the whole picture).`;
  }
  const side = (image: number) => (pictures === 1 ? '' : image === 0 ? 'Left picture. ' : 'Right picture. ');
  return most.map((block) => `${side(block.image)}${hiddenInWords(block, found)}.`).join(' ');
}
