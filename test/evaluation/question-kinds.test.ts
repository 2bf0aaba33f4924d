import { expect, it } from 'vitest';
import { askedKind } from '../../src/evaluation/question-kinds.ts';

it.each([
  ['Is there a dog in the image?', 'yes/no'],
  ['Are these people wearing hats?', 'yes/no'],
  [' does it look cold', 'yes/no'],
  ['Is it red or blue?', 'other'],
  ['Is this color nice?', 'yes/no'],
  ['How many dogs are there?', 'number'],
  ['What number is on the bus?', 'number'],
  ['What color is the bus?', 'colour'],
  ['what colour are the cars', 'colour'],
  ['What is on the table?', 'other'],
  ['Island or mainland?', 'other'],
  ['Where is it?', 'other'],
] as const)('%s %s', (question, kind) => expect(askedKind(question)).toBe(kind));
