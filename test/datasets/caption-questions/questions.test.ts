import { describe, expect, it } from 'vitest';
import { askCaption } from '../../../src/datasets/caption-questions/ask.ts';
import { questionsFromCaptions } from '../../../src/datasets/caption-questions/index.ts';
import { learnNouns, nounPhrases, wordsOf } from '../../../src/datasets/caption-questions/noun-phrases.ts';

const NOUNS = new Set(
  (
    'dog dogs ball man woman table cat bench grass beach tennis racket horse horses coat street shirt people sign bus ' +
    'mountain giraffe jump'
  ).split(' '),
);
const asked = (caption: string): string[] =>
  askCaption(wordsOf(caption), NOUNS).map(({ question, answers }) => `${question} ${answers.join(', ')}`);

describe('learnNouns', () => {
  it('takes words that stand alone behind a determiner, of whatever the captions are', () => {
    const captions = [
      ...Array(5).fill('A zorp sits on the blick .'),
      ...Array(5).fill('A red zorp is running'),
      ...Array(5).fill('The small blick and two zorps , one jumps'),
      ...Array(5).fill('the other reads while jumping , reading'),
    ].map(wordsOf);
    const nouns = learnNouns(captions);
    expect([...nouns].sort()).toEqual(['blick', 'zorp', 'zorps']);
    const [first, second] = nounPhrases(wordsOf('two happy red zorps on a blick'), nouns);
    expect(first).toMatchObject({ opening: 'two', modifiers: ['happy', 'red'], nouns: ['zorps'] });
    expect(second).toMatchObject({ opening: 'a', modifiers: [], nouns: ['blick'] });
  });
});

describe('a caption', () => {
  it.each([
    [
      'A black dog is chasing a red ball.',
      ['What color is the dog? black', 'What color is the ball? red', 'What is the dog chasing? ball'],
    ],
    [
      'A black and white cat sits on a bench',
      [
        'What color is the cat? black and white',
        'What is sitting on the bench? cat',
        'Where is the cat? bench',
      ],
    ],
    ['A man holds a tennis racket', ['What is the man holding? tennis racket, racket']],
    ['Two horses on the beach', ['How many horses are there? 2', 'Where are the horses? beach']],
    ['One dog on the grass', ['How many dogs are there? 1', 'Where is the dog? grass']],
    ['A picture of a giraffe standing near a bus', ['What is standing near the bus? giraffe']],
    ['a grey coat on a table', ['What color is the coat? gray', 'Where is the coat? table']],
  ])('%s', (caption, questions) => expect(asked(caption)).toEqual(questions));

  it.each([
    ['the colour of people', 'A black man on a bench', 'color'],
    ['the colour of one of two', 'A black dog and a white dog run', 'color'],
    ['a colour that is another', 'A light blue bus', 'color'],
    ['a number of some', 'Two dogs chase another dog', 'How many'],
    ['one of several', 'One dog jumps over the other', 'How many'],
    ['what a part of the subject does', 'A man wearing a coat rides a horse', 'coat riding'],
    ['what one of two does', 'A man and a woman sitting on a bench', 'Who'],
    ['of a phrase that was cut off', 'A snowy mountain range on the beach', 'mountain'],
    ['a verb that looks like a noun', 'Two dogs jump on the grass', 'jump'],
  ])('does not ask %s', (_, caption, wrong) => {
    expect(asked(caption).join('\n')).not.toContain(wrong);
  });
});

