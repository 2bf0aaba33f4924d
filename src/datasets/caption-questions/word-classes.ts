/** Words that belong to the language and not to what is shown: the closed classes that the rules stand on. */

const list = (words: string): ReadonlySet<string> =>
  new Set(words.split(/\s+/).filter((word) => word !== ''));

export const DETERMINERS = list('a an the his her their its this that these those some another each');

/** As VQA answers. */
export const NUMBERS: ReadonlyMap<string, string> = new Map(
  'one two three four five six seven eight nine ten'.split(' ').flatMap((word, i): [string, string][] => [
    [word, String(i + 1)],
    [String(i + 1), String(i + 1)],
  ]),
);
/** Say that there are some, and not how many. */
export const QUANTITIES = list('several many few multiple various numerous couple group both');

export const COLOURS = list(
  'red orange yellow green blue purple pink brown black white gray grey tan beige gold silver maroon turquoise',
);
export const SPELLINGS: ReadonlyMap<string, string> = new Map([['grey', 'gray']]);

export const PEOPLE = list(
  `man men woman women boy boys girl girls person people child children kid kids baby babies toddler lady ladies guy
  guys male female player players skier skiers surfer surfers skateboarder skateboarders snowboarder snowboarders
  biker bikers cyclist cyclists rider riders climber climbers hiker hikers swimmer swimmers dancer dancers crowd team
  couple family adult adults teenager teenagers batter pitcher catcher umpire officer policeman soldier soldiers
  mother father son daughter friend friends group groups someone others one worker workers runner runners athlete
  athletes individual individuals teen teens student students`,
);

export const PREPOSITIONS = list(
  `on in at under over near with by through behind beside along across from into onto of to for around above below
  against between inside outside beneath underneath down up off towards toward past during while as upon among atop
  without before after next`,
);

const CONJUNCTIONS = list('and or but that who which whose where when because so than then');
const AUXILIARIES = list(
  'is are was were be being been has have had does do did can will would could there it he she they them him who what',
);
const OTHERS = list(
  'not no very too all just other front back top bottom side left right middle center background foreground',
);
/** After a determiner they are no noun, and what follows them may be one. */
export const ADJECTIVES = list(
  `big small large little young old older tall long short dark light bright wooden metal open empty wet dry new same
  nice beautiful pretty cute busy high low round striped black-and-white several huge tiny different colorful`,
);

/** A noun phrase ends before any of these. */
export const isBoundary = (word: string): boolean =>
  !/^[a-z][a-z'-]*$/.test(word) ||
  PREPOSITIONS.has(word) ||
  CONJUNCTIONS.has(word) ||
  AUXILIARIES.has(word) ||
  DETERMINERS.has(word) ||
  QUANTITIES.has(word) ||
  NUMBERS.has(word);

/** Name a part of the picture and not a thing in it. */
export const isNoThing = (word: string): boolean =>
  OTHERS.has(word) || ADJECTIVES.has(word) || COLOURS.has(word) || AMOUNTS.has(word);
const AMOUNTS = list(
  `bunch lot pair piece pieces set row rows line lot lots kind type picture image photo photograph view scene area
  way day time air distance something thing things end edge corner part camera game object objects item items
  wheeler wheelers slice slices`,
);

/** @param pairs "rides:riding": the participle is found by itself and by the third person */
function verbs(pairs: string): ReadonlyMap<string, string> {
  return new Map(
    pairs.split(/\s+/).flatMap((pair): [string, string][] => {
      const [finite, participle] = pair.split(':') as [string, string];
      return [
        [finite, participle],
        [participle, participle],
      ];
    }),
  );
}

/** Verbs whose object can be asked for: third person → present participle. */
export const ASKED_VERBS = verbs(
  `rides:riding holds:holding eats:eating wears:wearing carries:carrying throws:throwing catches:catching
  chases:chasing pulls:pulling pushes:pushing kicks:kicking hits:hitting reads:reading drinks:drinking
  flies:flying drives:driving paddles:paddling chews:chewing cuts:cutting feeds:feeding plays:playing
  pets:petting hugs:hugging kisses:kissing swings:swinging climbs:climbing watches:watching`,
);

/** Verbs of being somewhere: third person → present participle. */
export const STAYING_VERBS = verbs(
  `sits:sitting stands:standing lies:lying lays:laying rests:resting sleeps:sleeping runs:running walks:walking
  plays:playing jumps:jumping swims:swimming waits:waiting parks:parked grazes:grazing perches:perched
  floats:floating hangs:hanging climbs:climbing slides:sliding surfs:surfing skis:skiing rides:riding`,
);

/** "What is standing on the legs?" */
export const BODY_PARTS = list(
  'leg legs foot feet hand hands arm arms head knee knees belly stomach toes paws side',
);

/** Where something can be. */
export const PLACES = list(
  `beach street road field grass park snow water pool river lake ocean sea kitchen bathroom bedroom room restaurant
  table bed couch sofa bench chair sidewalk forest woods mountain hill hillside cliff rock rocks track court zoo city
  yard garden desert sand boat car bus train airport runway station store market stage wall tree fence building
  house porch dock pier harbor bridge path trail ramp slope ice rink stadium gym desk counter shelf floor ground dirt
  mud lawn meadow crosswalk intersection parking-lot playground classroom office barn cage pen tub bathtub sink toilet
  oven bowl plate box basket bag truck van trampoline sky`,
);
