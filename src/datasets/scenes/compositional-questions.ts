/**
 * GQA-style questions about a scene: each takes more than one look (find a thing, follow a relation, compare, join
 * with and or or). Types are GQA's structural ones. Balanced as the questions of VQA are.
 */
import { withArticle } from '../../articles.ts';
import type { Random } from '../../random.ts';
import type { Cast } from './layout.ts';
import { RELATION_WORDS } from './lexicon.ts';
import { askAboutRelation, countClass, otherColour, paintedGroups, relationsOfSingles } from './questions.ts';
import type { Question, Scene, SceneGroup, StructuralType } from './scene.ts';

type Ask = (type: StructuralType, question: string, answer: string) => void;

/** Share of the pairs in two colours that are compared: six colours agree one time in six. */
const COMPARED_SHARE = 0.2;

export function askCompositionally(cast: Cast, scene: Scene, random: Random): Question<StructuralType>[] {
  const questions: Question<StructuralType>[] = [];
  const ask: Ask = (type, question, answer) => questions.push({ question, answer, type });
  askThroughRelation(cast, scene, random, ask);
  askAboutRelation(cast, scene, random, (_, question, answer) => {
    ask(/ or /.test(question) ? 'choose' : 'verify', question, answer);
  });
  askToChooseColour(cast, scene, random, ask);
  askLogically(cast, scene, random, ask);
  askToCompare(cast, scene, random, ask);
  return questions;
}

const nameOf = ({ classes }: Cast, group: SceneGroup): string => classes[group.classId]!.name;

/** 'what color is the car next to the dog?', 'is the car next to the dog red?', 'what is above the red car?' */
function askThroughRelation(cast: Cast, scene: Scene, random: Random, ask: Ask): void {
  const related = relationsOfSingles(scene);
  if (related.length === 0) return;
  const { subject, relation, object } = random.pick(related);
  const [a, b] = [scene.groups[subject]!, scene.groups[object]!];
  const wording = RELATION_WORDS[relation][0]![0];
  const [described, other] = [`the ${nameOf(cast, a)} ${wording} the ${nameOf(cast, b)}`, b];
  if (a.colourId > 0) {
    const colour = cast.colours[a.colourId]!;
    if (random.chance(0.5)) ask('query', `what color is ${described}?`, colour);
    else {
      const claimed = random.chance(0.5) ? a.colourId : otherColour(cast, a.colourId, random);
      ask('verify', `is ${described} ${cast.colours[claimed]}?`, claimed === a.colourId ? 'yes' : 'no');
    }
  }
  const rivals = scene.relations.filter((one) => one.object === object && one.relation === relation);
  if (rivals.length === 1) {
    const colour = other.colourId > 0 ? `${cast.colours[other.colourId]} ` : '';
    ask('query', `what is ${wording} the ${colour}${nameOf(cast, other)}?`, nameOf(cast, a));
  }
}

/** 'is the car red or blue?' */
function askToChooseColour(cast: Cast, scene: Scene, random: Random, ask: Ask): void {
  const painted = paintedGroups(scene);
  if (painted.length === 0) return;
  const group = random.pick(painted);
  const item = cast.classes[group.classId]!;
  const subject = group.members.length > 1 ? `are the ${item.nouns[0]![1]}` : `is the ${item.name}`;
  const pair = [group.colourId, otherColour(cast, group.colourId, random)];
  const [first, second] = random.chance(0.5) ? pair : pair.reverse();
  ask(
    'choose',
    `${subject} ${cast.colours[first!]} or ${cast.colours[second!]}?`,
    cast.colours[group.colourId]!,
  );
}

/** 'is there a dog and a cat?', 'is there a dog or a cat?': of what is there and what is not. */
function askLogically(cast: Cast, scene: Scene, random: Random, ask: Ask): void {
  const present = [...new Set(scene.objects.map(({ classId }) => classId))];
  const absent = (): number => {
    for (;;) {
      const classId = random.int(cast.classes.length);
      if (countClass(scene, classId) === 0) return classId;
    }
  };
  const holds = random.chance(0.5);
  // A scene with one kind of thing can have no 'and' that is true: there it would always be no.
  const and = present.length > 1 && random.chance(0.5);
  const here = random.shuffle(present);
  let pair: [number, number];
  if (and) pair = holds ? [here[0]!, here[1]!] : [here[0]!, absent()];
  else {
    const missing = absent();
    let other = holds ? here[0]! : absent();
    while (other === missing) other = absent();
    pair = [other, missing];
  }
  if (random.chance(0.5)) pair.reverse();
  const [first, second] = pair.map((classId) => {
    const { name } = cast.classes[classId]!;
    return withArticle(name);
  });
  ask('logical', `is there ${first} ${and ? 'and' : 'or'} ${second}?`, holds ? 'yes' : 'no');
}

/** 'are the car and the boat the same color?' */
function askToCompare(cast: Cast, scene: Scene, random: Random, ask: Ask): void {
  const single = paintedGroups(scene).filter(({ members }) => members.length === 1);
  if (single.length < 2) return;
  const [a, b] = random.shuffle(single) as [SceneGroup, SceneGroup];
  const same = a.colourId === b.colourId;
  if (!same && !random.chance(COMPARED_SHARE)) return;
  ask(
    'compare',
    `are the ${nameOf(cast, a)} and the ${nameOf(cast, b)} the same color?`,
    same ? 'yes' : 'no',
  );
}