describe('questionsFromCaptions', () => {
  const picture = (name: string, ...captions: string[]) => ({ picture: name, captions });
  const many = (count: number, name: string, ...captions: string[]) =>
    Array.from({ length: count }, (_, i) => picture(`${name}${i}`, ...captions));
  const train = [
    ...many(40, 'black', 'A black dog on the grass .', 'The dog is in the grass'),
    ...many(10, 'white', 'A white dog on the grass .', 'a dog on a bench'),
    ...many(4, 'pink', 'A pink dog on a bench .'),
    ...many(3, 'quarrel', 'A black dog on the grass', 'A brown dog on the grass .'),
  ];
  const validation = [picture('v0', 'A white dog on a bench .'), picture('v1', 'A pink dog on the grass .')];
  const made = () => questionsFromCaptions({ train, validation }, { fewest: 5 });
  const answersTo = (question: string) => made().train.filter((one) => one.question === question);

  it('keeps answers that training has often enough, and what captions agree on', () => {
    const colours = answersTo('What color is the dog?');
    expect(new Set(colours.flatMap(({ answers }) => [...answers.keys()]))).toEqual(
      new Set(['black', 'white']),
    );
    expect(colours.some(({ picture: name }) => name.startsWith('quarrel'))).toBe(false);
    expect(
      made().validation.map(({ picture: name, kind, answers }) => [name, kind, ...answers.keys()]),
    ).toEqual([
      ['v0', 'colour', 'white'],
      ['v0', 'place', 'bench'],
      ['v1', 'place', 'grass'],
    ]);
  });

  it('lets no answer stand out by more than twice the next', () => {
    const counts = new Map<string, number>();
    for (const { answers } of answersTo('What color is the dog?')) {
      const [best] = answers.keys();
      counts.set(best!, (counts.get(best!) ?? 0) + 1);
    }
    expect(Object.fromEntries(counts)).toEqual({ black: 20, white: 10 });
  });

  it('takes what several captions say for right, by how many say it', () => {
    const [first] = answersTo('Where is the dog?').filter(({ picture: name }) => name.startsWith('white'));
    expect([...first!.answers]).toEqual([
      ['grass', 1],
      ['bench', 1],
    ]);
    expect(made()).toEqual(made());
  });

  it('asks as often for what is named as for what is not, and denies nothing that may be there', () => {
    const puppies = many(30, 'puppy', 'A puppy on a rug', 'A small dog on a rug');
    const snow = many(30, 'snow', 'A man in the snow', 'The man jumps in snow');
    const asked = questionsFromCaptions({ train: [...puppies, ...snow], validation: [] }, { fewest: 5 });
    const presence = asked.train.filter(({ kind }) => kind === 'presence');
    const answers = (question: string, name: string) =>
      presence
        .filter((one) => one.question === question && one.picture.startsWith(name))
        .map((one) => [...one.answers.keys()].join());
    const questions = new Set(presence.map(({ question }) => question));
    expect([...questions].sort()).toEqual(
      ['a dog', 'a man', 'a puppy', 'a rug', 'snow'].map((thing) => `Is there ${thing} in the image?`),
    );
    for (const question of questions) {
      const [yes, no] = ['yes', 'no'].map((answer) =>
        presence.filter((one) => one.question === question && one.answers.has(answer)),
      );
      expect(yes!.length).toBeGreaterThan(0);
      expect(no!.length).toBe(yes!.length);
    }
    expect(new Set(answers('Is there a dog in the image?', 'puppy'))).toEqual(new Set(['yes']));
    expect(new Set(answers('Is there a dog in the image?', 'snow'))).toEqual(new Set(['no']));
  });

  it('asks in other words too, and for what somebody does', () => {
    const riders = many(8, 'rider', 'A man rides a horse', 'The man is riding a horse');
    const sitters = many(8, 'sitter', 'A man is sitting on a bench', 'A man sitting on the bench');
    // Of so many men few ride, as far as anybody says: what is said of more is not denied of any.
    const men = many(120, 'man', 'A man in the snow');
    const dogs = many(20, 'dog', 'A dog on a rug');
    const asked = questionsFromCaptions(
      { train: [...riders, ...sitters, ...men, ...dogs], validation: [] },
      { fewest: 5 },
    );
    const of = (kind: string) => asked.train.filter((one) => one.kind === kind);
    const balanced = (kind: string) => {
      for (const question of new Set(of(kind).map((one) => one.question))) {
        const said = of(kind).filter((one) => one.question === question);
        const yes = said.filter(({ answers }) => answers.has('yes')).length;
        expect([question, 2 * yes]).toEqual([question, said.length]);
      }
    };
    balanced('naming');
    balanced('action');
    const words = (kind: string) => [...new Set(of(kind).map(({ question }) => question))].sort();
    // Of snow there are not several.
    expect(words('naming')).toEqual(
      [
        ...['Are there any benches?', 'Are there any dogs?', 'Are there any horses?', 'Are there any men?'],
        ...[
          'Are there any rugs?',
          'Is this a bench?',
          'Is this a dog?',
          'Is this a horse?',
          'Is this a man?',
        ],
        ...['Is this a rug?', 'Is this snow?'],
      ].sort(),
    );
    // Nobody is asked for what a dog does: it does nothing, and it is no man.
    expect(words('action')).toEqual(['Is the man riding a horse?', 'Is the man sitting?']);
    for (const { picture: name, question, answers } of of('action'))
      expect(answers.has('yes')).toBe(name.startsWith(question.includes('riding') ? 'rider' : 'sitter'));
    expect(of('action').some(({ picture: name }) => name.startsWith('dog'))).toBe(false);
  });

  it('denies a thing only beside what it is seldom with', () => {
    const both = many(10, 'both', 'A puppy on a rug', 'A dog on a rug');
    const puppies = many(30, 'puppy', 'A puppy on a rug');
    const asked = questionsFromCaptions({ train: [...both, ...puppies], validation: [] }, { fewest: 5 });
    expect(asked.train.filter(({ question }) => question === 'Is there a dog in the image?')).toEqual([]);
  });

  it('uses known answers alone where they are given', () => {
    const known = new Set(['white', 'grass']);
    const { train: some } = questionsFromCaptions({ train, validation }, { fewest: 5, known });
    expect(new Set(some.flatMap(({ answers }) => [...answers.keys()]))).toEqual(known);
  });
});
