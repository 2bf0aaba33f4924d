/** A data set on disk, in LXMERT's layout, made of composed scenes: pictures as PNG, and what is said of them as JSON. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { IMAGE_SIZE, type ScenePair, type Split, type World } from '../../../src/datasets/scenes/index.ts';
import { createRandom } from '../../../src/random.ts';

export const SIZES = { train: 12, validation: 4 } as const;
const FILES = { train: 'train', validation: 'valid' } as const;

export const pictureId = (split: Split, index: number): string =>
  `scene_${split}_${String(index).padStart(4, '0')}`;

export async function exportScenes(folder: string, world: World): Promise<void> {
  for (const task of ['images', 'lxmert', 'vqa', 'gqa', 'nlvr2'])
    await mkdir(join(folder, task), { recursive: true });
  for (const split of ['train', 'validation'] as const) {
    const texts: object[] = [];
    const questions: object[] = [];
    const compositional: object[] = [];
    const statements: object[] = [];
    for (let i = 0; i < SIZES[split]; i++) {
      const scene = world.scene(split, i);
      const img_id = pictureId(split, i);
      const raw = { raw: { width: IMAGE_SIZE, height: IMAGE_SIZE, channels: 3 } } as const;
      await sharp(world.render(scene), raw)
        .png()
        .toFile(join(folder, 'images', `${img_id}.png`));
      const asked = world.questions(scene, createRandom(`${split}/${i}`)).slice(0, 3);
      texts.push({
        img_id,
        sentf: {
          mscoco: world.captions(scene, createRandom(`${split}/${i}`)).map(({ text }) => text),
          vqa: asked.map(({ question }) => question),
        },
        labelf: { vqa: asked.map(({ answer }) => ({ [answer]: 1 })) },
      });
      for (const [k, { question, answer, type }] of asked.entries()) {
        // Soft scores, as several people's answers give.
        const label = k === 0 ? { [answer]: 1 } : { [answer]: 0.9, 'nothing else': 0.3 };
        questions.push({ answer_type: type, img_id, label, question_id: i * 10 + k, sent: question });
      }
      for (const [k, { question, answer }] of world
        .compositionalQuestions(scene, createRandom(`${split}/${i}`))
        .entries()) {
        compositional.push({ img_id, label: { [answer]: 1 }, question_id: `${i}-${k}`, sent: question });
      }
      const { statement, whenTrue, whenFalse } = world
        .statements(split, SIZES[split])
        .contrast(createRandom(`${split}/${i}`));
      const pairs: [ScenePair, number][] = [
        [whenTrue, 1],
        [whenFalse, 0],
      ];
      for (const [{ left, right }, label] of pairs) {
        statements.push({
          identifier: `${split}-${i}-${label}`,
          img0: pictureId(split, left.index),
          img1: pictureId(split, right.index),
          label,
          sent: statement,
          uid: `nlvr2_${split}_${i}_${label}`,
        });
      }
    }
    const tasks = { lxmert: texts, vqa: questions, gqa: compositional, nlvr2: statements };
    for (const [task, entries] of Object.entries(tasks)) {
      // As Python writes it with `indent=4, sort_keys=True`, more or less.
      await writeFile(join(folder, task, `${FILES[split]}.json`), JSON.stringify(entries, null, 4));
    }
  }
}
