/**
 * The code for GPUs inside a library: which architectures there are, and a copy with one of them.
 *
 * nvcc puts code into "fat binaries": a header (magic, version, size), then entries, each of machine code (cubin) or
 * PTX for one architecture with a header of its own. The driver takes the entry that fits and never reads the others,
 * so that their bytes can be zeros, which compress to nothing. Headers stay, and so does every offset in the file.
 */

const MAGIC = 0xba55ed50;
const HEADER_BYTES = 16;
const [PTX, CUBIN] = [1, 2];

interface Entry {
  readonly kind: number;
  /** 90 for compute capability 9.0. */
  readonly architecture: number;
  /** Place of its bytes in the file, without the header. */
  readonly start: number;
  readonly end: number;
}

function* fatBinaries(file: Buffer): Generator<Entry[]> {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(MAGIC);
  for (let at = file.indexOf(magic); at >= 0; at = file.indexOf(magic, at + magic.length)) {
    const entries = entriesAt(file, at);
    if (entries) yield entries;
  }
}

/** undefined: the four bytes were something else, such as the constant in code that looks for them. */
function entriesAt(file: Buffer, at: number): Entry[] | undefined {
  if (at + HEADER_BYTES > file.length) return undefined;
  const [version, headerBytes] = [file.readUInt16LE(at + 4), file.readUInt16LE(at + 6)];
  const size = Number(file.readBigUInt64LE(at + 8));
  const end = at + headerBytes + size;
  if (version !== 1 || headerBytes !== HEADER_BYTES || end > file.length) return undefined;
  const entries: Entry[] = [];
  for (let p = at + headerBytes; p < end; ) {
    const [bytes, own] = [file.readUInt32LE(p + 4), Number(file.readBigUInt64LE(p + 8))];
    const start = p + bytes;
    const entry = {
      kind: file.readUInt16LE(p),
      architecture: file.readUInt32LE(p + 28),
      start,
      end: start + own,
    };
    if (bytes < HEADER_BYTES || entry.end > end) return undefined;
    entries.push(entry);
    p = entry.end;
  }
  return entries;
}

/** Entries that a GPU of this architecture can run: its own cubin, else one of its generation, else PTX. */
function chosen(entries: readonly Entry[], architecture: number): readonly Entry[] {
  const generation = Math.floor(architecture / 10);
  const fits = ({ architecture: one }: Entry) => one <= architecture;
  const cubins = entries.filter(
    (one) => one.kind === CUBIN && fits(one) && Math.floor(one.architecture / 10) === generation,
  );
  const newest = Math.max(...cubins.map((one) => one.architecture));
  if (cubins.length > 0) return cubins.filter((one) => one.architecture === newest);
  return entries.filter((one) => one.kind === PTX && fits(one));
}

/** Entries and bytes for each kind and architecture, such as `cubin 90`. */
export function deviceCode(file: Buffer): Record<string, { entries: number; bytes: number }> {
  const found: Record<string, { entries: number; bytes: number }> = {};
  for (const { kind, architecture, start, end } of [...fatBinaries(file)].flat()) {
    const name = `${kind === CUBIN ? 'cubin' : kind === PTX ? 'ptx' : `kind ${kind}`} ${architecture}`;
    const { entries, bytes } = found[name] ?? { entries: 0, bytes: 0 };
    found[name] = { entries: entries + 1, bytes: bytes + end - start };
  }
  return found;
}

/** Zeros, in place, whatever a GPU of that architecture has no use for. @returns bytes */
export function keepArchitecture(file: Buffer, architecture: number): number {
  let zeroed = 0;
  for (const entries of fatBinaries(file)) {
    const kept = chosen(entries, architecture);
    for (const entry of entries) {
      if (kept.includes(entry) || (entry.kind !== CUBIN && entry.kind !== PTX)) continue;
      file.fill(0, entry.start, entry.end);
      zeroed += entry.end - entry.start;
    }
  }
  return zeroed;
}
