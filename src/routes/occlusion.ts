/** Which parts of a picture an answer rests on: how it is asked for, and how it is shown. */
import Type from 'typebox';
import type { HiddenBlock } from '../inference/protocol.ts';
import { NAME } from '../plugins/schema-names.ts';
import { EXPECTED } from '../plugins/validation.ts';

const MOST_BLOCKS = 8;

export const occlusionField = {
  occlusion: Type.Optional(
    Type.Integer({
      minimum: 2,
      maximum: MOST_BLOCKS,
      description:
        'Measures which parts of the image the answer rests on: each of so many by so many blocks is hidden in turn, and the same is asked again. It costs an answer more for each block: 16 at 4, 64 at 8.',
      [EXPECTED]: `a whole number from 2 to ${MOST_BLOCKS}`,
    }),
  ),
};

export const Occlusion = Type.Object(
  {
    grid: Type.Integer({ description: 'Blocks of a side.' }),
    answer: Type.String({ description: 'What was said of the whole image.' }),
    score: Type.Number({ description: 'Its probability.' }),
    blocks: Type.Array(
      Type.Object(
        {
          image: Type.Integer({ description: 'Of several images: which, from 0.' }),
          row: Type.Integer(),
          column: Type.Integer(),
          score: Type.Number({ description: 'Probability of the answer while this block is hidden.' }),
          fall: Type.Number({
            description: 'By how much that is less than of the whole image; below 0 where it is more.',
          }),
          answer: Type.String({ description: 'The best answer while this block is hidden.' }),
        },
        { [NAME]: 'OccludedBlock' },
      ),
      { description: 'From 0, image by image and row by row.' },
    ),
  },
  { $id: 'Occlusion', description: 'How the answer fares while a block has the mean colour of the image.' },
);
export type Occlusion = Type.Static<typeof Occlusion>;

/** @param hidden as the host answers, or nothing where it was not asked for */
export function showOcclusion(
  grid: number | undefined,
  said: { answer: string; score: number },
  hidden: readonly HiddenBlock<string | boolean>[] | undefined,
): { occlusion?: Occlusion } {
  if (grid === undefined || hidden === undefined) return {};
  const blocks = hidden.map(({ answer, score }, i) => ({
    image: Math.floor(i / grid ** 2),
    row: Math.floor(i / grid) % grid,
    column: i % grid,
    score,
    fall: said.score - score,
    answer: String(answer),
  }));
  return { occlusion: { grid, ...said, blocks } };
}
