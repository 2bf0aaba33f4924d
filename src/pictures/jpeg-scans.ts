/**
 * A progressive JPEG has its picture several times over, finer each time. Where its end is missing, whole scans may be:
 * the decoder shows what there is without a word.
 *
 * Source: ITU T.81 B.2.2, B.2.3 and G.1.1.1.
 */

const COEFFICIENTS = 64;
const PROGRESSIVE = 0xc2;
const START_OF_SCAN = 0xda;

/** Whether every coefficient of every component comes down to its last bit. True of a file that is not progressive. */
export function hasEveryScan(file: Buffer): boolean {
  /** Component → the lowest bit of each coefficient that has come; undefined before the first. */
  const lowest = new Map<number, (number | undefined)[]>();
  for (const { marker, content } of segments(file)) {
    if (marker === PROGRESSIVE) {
      for (let i = 0; i < (content[5] ?? 0); i++)
        lowest.set(content[6 + 3 * i] ?? -1, new Array(COEFFICIENTS).fill(undefined));
    } else if (marker === START_OF_SCAN) {
      const components = content[0] ?? 0;
      const [first = 0, last = 0, bits = 0] = content.subarray(1 + 2 * components);
      for (let i = 0; i < components; i++)
        lowest.get(content[1 + 2 * i] ?? -1)?.fill(bits & 0x0f, first, last + 1);
    }
  }
  return [...lowest.values()].every((bits) => bits.every((bit) => bit === 0));
}

/**
 * A copy that says it is a little taller. libvips asks for libjpeg's warnings before every strip of eight rows, and so
 * never after the last one: now another follows it. Rows that are shown for it are nobody's.
 */
export function withAnotherStrip(file: Buffer): Buffer {
  for (const { marker, content } of segments(file)) {
    if (!FRAMES.includes(marker)) continue;
    const height = content.readUInt16BE(1);
    let factor = 1;
    for (let i = 0; i < content[5]!; i++) factor = Math.max(factor, (content[7 + 3 * i] ?? 0) & 0x0f);
    // Rows that are decoded together; of more than eight the last ones are a strip of their own.
    const rows = 8 * factor;
    const taller = Math.ceil(height / rows) * rows + (factor === 1 ? 8 : 0);
    const at = content.byteOffset - file.byteOffset + 1;
    const copy = Buffer.from(file);
    if (taller <= 0xffff) copy.writeUInt16BE(taller, at);
    return copy;
  }
  return file;
}

/** Baseline, extended and progressive, which are read. */
const FRAMES = [0xc0, 0xc1, PROGRESSIVE];

/** Markers that have a length, in order; what lies between, the data of scans, is stepped over. */
function* segments(file: Buffer): Generator<{ marker: number; content: Buffer }> {
  for (let at = file.indexOf(0xff); at >= 0 && at + 4 <= file.length; at = file.indexOf(0xff, at)) {
    const marker = file[at + 1]!;
    // Fill bytes; a byte of 0xff in the data of a scan; markers without a length.
    if (marker === 0xff) at += 1;
    else if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else if (marker === 0xd9) return;
    else {
      const length = file.readUInt16BE(at + 2);
      yield { marker, content: file.subarray(at + 4, at + 2 + length) };
      at += 2 + Math.max(2, length);
    }
  }
}
