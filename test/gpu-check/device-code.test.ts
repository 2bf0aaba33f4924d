import { expect, it } from 'vitest';
import { deviceCode, keepArchitecture } from '../../scripts/gpu-check/device-code.ts';

const [PTX, CUBIN] = [1, 2];
type Entry = [kind: number, architecture: number, bytes: number];

/** As nvcc lays it out: one header for all, then each with its own. The contents are the architecture's number. */
function fatBinary(entries: readonly Entry[]): Buffer {
  const parts = entries.map(([kind, architecture, bytes]) => {
    const header = Buffer.alloc(64);
    header.writeUInt16LE(kind, 0);
    header.writeUInt32LE(64, 4);
    header.writeBigUInt64LE(BigInt(bytes), 8);
    header.writeUInt32LE(architecture, 28);
    return Buffer.concat([header, Buffer.alloc(bytes, architecture)]);
  });
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(16);
  header.writeUInt32LE(0xba55ed50, 0);
  header.writeUInt16LE(1, 4);
  header.writeUInt16LE(16, 6);
  header.writeBigUInt64LE(BigInt(body.length), 8);
  return Buffer.concat([header, body]);
}

const code = Buffer.from('machine code of the processor');
/** Code that looks for fat binaries has the four bytes too. */
const constant = Buffer.from([0x50, 0xed, 0x55, 0xba, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);

const library = (...binaries: readonly (readonly Entry[])[]) =>
  Buffer.concat([code, constant, ...binaries.flatMap((entries) => [fatBinary(entries), code])]);

it('lists what there is', () => {
  const file = library(
    [
      [CUBIN, 80, 24],
      [CUBIN, 90, 40],
    ],
    [[PTX, 90, 8]],
  );
  expect(deviceCode(file)).toEqual({
    'cubin 80': { entries: 1, bytes: 24 },
    'cubin 90': { entries: 1, bytes: 40 },
    'ptx 90': { entries: 1, bytes: 8 },
  });
});

it('leaves the code of one architecture, and every byte where it was', () => {
  const file = library(
    // Its own code: the PTX is of no use.
    [
      [CUBIN, 60, 16],
      [CUBIN, 90, 32],
      [PTX, 90, 24],
    ],
    // None of its generation: PTX, which the driver compiles, but not that of later ones.
    [
      [CUBIN, 80, 40],
      [PTX, 80, 8],
      [PTX, 120, 8],
    ],
    // An older one of its generation runs as well.
    [
      [CUBIN, 86, 8],
      [CUBIN, 100, 16],
    ],
  );
  const before = Buffer.from(file);
  expect(keepArchitecture(file, 90)).toBe(16 + 24 + 40 + 8 + 8 + 16);
  const left = (architecture: number, bytes: number) => file.includes(Buffer.alloc(bytes, architecture));
  expect(left(90, 32)).toBe(true);
  expect(left(80, 8)).toBe(true);
  for (const architecture of [60, 86, 100, 120]) expect(left(architecture, 8)).toBe(false);
  expect(file.length).toBe(before.length);
  expect(file.subarray(0, code.length + constant.length)).toEqual(
    before.subarray(0, code.length + constant.length),
  );
  // The headers are as they were: the driver reads them.
  expect(deviceCode(file)).toEqual(deviceCode(before));

  const ampere = Buffer.from(before);
  keepArchitecture(ampere, 89);
  expect(ampere.includes(Buffer.alloc(8, 86))).toBe(true);
});
