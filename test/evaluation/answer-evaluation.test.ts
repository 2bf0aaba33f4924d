import { beforeAll, describe, expect, it } from 'vitest';
import { loadWorld, type World } from '../../src/datasets/scenes/index.ts';
import {
  type AnswerEvaluation,
  type AnsweringModel,
  askedAbout,
  evaluateAnswering,
} from '../../src/evaluation/answer-evaluation.ts';
import { answerReport, answerResults } from '../../src/evaluation/answer-report.ts';
import { shareOf } from '../../src/evaluation/paint-score.ts';
import type { AnswerHead } from '../../src/models/finetuning-choices.ts';

const SCENES = 60;
const provenance = {
  command: 'test',
  seed: 1,
  world: 'lattice-1style',
  commit: 'none',
  engine: 'none',
  checkpoints: {},
  seconds: 1,
};
let world: World;
beforeAll(async () => {
  world = await loadWorld('lattice-1style');
});

/** Knows every answer from the pictures' bytes; without pictures it says `blind`. */
function oracle(head: AnswerHead, blind: string): AnsweringModel {
  const key = (text: string, sums: readonly number[]) => `${text} ${sums.join()}`;
  const sumOf = (rgb: Uint8Array) =>
    rgb.reduce((sum, byte, i) => (sum + byte * ((i % 251) + 1)) % 1_000_003, 1);
  const known = new Map(
    askedAbout(world, head, 'test', SCENES, 1)
      .flat()
      .map(({ text, scenes, answer }) => [
        key(
          text,
          scenes.map((scene) => sumOf(world.render(scene))),
        ),
        answer,
      ]),
  );
  return {
    encode: async (rgb) => Float32Array.of(sumOf(rgb)),
    answer: async (text, pictures) => {
      const sums = pictures.map(([sum]) => sum!);
      if (sums.every((sum) => sum === 0)) return blind;
      const answer = known.get(key(text, sums));
      if (answer === undefined) throw new Error(`asked about other pictures: ${text}`);
      return answer;
    },
  };
}

const evaluate = (head: AnswerHead, model: AnsweringModel, textOnly?: AnsweringModel) =>
  evaluateAnswering({ world, head, model, textOnly, scenes: SCENES, trainingScenes: 400, seed: 1 });
const shares = ({ columns }: AnswerEvaluation) =>
  Object.fromEntries(columns.map(({ name, all }) => [name, shareOf(all)]));

describe.each(['vqa', 'gqa'] as const)('%s', (head) => {
  it('a model that sees is right, and no more than chance without the picture', async () => {
    const evaluation = await evaluate(head, oracle(head, 'yes'), oracle(head, 'no'));
    const result = shares(evaluation);
    expect(result.model).toBe(1);
    const asked = evaluation.answered.map(({ asked }) => asked);
    const share = (answer: string) => asked.filter((one) => one.answer === answer).length / asked.length;
    expect(result['picture removed']).toBeCloseTo(share('yes'), 10);
    expect(result['trained without pictures']).toBeCloseTo(share('no'), 10);
    expect(result['majority answer']).toBeGreaterThan(0.05);
    expect(result['same words in training']).toBeLessThan(0.6);
    const { byType, heldOut } = evaluation.columns[0]!;
    const total = [...byType.values()].reduce((sum, tally) => sum + tally.total, 0);
    expect(total).toBe(asked.length);
    expect(heldOut!.total).toBe(asked.filter(({ scenes }) => scenes[0]!.heldOut).length);
    expect(heldOut!.total).toBeGreaterThan(0);
    expect(heldOut!.total).toBeLessThan(total);
  });
});

describe('vqa', () => {
  it('majority answers are those of training, type by type', async () => {
    const { columns } = await evaluate('vqa', oracle('vqa', ''));
    const training = askedAbout(world, 'vqa', 'train', 400, 1).flat();
    const test = askedAbout(world, 'vqa', 'test', SCENES, 1).flat();
    for (const type of ['count', 'colour', 'relation']) {
      const counts = new Map<string, number>();
      for (const one of training)
        if (one.type === type) counts.set(one.answer, (counts.get(one.answer) ?? 0) + 1);
      const [best] = [...counts].sort((a, b) => b[1] - a[1])[0]!;
      const right = test.filter((one) => one.type === type && one.answer === best).length;
      expect(columns.at(-1)!.byType.get(type)!.right, type).toBe(right);
    }
  });
});

describe('nlvr2', () => {
  it('is one half for whoever does not look, and consistency counts both pairs', async () => {
    const evaluation = await evaluate('nlvr2', oracle('nlvr2', 'true'));
    expect(shares(evaluation)).toMatchObject({ model: 1, 'picture removed': 0.5, 'majority answer': 0.5 });
    const consistent = evaluation.columns.map(({ consistent }) => shareOf(consistent!));
    expect(consistent[0]).toBe(1);
    expect(consistent[1]).toBe(0);
    // The same words were both true and false in training.
    expect(shares(evaluation)['same words in training']).toBe(0.5);
    const report = answerReport('nlvr2', evaluation, provenance);
    expect(report).toContain('| both pairs of a statement right (n = 60) | 1.000 | 0.000 |');
  });
});

it('the report and the file say the same', async () => {
  const evaluation = await evaluate('vqa', oracle('vqa', 'red'));
  const results = answerResults('vqa', evaluation, provenance) as {
    asked: Record<string, number>;
    columns: Record<string, { all: number; by_type: Record<string, number> }>;
  };
  const report = answerReport('vqa', evaluation, provenance);
  const cells = Object.values(results.columns).map(({ by_type }) => by_type.colour!.toFixed(3));
  expect(report).toContain(`| colour (n = ${results.asked.colour}) | ${cells.join(' | ')} |`);
  expect(report).toContain('| | model | picture removed | same words in training | majority answer |');
});
