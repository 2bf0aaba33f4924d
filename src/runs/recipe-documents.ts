/**
 * Recipes as documents show them: all stages in docs/training.md, and in each shipped checkpoint's card the stage that
 * made it. What stands between the marks follows from recipes/*.ts and from nothing else.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { flag, type Recipe, type Stage, stageCommand } from './recipe.ts';
import { loadRecipe, recipeNames } from './recipe-files.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const END = '<!-- end of the recipe -->';
const begin = (name: string) => `<!-- recipe ${name}, written by npm run recipes -->`;
const SECTION = /<!-- recipe ([a-z0-9-]+), written by npm run recipes -->[\s\S]*?<!-- end of the recipe -->/g;

/** The documents as they should be. @returns path → text */
export async function recipeDocuments(): Promise<Map<string, string>> {
  const recipes = new Map<string, Recipe>();
  for (const name of recipeNames()) recipes.set(name, await loadRecipe(name));
  const documents = new Map<string, string>();
  const training = join(ROOT, 'docs/training.md');
  const told = await readFile(training, 'utf8');
  documents.set(
    training,
    told.replace(SECTION, (_, name: string) => section(name, stagesTable(recipes.get(name)!))),
  );
  for (const [name, { stages, imports = [] }] of recipes) {
    const made = [...imports, ...stages].flatMap((one) =>
      one.publish ? [{ ...one, publish: one.publish }] : [],
    );
    for (const stage of made) {
      const card = join(ROOT, 'checkpoints', stage.publish, 'README.md');
      if (!existsSync(card)) continue;
      const own = section(name, cardText(name, stage));
      const text = await readFile(card, 'utf8');
      const marked = text.search(SECTION) >= 0;
      documents.set(
        card,
        marked ? text.replace(SECTION, () => own) : `${text.trimEnd()}\n\n## Recipe\n\n${own}\n`,
      );
    }
  }
  return documents;
}

const section = (name: string, text: string) => `${begin(name)}\n${text}\n${END}`;

function stagesTable({ took, needs, stages, imports = [] }: Recipe): string {
  const rows = [
    ...imports.map(({ why, publish }) => `| | import | ${why} | | \`${publish}\` |`),
    ...stages.map((stage) => {
      const becomes = stage.publish ? `\`${stage.publish}\`` : '';
      return `| \`${stage.name}\` | ${stage.kind} | ${stage.why} | ${stage.minutes ?? ''} | ${becomes} |`;
    }),
  ];
  const facts = [took && `All of it took ${took}.`, needs && `It needs: ${needs}`].filter(Boolean);
  return [
    ...(facts.length > 0 ? [facts.join(' '), ''] : []),
    '| Run | Kind | What it is for | Minutes | Published as |',
    '|---|---|---|---:|---|',
    ...rows,
    '',
    '```sh',
    ...imports.map(({ command }) => command),
    ...stages.flatMap((stage) => [stageCommand(stage), ...publishing(stage, stages)]),
    '```',
  ].join('\n');
}

function publishing(
  { name, publish, kind, lengthPenalty, sampler, weightSteps, publishedWith }: Stage,
  stages: readonly Stage[],
): string[] {
  if (publish === undefined) return [];
  const painter = (stage: Stage) => stage.kind === 'generator' && stage.publish !== undefined;
  const generator = kind === 'pretrain' ? stages.find(painter)?.publish : undefined;
  const beside = { ...(generator !== undefined && { generator }), ...publishedWith };
  const paints = Object.entries(beside).flatMap(([role, path]) => [flag(role), path]);
  const captions = lengthPenalty === undefined ? [] : ['--length-penalty', String(lengthPenalty)];
  const sampled = sampler === undefined ? [] : ['--sampler', sampler];
  const rounded = weightSteps === undefined ? [] : ['--weight-steps', String(weightSteps)];
  const flags = [...paints, ...captions, ...sampled, ...rounded];
  return [['npm run train -- publish --name', name, '--as', publish, ...flags].join(' ')];
}

function cardText(recipe: string, stage: { why: string } & Partial<Stage>): string {
  const where = `[recipes/${recipe}.ts](../../../recipes/${recipe}.ts)`;
  if (stage.name === undefined) return `${stage.why} It is what ${where} begins with.`;
  const took = stage.minutes === undefined ? '' : ` It took ${stage.minutes} minutes.`;
  const rounded =
    stage.weightSteps === undefined
      ? ''
      : ` Its weights are rounded (\`publish --weight-steps ${stage.weightSteps}\`).`;
  const sampled =
    stage.sampler === undefined ? '' : ` It paints by \`${stage.sampler}\` (\`publish --sampler\`).`;
  return (
    `The stage \`${stage.name}\` of ${where}: ${lowerFirst(stage.why)}${took}${rounded}${sampled} With the stages before it:\n\n` +
    `\`\`\`sh\nnpm run train -- --recipe ${recipe}\n\`\`\``
  );
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
