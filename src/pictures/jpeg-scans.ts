/**
 * What a JPEG has of its picture. Where its end is missing, or was put there by somebody else, libjpeg shows what there
 * is: of a missing scan it says nothing, and of missing rows it warns, but libvips does not always hear it.
 *
 * Source: ITU T.81 B.2.2, B.2.3 and G.1.1.1.
 */

const COEFFICIENTS = 64;
const PROGRESSIVE = 0xc2;
/** Baseline, extended and progressive, which are read. */
const FRAMES = [0xc0, 0xc1, PROGRESSIVE];
const START_OF_SCAN = 0xda;

export interface JpegScans {
  /**
   * Every coefficient of every component is there, of a progressive one down to its last bit. A progressive file may end
   * before: then its picture is as fine as whoever made it wanted it.
   */
  readonly all: boolean;
  /** The coarsest part of every component is there. */
  readonly begun: boolean;
  /** The picture is decoded as it is read: missing rows are met one by one. */
  readonly single: boolean;
  /** libjpeg reads the rows behind those that it gives away, for it interpolates between them. */
  readonly looksAhead: boolean;
}

export function readScans(file: Buffer): JpegScans {
  /** Component → the lowest bit of each coefficient that has come; undefined before the first. */
  const lowest = new Map<number, (number | undefined)[]>();
  let progressive = false;
  let scans = 0;
  let factor = 1;
  for (const { marker, content } of segments(file)) {
    if (FRAMES.includes(marker)) {
      progressive = marker === PROGRESSIVE;
      factor = verticalFactor(content);
      for (let i = 0; i < (content[5] ?? 0); i++)
        lowest.set(content[6 + 3 * i] ?? -1, new Array(COEFFICIENTS).fill(undefined));
    } else if (marker === START_OF_SCAN) {
      scans++;
      const components = content[0] ?? 0;
      const [first = 0, last = 0, bits = 0] = progressive
        ? content.subarray(1 + 2 * components)
        : [0, COEFFICIENTS - 1, 0];
      for (let i = 0; i < components; i++)
        lowest.get(content[1 + 2 * i] ?? -1)?.fill(bits & 0x0f, first, last + 1);
    }
  }
  const seen = [...lowest.values()];
  return {
    all: seen.every((bits) => bits.every((bit) => bit === 0)),
    begun: seen.every(([bit]) => bit !== undefined),
    single: !progressive && scans === 1,
    looksAhead: factor === 2 && seen.length === 3,
  };
}

/**
 * A copy of a file of a single scan that says it is a little taller. libvips asks for libjpeg's warnings before every
 * strip of eight rows, and so never after the last one: now another follows it. Rows that are shown for it are nobody's.
 */
export function withAnotherStrip(file: Buffer): Buffer {
  for (const { marker, content } of segments(file)) {
    if (!FRAMES.includes(marker)) continue;
    const height = content.readUInt16BE(1);
    const factor = verticalFactor(content);
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

/** Largest vertical sampling factor among the components of a frame. */
function verticalFactor(content: Buffer): number {
  let factor = 1;
  for (let i = 0; i < (content[5] ?? 0); i++) factor = Math.max(factor, (content[7 + 3 * i] ?? 0) & 0x0f);
  return factor;
}

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
