/**
 * Boxes by the published models' detector, as x-lxmert's coco_extract_bbox_feature.py has them: proposals as they were
 * proposed, those that some class is surest of, each with what fc6 makes of it.
 */
import { setImmediate as othersFirst } from 'node:timers/promises';
import type { Engine } from '../engines/engine.ts';
import type { BoxDetectorConfig } from '../models/detector/config.ts';
import { ANCHORS, boxHeadPart, lateralsPart, proposePart, smoothPart } from '../models/detector/detector.ts';
import { boxPicture, boxScale } from '../models/detector/picture.ts';
import { likeliestClass, proposedBoxes, surestBoxes } from '../models/detector/proposals.ts';
import { alignBox, boxLevel, LEVELS } from '../models/detector/roi-align.ts';
import type { Detection } from '../models/picture-encoder/boxes.ts';
import { float32, type HostTensor, type HostTensors } from '../tensor.ts';
import { openBody, withParts } from './detector.ts';
import { type BoxEncoder, boxRows } from './found-boxes.ts';

/** Boxes that the head sees at a time: pooled, they are 13 MB at the published size. */
const BOXES_AT_A_TIME = 128;

export async function openDetectorBoxes(
  engine: Engine,
  { config, weights }: { config: BoxDetectorConfig; weights: HostTensors },
  N: number,
): Promise<BoxEncoder> {
  const { mlp_head_dim: F, num_classes: K } = config;
  return withParts(engine, weights, async (compile) => {
    const body = await openBody(config, compile);
    const laterals = await compile('laterals', lateralsPart(config));
    const smooth = await Promise.all(LEVELS.map((level) => compile(`P${level}`, smoothPart(config, level))));
    const propose = await compile('proposals', proposePart(config));
    const head = await compile('head', boxHeadPart(config));
    const anchors = ANCHORS.map((name) => weights[name]!.data as Float32Array);

    /** P2 to P5 of a picture. */
    async function pyramid(picture: HostTensor): Promise<HostTensor[]> {
      const inner = await laterals.run(await body(picture, LEVELS[0]));
      const maps: HostTensor[] = [];
      for (const [i, level] of LEVELS.entries()) {
        maps.push((await smooth[i]!.run({ map: inner[`m${level}`]! })).map!);
        await othersFirst();
      }
      return maps;
    }

    /** @returns features [n, F] and classes [n, K] of boxes [n, 4] */
    async function look(maps: readonly HostTensor[], boxes: Float32Array) {
      const n = boxes.length / 4;
      const bins = config.pooler_resolution ** 2 * config.fpn_out_channels;
      const features = new Float32Array(n * F);
      const classes = new Float32Array(n * K);
      for (let first = 0; first < n; first += BOXES_AT_A_TIME) {
        const some = Math.min(BOXES_AT_A_TIME, n - first);
        const pooled = new Float32Array(some * bins);
        for (let i = 0; i < some; i++) {
          const box = boxes.subarray((first + i) * 4, (first + i + 1) * 4);
          const level = boxLevel(box[2]! - box[0]!, box[3]! - box[1]!);
          alignBox(config, plainMap(maps[LEVELS.indexOf(level)]!), level, box, pooled, i * bins);
        }
        const seen = await head.run({ pooled: float32(pooled, [some, bins]) });
        features.set(seen.features!.data as Float32Array, first * F);
        classes.set(seen.classes!.data as Float32Array, first * K);
        await othersFirst();
      }
      return { features, classes };
    }

    return {
      async find({ rgb, width, height }) {
        const size = boxScale(config, width, height);
        const maps = await pyramid(boxPicture(config, rgb, width, height));
        const levels = [];
        for (const [i, map] of [...maps, halved(maps.at(-1)!)].entries()) {
          const { objectness, deltas } = await propose.run({ map });
          levels.push({
            objectness: objectness!.data as Float32Array,
            deltas: deltas!.data as Float32Array,
            anchors: anchors[i]!,
            w: map.shape[2]!,
          });
          await othersFirst();
        }
        const boxes = proposedBoxes(config, levels, size.width, size.height);
        const { features, classes } = await look(maps, boxes);
        // As there: overlaps are of boxes in the picture's own pixels.
        const own = boxes.map((pixel) => pixel / size.scale);
        const places = new Map<Detection, number>();
        for (const n of surestBoxes(own, classes, N)) {
          const [x0, y0, x1, y1] = own.subarray(n * 4, n * 4 + 4) as unknown as [
            number,
            number,
            number,
            number,
          ];
          const box = [x0 / width, y0 / height, x1 / width, y1 / height] as const;
          places.set({ box, ...likeliestClass(classes, K, n) }, n);
        }
        return boxRows([...places.keys()], N, F, (detection, target, at) => {
          const n = places.get(detection);
          if (n !== undefined) target.set(features.subarray(n * F, (n + 1) * F), at);
        });
      },
    };
  });
}

function plainMap({ data, shape }: HostTensor) {
  const [, h, w, C] = shape as [number, number, number, number];
  return { data: data as Float32Array, h, w, C };
}

/** P6: every second place of P5, in rows and columns. */
function halved(map: HostTensor): HostTensor {
  const { data, h, w, C } = plainMap(map);
  const [rows, columns] = [Math.ceil(h / 2), Math.ceil(w / 2)];
  const out = new Float32Array(rows * columns * C);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      const from = (2 * y * w + 2 * x) * C;
      out.set(data.subarray(from, from + C), (y * columns + x) * C);
    }
  return float32(out, [1, rows, columns, C]);
}
