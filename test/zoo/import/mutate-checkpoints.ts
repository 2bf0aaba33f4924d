/**
 * Reads mutated copies of the fixtures' files and prints what came of them as JSON.
 * `tsx mutate-checkpoints.ts <files>`
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom, type Random } from '../../../src/random.ts';
import { readClusterIds } from '../../../src/zoo/import/cluster-ids.ts';
import { ImportError } from '../../../src/zoo/import/error.ts';
import { readNpy } from '../../../src/zoo/import/npy.ts';
import { openWeights } from '../../../src/zoo/import/open-weights.ts';

async function readWeights(path: string): Promise<void> {
  const weights = await openWeights(path);
  try {
    for (const tensor of weights.tensors.values()) await tensor.read();
  } finally {
    await weights.close();
  }
}

const KMEANS = 'hdf5/maskrcnn_mscoco_train';
const FILES: [string, (path: string) => Promise<unknown>][] = [
  ['x-lxmert-tiny/Epoch20_LXRT.pth', readWeights],
  ['x-lxmert-tiny/Epoch20_LXRT.zip.pth', readWeights],
  ['lxmert-tiny/model.safetensors', readWeights],
  ['generator-tiny/G_60.pth', readWeights],
  ['uniter-tiny/uniter-tiny.pt', readWeights],
  ['x-lxmert-tiny/centroids.npy', readNpy],
  [`${KMEANS}_mscoco_train_img_id_to_cluster_id_16_iter20_d40_grid8.pkl`, readClusterIds],
];

/** Where a format keeps what it says about its contents: at the beginning, and for a zip file at the end. */
function structural(random: Random, length: number): number {
  return random.chance(0.3)
    ? length - 1 - random.int(Math.min(length, 20_000))
    : random.int(Math.min(length, 40_000));
}

function mutate(original: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(original);
  const at = (): number => (random.chance(0.8) ? structural(random, bytes.length) : random.int(bytes.length));
  switch (random.int(6)) {
    case 0: // flipped bits
      for (let i = 1 + random.int(8); i > 0; i--) bytes[at()]! ^= 1 << random.int(8);
      return bytes;
    case 1: // other bytes
      for (let i = 1 + random.int(16); i > 0; i--) bytes[at()] = random.int(256);
      return bytes;
    case 2: // cut
      return bytes.subarray(0, random.int(bytes.length));
    case 3: {
      // a length of as much as there is
      const place = at();
      bytes.fill(random.pick([0x00, 0x7f, 0xff]), place, place + random.pick([1, 2, 4, 8]));
      return bytes;
    }
    case 4: {
      // a piece moved elsewhere
      const [from, to] = [at(), at()];
      bytes.copy(bytes, to, from, from + 1 + random.int(64));
      return bytes;
    }
    default: {
      // a piece taken out or put in twice
      const place = at();
      const end = place + 1 + random.int(32);
      const piece = random.chance(0.5) ? [] : [bytes.subarray(place, end), bytes.subarray(place, end)];
      return Buffer.concat([bytes.subarray(0, place), ...piece, bytes.subarray(end)]);
    }
  }
}

const folder = mkdtempSync(join(tmpdir(), 'mutated-'));
const random = createRandom('mutated checkpoints');
const report = { files: 0, read: 0, refused: 0, peakMegabytes: 0, slowestMs: 0, unexpected: [] as string[] };
const codes = new Map<string, number>();
const originals = FILES.map(([name]) => readFileSync(join(import.meta.dirname, '../../fixtures', name)));
const path = join(folder, 'mutated.bin');
for (let i = 0; i < Number(process.argv[2] ?? 1000); i++) {
  const which = i % FILES.length;
  writeFileSync(path, mutate(originals[which]!, random));
  const start = performance.now();
  try {
    await FILES[which]![1](path);
    report.read++;
  } catch (error) {
    if (error instanceof ImportError) {
      report.refused++;
      codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
    } else report.unexpected.push(`${i} ${FILES[which]![0]}: ${String((error as Error).stack)}`);
  }
  report.files++;
  report.slowestMs = Math.max(report.slowestMs, Math.round(performance.now() - start));
}
rmSync(folder, { recursive: true });
report.peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(`${JSON.stringify({ ...report, codes: Object.fromEntries(codes) })}\n`);
