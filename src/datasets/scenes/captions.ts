/**
 * COCO-like captions of a scene, each with the facts it states. A caption is a draw from a small grammar; what it
 * claims is collected while it is said, so text and facts cannot part. Three of the paper's word categories are
 * nouns, colours and numbers; the fourth, verbs, are the relations and what an object is doing.
 */
import { withArticle } from '../../articles.ts';
import type { Random } from '../../random.ts';
import { MAX_TEXT_TOKENS } from '../../text-lengths.ts';
import type { Cast } from './layout.ts';
import {
  COLOUR_WORDS,
  COUNTS,
  FLAT,
  GENERAL_NOUNS,
  ONE,
  OPENINGS,
  PRAISE,
  relationWords,
  say,
  USUAL_OPENINGS,
  verbs,
} from './lexicon.ts';
import { AIRBORNE_BOTTOM } from './relations.ts';
import type { Caption, Facts, Scene, SceneGroup, SceneRelation, Style } from './scene.ts';
import { USUAL_STYLE, usualColour, usualPlace } from './usual.ts';

/** Those of a text, without [CLS] and [SEP]. */
const MAX_CAPTION_TOKENS = MAX_TEXT_TOKENS - 2;

/** How many tokens a text of known words has. */
const countTokens = (text: string): number => text.match(/[a-z]+|[0-9]+|[^\sa-z0-9]/g)?.length ?? 0;

/** True when this group hangs in the air there. */
function isAloft(cast: Cast, scene: Scene, group: SceneGroup): boolean {
  const item = cast.classes[group.classId]!;
  return (
    item.flies !== undefined &&
    group.members.every((i) => scene.objects[i]!.y + scene.objects[i]!.size <= AIRBORNE_BOTTOM)
  );
}

/** Null in a world of one style, where there is nothing to tell. */
const styleOf = ({ preset }: Cast, scene: Scene): Style | null =>
  preset.styles.length > 1 ? scene.objects[0]!.style : null;

/** One caption in the making. */
class Speaker {
  readonly facts: Facts = { objects: [], background: null };
  private readonly cast: Cast;
  private readonly scene: Scene;
  private readonly random: Random;
  /** Where each group went in facts.objects. */
  private readonly said = new Map<number, number>();
  /** What the caption begins with where it begins with things. */
  private first = '';

  constructor(cast: Cast, scene: Scene, random: Random) {
    this.cast = cast;
    this.scene = scene;
    this.random = random;
  }

  /** 'a red car', 'two dogs', 'a person'. */
  noun(index: number): string {
    const said = this.describe(index);
    this.first ||= said;
    return said;
  }

  private describe(index: number): string {
    const { cast, scene, random } = this;
    const group = scene.groups[index]!;
    const item = cast.classes[group.classId]!;
    const count = group.members.length;
    const others = scene.groups.filter((_, i) => i !== index);

    const general = GENERAL_NOUNS.filter(
      ({ classes }) =>
        classes.includes(item.name) &&
        others.every((other) => !classes.includes(cast.classes[other.classId]!.name)),
    );
    let words: string;
    let anyOf: number[] | undefined;
    if (general.length > 0 && random.chance(0.06)) {
      const noun = general[random.weighted(general.map(({ weight }) => weight))]!;
      words = count === 1 ? noun.singular : noun.plural;
      anyOf = noun.classes
        .map((name) => cast.classes.findIndex((c) => c.name === name))
        .filter((id) => id >= 0);
    } else {
      const noun = item.nouns[random.weighted(item.nouns.map(([, , weight]) => weight ?? 1))]!;
      words = count === 1 ? noun[0] : noun[1];
    }

    // Without its colour a count would be wrong where the same thing is there in another colour too.
    const needed = others.some((other) => other.classId === group.classId);
    const usual = cast.colours[group.colourId] === usualColour(item);
    const named = group.colourId > 0 && (needed || random.chance(usual ? 0.6 : 0.97));
    if (named) words = `${say(COLOUR_WORDS[cast.colours[group.colourId]!]!, random)} ${words}`;
    if (random.chance(0.04)) words = `${say(PRAISE, random)} ${words}`;

    const fact: Facts['objects'][number] = {
      classId: group.classId,
      colourId: named ? group.colourId : null,
      count,
    };
    if (anyOf) fact.anyOf = anyOf;
    this.said.set(index, this.facts.objects.push(fact) - 1);
    if (count > 1) return `${say(COUNTS[count]!, random)} ${words}`;
    const one = say(ONE, random);
    return one === 'a' ? withArticle(words) : `${one} ${words}`;
  }

