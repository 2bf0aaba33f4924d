/**
 * Questions, statements and the exact grid features of what they are about. Every batch is a pure function of the
 * seed and the step.
 *
 * B batch, T text tokens, V cells, F visual feature, A answers.
 */
import type { ScenePair, Split, StatementSource, World } from '../datasets/scenes/index.ts';
import type { InputSpec } from '../engines/engine.ts';
import type { FinetunedModelConfig } from '../models/family.ts';
import type { AnswerHead } from '../models/lxmert/index.ts';
import { createRandom, type Random } from '../random.ts';
import { float32, type HostTensors, int32 } from '../tensor.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { TOKENS } from './pretraining-data.ts';
import type { SceneFeatures } from './scene-features.ts';
import { CELLS } from './scene-images.ts';

/** A text, what it is about, and the answer's place among the logits. */
export interface Example {
  text: string;
  /** Indices of the scenes in their split: one, or left and right. */
  scenes: readonly number[];
  label: number;
  type: string;
}

export interface ExampleSource {
  /** One draw, decided by `random` alone. NLVR2 gives a statement's two pairs, the others one question. */
  draw(random: Random): Example[];
  /** For validation: every question of a scene, or the two pairs of a statement. */
  all(index: number): Example[];
}

/** Questions about the first `scenes` scenes of a split: VQA's, or GQA's of more than one step. */
export function questionSource(
  world: World,
  head: Exclude<AnswerHead, 'nlvr2'>,
  answers: readonly string[],
  split: Split,
  scenes: number,
): ExampleSource {
  const placeOf = new Map(answers.map((answer, i) => [answer, i]));
  const ask = (index: number, random: Random): Example[] => {
    const scene = world.scene(split, index);
    const questions =
      head === 'gqa' ? world.compositionalQuestions(scene, random) : world.questions(scene, random);
    return questions.map(({ question, answer, type }) => {
      const label = placeOf.get(answer);
      if (label === undefined) throw new Error(`"${answer}" is not among the model's answers`);
      return { text: question, scenes: [index], label, type };
    });
  };
  return {
    draw(random) {
      for (;;) {
        const examples = ask(random.int(scenes), random);
        if (examples.length > 0) return [random.pick(examples)];
      }
    },
    all: (index) => ask(index, createRandom(`${split}/questions/${index}`)),
  };
}

/** Statements about pairs of a split's scenes, each with the pair it is true of and the pair it is false of. */
export function statementExamples(statements: StatementSource, split: Split): ExampleSource {
  const draw = (random: Random): Example[] => {
    const { statement: text, type, whenTrue, whenFalse } = statements.contrast(random);
    const example = ({ left, right }: ScenePair, label: number): Example => ({
      text,
      scenes: [left.index, right.index],
      label,
      type,
    });
    return [example(whenTrue, 1), example(whenFalse, 0)];
  };
  return { draw, all: (index) => draw(createRandom(`${split}/statement/${index}`)) };
}

/** How to make a batch for a model out of examples. */
export interface BatchMaker {
  inputs: Record<string, InputSpec>;
  /** Rows that are not filled repeat the first. */
  fill(examples: readonly Example[]): HostTensors;
}

/**
 * @param features undefined: the picture is removed, every feature is 0. What a model makes of that it makes of the
 *   words alone.
 */
export function batchMaker(
  config: FinetunedModelConfig,
  tokenizer: Tokenizer,
  features: SceneFeatures | undefined,
  B: number,
): BatchMaker {
  const { head, num_answers: A, visual_feat_dim: F } = config;
  const pictures = head === 'nlvr2' ? 2 : 1;
  const visual = head === 'nlvr2' ? [B, 2, CELLS, F] : [B, CELLS, F];
  return {
    inputs: {
      input_ids: { dtype: 'int32', shape: [B, TOKENS] },
      visual_feats: { dtype: 'float32', shape: visual },
      labels: { dtype: 'int32', shape: [B] },
      ...(head === 'vqa' && { targets: { dtype: 'float32', shape: [B, A] } as const }),
    },
    fill(examples) {
      const ids = new Int32Array(B * TOKENS);
      const seen = new Float32Array(B * pictures * CELLS * F);
      const labels = new Int32Array(B);
      const targets = new Float32Array(B * A);
      for (let row = 0; row < B; row++) {
        const { text, scenes, label } = examples[row] ?? examples[0]!;
        ids.set(tokenizer.encode(text, TOKENS).ids, row * TOKENS);
        for (const [i, index] of scenes.entries())
          features?.read(index, seen, (row * pictures + i) * CELLS * F);
        labels[row] = label;
        // The scenes' questions have one right answer each: its soft score is 1.
        targets[row * A + label] = 1;
      }
      return {
        input_ids: int32(ids, [B, TOKENS]),
        visual_feats: float32(seen, visual),
        labels: int32(labels, [B]),
        ...(head === 'vqa' && { targets: float32(targets, [B, A]) }),
      };
    },
  };
}

/** B examples of a step. NLVR2's come in twos; an odd batch leaves the last one's other half out. */
export function drawExamples(source: ExampleSource, key: string, B: number): Example[] {
  const random = createRandom(key);
  const examples: Example[] = [];
  while (examples.length < B) examples.push(...source.draw(random));
  return examples.slice(0, B);
}
