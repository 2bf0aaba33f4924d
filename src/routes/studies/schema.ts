import Type from 'typebox';
import { NAME, NamedEnum, nullable } from '../../plugins/schema-names.ts';
import { EXPECTED } from '../../plugins/validation.ts';
import { LARGEST_SEED } from '../../random.ts';
import { STUDY_KINDS } from '../../studies/plan-items.ts';
import { HUMMUS_CATEGORIES } from '../../studies/results.ts';
import { Sampler } from '../generate-image/schema.ts';

const Time = Type.String({ format: 'date-time' });
const MOST_CAPTIONS = 5000;
export const LONGEST_CSV = 8_000_000;

const Kind = NamedEnum('StudyKind', STUDY_KINDS, {
  description:
    '`hummus`: a word of the caption is hidden, and people say which it is. `semantic`: which of two pictures fits the ' +
    'caption. `fidelity`: which of two looks more real, without a caption.',
  [EXPECTED]: `one of ${STUDY_KINDS.join(', ')}`,
});

const Caption = Type.String({ minLength: 1, maxLength: 1000, pattern: '\\S' });

const Source = Type.Object(
  {
    model: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, description: 'A hosted model paints the captions.' }),
    ),
    sampler: Type.Optional(Sampler),
    original: Type.Optional(
      Type.Literal(true, { description: 'The pictures that the captions were written of, in the data set.' }),
    ),
    folder: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
        maxLength: 100,
        description: 'In DATA_DIR/pictures: a picture of each caption, in the order of their names.',
        [EXPECTED]: 'the name of a folder in DATA_DIR/pictures',
      }),
    ),
  },
  {
    additionalProperties: false,
    [NAME]: 'StudySource',
    description: 'One of `model`, `original` and `folder`.',
  },
);

const count = (maximum: number, fallback: number | undefined, description: string) =>
  Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum,
      ...(fallback !== undefined && { default: fallback }),
      description,
      [EXPECTED]: `a whole number from 1 to ${maximum}`,
    }),
  );

export const StudyBody = Type.Object(
  {
    kind: Kind,
    title: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: 'What people read above the questions.' }),
    ),
    captions: Type.Optional(
      Type.Array(Caption, {
        minItems: 1,
        maxItems: MOST_CAPTIONS,
        description: 'Give these, or a data set to draw them from.',
        [EXPECTED]: `1 to ${MOST_CAPTIONS} texts that are not blank`,
      }),
    ),
    dataset: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: '`scenes`, or a directory: captions of pictures that are not trained on.',
      }),
    ),
    count: count(MOST_CAPTIONS, 30, 'Captions that are drawn.'),
    sources: Type.Array(Source, {
      minItems: 1,
      maxItems: 8,
      description: 'Whose pictures. Of a preference two; of `hummus` each has a score of its own.',
    }),
    categories: Type.Optional(
      Type.Array(NamedEnum('HummusCategory', HUMMUS_CATEGORIES, { [EXPECTED]: 'noun, verb or color' }), {
        minItems: 1,
        maxItems: 3,
        description: 'Of `hummus`: the words that are hidden. Default: all three.',
      }),
    ),
    per_category: count(MOST_CAPTIONS, 100, 'Of `hummus`: most captions of a category.'),
    annotators: count(1000, 5, 'Answers that every item gets, each of another person.'),
    per_person: count(MOST_CAPTIONS, 50, 'Most items that one person is given.'),
    invitations: count(
      1000,
      undefined,
      'So many people get a link of their own, and nobody else takes part. Left out: everybody who has the link does.',
    ),
    seed: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: LARGEST_SEED,
        default: 0,
        [EXPECTED]: `a whole number from 0 to ${LARGEST_SEED}`,
      }),
    ),
  },
  {
    additionalProperties: false,
    [NAME]: 'StudyRequest',
    examples: [
      {
        kind: 'semantic',
        title: 'Which picture fits?',
        captions: ['a red car on a road', 'two dogs in the snow'],
        sources: [
          { model: 'x-lxmert-scenes' },
          { model: 'x-lxmert-scenes', sampler: { strategy: 'parallel' } },
        ],
        annotators: 3,
      },
    ],
  },
);