  /** 'on grass', 'over the sea': said of the first group. */
  place(index: number): string {
    const background = this.cast.backgrounds[this.scene.background]!;
    this.facts.background = this.scene.background;
    const aloft = isAloft(this.cast, this.scene, this.scene.groups[index]!);
    return say(aloft ? background.over : background.on, this.random);
  }

  /** 'standing', 'is flying' or nothing. */
  verb(index: number, silence: number, auxiliary = 0.12): string {
    const { cast, scene, random } = this;
    if (random.chance(silence)) return '';
    const group = scene.groups[index]!;
    const { support, name } = cast.backgrounds[scene.background]!;
    const item = cast.classes[group.classId]!;
    const verb = say(verbs(item, isAloft(cast, scene, group), support, name), random);
    return random.chance(auxiliary) ? `${group.members.length === 1 ? 'is' : 'are'} ${verb}` : verb;
  }

  relation({ subject, relation, object }: SceneRelation): string {
    this.facts.relation = { subject: this.said.get(subject)!, relation, object: this.said.get(object)! };
    const item = this.cast.classes[this.scene.groups[subject]!.classId]!;
    return say(relationWords(relation, item), this.random);
  }

  opening(): string {
    const style = styleOf(this.cast, this.scene);
    if (style === null) return say(OPENINGS, this.random);
    this.facts.style = style;
    return say(style === USUAL_STYLE ? USUAL_OPENINGS : FLAT.openings, this.random);
  }

  /** The text with the style, where it is another than one expects and not yet said. */
  inStyle(text: string): string {
    const style = styleOf(this.cast, this.scene);
    if (style === null || style === USUAL_STYLE || this.facts.style) return text;
    this.facts.style = style;
    const opens = text.startsWith(this.first) && this.random.chance(0.7);
    return opens ? `${say(FLAT.openings, this.random)} ${text}` : `${text} ${say(FLAT.endings, this.random)}`;
  }

  /** How readily a caption leaves the place out, times this: of a thing where it usually is, more readily. */
  unsaid(): number {
    const { cast, scene } = this;
    const item = cast.classes[scene.groups[0]!.classId]!;
    return cast.backgrounds[scene.background]!.name === usualPlace(item) ? 5 : 0.2;
  }

  /** From left to right, as most people tell it: a list says nothing else of who stands where. */
  inOrder(groups: readonly number[]): number[] {
    const { scene, random } = this;
    if (random.chance(0.12)) return random.shuffle([...groups]);
    const column = (group: number): number => {
      const members = scene.groups[group]!.members;
      return members.reduce((sum, i) => sum + scene.objects[i]!.x, 0) / members.length;
    };
    return [...groups].sort((a, b) => column(a) - column(b));
  }

  there(index: number): string {
    return this.scene.groups[index]!.members.length === 1 ? 'there is' : 'there are';
  }
}

function aboutOne(speaker: Speaker, random: Random): string[] {
  const noun = speaker.noun(0);
  switch (random.weighted([5, 2, 1, 1.5, 0.5, 0.6 * speaker.unsaid()])) {
    case 0:
      return [noun, speaker.verb(0, 0), speaker.place(0)];
    case 1:
      return [noun, speaker.place(0)];
    case 2:
      return [speaker.there(0), noun, speaker.place(0)];
    case 3:
      return [speaker.opening(), noun, speaker.verb(0, 0.5, 0), speaker.place(0)];
    case 4:
      return [speaker.place(0), speaker.there(0), noun];
    default:
      return [noun];
  }
}

/** Riding and sitting say more than above; of the others any. */
const RELATION_WEIGHTS: Readonly<Record<SceneRelation['relation'], number>> = {
  'left of': 1,
  'right of': 1,
  above: 1,
  below: 1,
  'next to': 1.6,
  riding: 10,
  'sitting on': 10,
  'flying over': 2,
};

/** 'A next to B' is true of 'B next to A' too; people begin on the left. */
const FROM_THE_RIGHT = 0.12;

function drawRelation(scene: Scene, random: Random): SceneRelation | null {
  if (scene.relations.length === 0) return null;
  const weights = scene.relations.map(({ subject, relation, object }) => {
    const backwards =
      relation === 'next to' &&
      scene.relations.some((r) => r.relation === 'right of' && r.subject === subject && r.object === object);
    return RELATION_WEIGHTS[relation] * (backwards ? FROM_THE_RIGHT : 1);
  });
  return scene.relations[random.weighted(weights)]!;
}

