/** The README.md of a trained checkpoint. */
import type { RunDescription } from '../training/run/run-directory.ts';
import type { Manifest } from '../zoo/manifest.ts';

function table(headings: [string, string], rows: [string, string][]): string {
  if (rows.length === 0) return '';
  const lines = [headings, ['---', '---'], ...rows].map(([left, right]) => `| ${left} | ${right} |`);
  return `${lines.join('\n')}\n`;
}

const trainingOf = ({ command, seed, commit }: Manifest['trained_by']): string =>
  `\`\`\`\n${command}\n\`\`\`\n\nwith seed ${seed}, code at ${commit}.\n\n`;

export function modelCard(manifest: Manifest, run: RunDescription): string {
  const before = manifest.trained_before ?? [];
  const hyperparameters = Object.entries(run.hyperparameters).map(([name, value]): [string, string] => [
    `\`${name}\``,
    String(value),
  ]);
  const metrics = Object.entries(manifest.metrics).map(([name, value]): [string, string] => [
    name,
    String(Number(value.toPrecision(5))),
  ]);
  const components = Object.entries(run.components).map(([role, { id, revision }]): [string, string] => [
    role,
    `${id} (${revision.slice(0, 12)})`,
  ]);
  return `# ${manifest.name}

A model of the architecture \`${manifest.architecture}\`${run.dataset_revision === undefined ? ', trained by this project for the demo zoo' : ''}.

**Data**: ${manifest.data.description} (${run.dataset_revision === undefined ? 'world ' : ''}\`${manifest.data.name}\`).
**Licence**: ${manifest.licence}.

## How it was trained

\`\`\`
${run.command}
\`\`\`

${before.length > 0 ? `It went on (\`--base-model\`) from the weights of\n\n${before.map(trainingOf).join('')}` : ''}Seed ${run.seed}, code at ${run.commit}, engine ${run.engine}, started ${run.created}.

${table(['Hyperparameter', 'Value'], hyperparameters)}
${components.length > 0 ? `${table(['Built on', 'Checkpoint (revision)'], components)}\n` : ''}## Metrics at the end of training

${table(['Metric', 'Value'], metrics)}`;
}