export const Study = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('study'),
    kind: Kind,
    title: Type.String(),
    status: NamedEnum('StudyStatus', ['preparing', 'open', 'complete', 'failed'], {
      description: '`preparing`: its pictures are being made. `complete`: every item has all its answers.',
    }),
    reason: nullable(Type.String({ description: 'Why it failed.' })),
    created_at: Time,
    url: Type.String({ description: 'Where people answer.' }),
    sources: Type.Array(Type.String()),
    items: Type.Integer(),
    annotators: Type.Integer({ description: 'Answers that every item gets.' }),
    per_person: Type.Integer(),
    invited: Type.Boolean({ description: 'People take part by links of their own alone.' }),
    pictures: Type.Object({ made: Type.Integer(), total: Type.Integer() }),
    answers: Type.Object({ given: Type.Integer(), total: Type.Integer() }),
    people: Type.Integer({ description: 'Who gave an answer.' }),
    request: Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      additionalProperties: true,
      description: 'What it was made of: its captions, and whose pictures.',
      // Generators would name it after where it stands: StudyRequest, which is the body.
      [NAME]: 'StudyRecord',
    }),
  },
  { $id: 'Study' },
);

export const NewStudy = Type.Object(
  {
    study: Type.Unsafe<Type.Static<typeof Study>>({ $ref: 'Study#' }),
    invitations: Type.Array(Type.String(), {
      description: 'A link for each person. They are not told again.',
    }),
  },
  { $id: 'NewStudy' },
);

const Share = Type.Object(
  {
    count: Type.Integer(),
    total: Type.Integer(),
    share: nullable(Type.Number()),
    interval: nullable(Type.Array(Type.Number(), { description: "Wilson's, of 95 %." })),
  },
  { [NAME]: 'Share' },
);
const Agreement = nullable(
  Type.Number({ description: "Krippendorff's alpha: 1 where all agree, 0 where they do by chance." }),
);

export const StudyResults = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('study.results'),
    kind: Kind,
    answers: Type.Integer(),
    hummus: Type.Optional(
      Type.Array(
        Type.Object({
          source: Type.String(),
          score: Share,
          categories: Type.Record(Type.String(), Share),
          mean: nullable(Type.Number({ description: 'Over the categories, as in the paper.' })),
          agreement: Agreement,
        }),
        { description: 'Items of which most people gave the hidden word, by source.' },
      ),
    ),
    preference: Type.Optional(
      Type.Object({
        first: Type.String(),
        second: Type.String(),
        shares: Type.Object({ first: Share, second: Share, tie: Share }),
        items: Type.Object({
          first: Type.Integer(),
          second: Type.Integer(),
          tie: Type.Integer(),
          undecided: Type.Integer(),
        }),
        agreement: Agreement,
      }),
    ),
  },
  { $id: 'StudyResults' },
);

export const ImportBody = Type.Object(
  {
    csv: Type.String({
      minLength: 1,
      maxLength: LONGEST_CSV,
      description:
        'The results of a batch as Mechanical Turk gives them: `WorkerId`, `Input.item`, and `Answer.word` or ' +
        '`Answer.choice` (left, right, tie).',
      [EXPECTED]: `a CSV file of at most ${LONGEST_CSV} characters`,
    }),
  },
  { additionalProperties: false, [NAME]: 'StudyAnswersImport' },
);

export const Imported = Type.Object(
  {
    object: Type.Literal('study.import'),
    added: Type.Integer(),
    known: Type.Integer({ description: 'Given before: an answer of one person to an item counts once.' }),
  },
  { $id: 'StudyImport' },
);

const id = Type.String({
  maxLength: 100,
  description: 'The id of a study, or `latest`.',
  examples: ['latest'],
  [EXPECTED]: 'the id of a study, or "latest"',
});
export const StudyParams = Type.Object({ id });
/** Without an example, which Swagger UI would fill in: whoever changes a study names it. */
export const ChangedStudyParams = Type.Object({
  id: Type.String({
    maxLength: 100,
    pattern: '^(?!latest$)',
    description: 'The id of a study.',
    [EXPECTED]: 'the id of a study; "latest" is for reading alone',
  }),
});