function aboutTwo(scene: Scene, speaker: Speaker, random: Random): string[] {
  const fact = drawRelation(scene, random);
  // Riders and sitters need their verb: 'a man and a horse' would be the wrong picture.
  const bound = fact?.relation === 'riding' || fact?.relation === 'sitting on';
  // What stands over or under something is told as such: a list is read from left to right.
  const upright = scene.relations.some(({ relation }) => relation === 'above');
  if (!fact || (!bound && random.chance(upright ? 0.03 : 0.25))) {
    const [a, b] = speaker.inOrder([0, 1]) as [number, number];
    const first = speaker.noun(a);
    const joined = [first, random.chance(0.75) ? 'and' : 'with', speaker.noun(b)];
    switch (random.weighted([3, 1, 1, 0.5 * speaker.unsaid()])) {
      case 0:
        return [...joined, speaker.place(a)];
      case 1:
        return [speaker.there(a), ...joined, speaker.place(a)];
      case 2:
        return [speaker.opening(), ...joined, speaker.place(a)];
      default:
        return joined;
    }
  }

  const subject = speaker.noun(fact.subject);
  const object = speaker.noun(fact.object);
  const sided = fact.relation === 'left of' || fact.relation === 'right of';
  if (sided && random.chance(0.18)) {
    const [here, there] = fact.relation === 'left of' ? ['left', 'right'] : ['right', 'left'];
    speaker.relation(fact);
    const sides = [subject, `on the ${here} and`, object, `on the ${there}`];
    return random.chance(1 - 0.1 * speaker.unsaid()) ? [...sides, speaker.place(fact.subject)] : sides;
  }
  const related = [speaker.relation(fact), object];
  // A verb of its own beside 'riding', 'sitting on' or 'flying over' would be one too many.
  const silent = bound || fact.relation === 'flying over';
  const unsaid = 0.6 * speaker.unsaid();
  switch (random.weighted(silent ? [0, 3, 0, unsaid, 0.8, 0.8] : [3, 2, 2.5, unsaid, 0.8, 0.8])) {
    case 0:
      return [subject, speaker.verb(fact.subject, 0.1), speaker.place(fact.subject), ...related];
    case 1:
      return [subject, ...related, speaker.place(silent ? fact.object : fact.subject)];
    case 2:
      return [subject, speaker.verb(fact.subject, 0), ...related, speaker.place(fact.subject)];
    case 3:
      return [subject, ...related];
    case 4:
      return [
        speaker.there(fact.subject),
        subject,
        ...related,
        speaker.place(silent ? fact.object : fact.subject),
      ];
    default:
      return [speaker.opening(), subject, ...related, speaker.place(silent ? fact.object : fact.subject)];
  }
}

function aboutThree(scene: Scene, speaker: Speaker, random: Random): string[] {
  const fact = drawRelation(scene, random);
  if (fact && random.chance(0.45)) {
    const third = [0, 1, 2].find((i) => i !== fact.subject && i !== fact.object)!;
    const subject = speaker.noun(fact.subject);
    const object = speaker.noun(fact.object);
    const related = [subject, speaker.relation(fact), object];
    const place = random.chance(1 - 0.1 * speaker.unsaid()) ? speaker.place(fact.object) : '';
    return random.chance(0.6)
      ? [...related, place, 'with', speaker.noun(third)]
      : [...related, 'and', speaker.noun(third), place];
  }
  const [a, b, c] = speaker.inOrder([0, 1, 2]) as [number, number, number];
  const list = [`${speaker.noun(a)},`, speaker.noun(b), 'and', speaker.noun(c)];
  switch (random.weighted([4, 1, 0.5 * speaker.unsaid()])) {
    case 0:
      return [...list, speaker.place(c)];
    case 1:
      return [speaker.opening(), ...list, speaker.place(c)];
    default:
      return list;
  }
}

function sayOnce(cast: Cast, scene: Scene, random: Random): Caption {
  const speaker = new Speaker(cast, scene, random);
  const parts =
    scene.groups.length === 1
      ? aboutOne(speaker, random)
      : scene.groups.length === 2
        ? aboutTwo(scene, speaker, random)
        : aboutThree(scene, speaker, random);
  const text = speaker.inStyle(parts.filter((part) => part !== '').join(' '));
  return { text: random.chance(0.2) ? `${text}.` : text, facts: speaker.facts };
}

/** `count` different captions; fewer when the scene does not have that many ways to be told. */
export function captionScene(cast: Cast, scene: Scene, random: Random, count: number): Caption[] {
  const captions = new Map<string, Caption>();
  for (let tries = 0; captions.size < count && tries < 20 * count; tries++) {
    const caption = sayOnce(cast, scene, random);
    if (countTokens(caption.text) <= MAX_CAPTION_TOKENS) captions.set(caption.text, caption);
  }
  return [...captions.values()];
}
