/** The README.md of an imported checkpoint. */
import type { Manifest } from '../manifest.ts';
import type { ImportPlan } from './plan.ts';

export function importedCard(
  manifest: Manifest,
  plan: ImportPlan,
  source: { file: string; sha256: string; float: string },
): string {
  const weights = [...plan.tensors.values()];
  const numbers = weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const sizes = Object.entries(plan.config).map(
    ([name, value]) => `| \`${name}\` | ${JSON.stringify(value)} |`,
  );
  const leftOut =
    plan.leftOut.length > 0
      ? `\nOf the file, these weights are not used here: ${plan.leftOut.map((name) => `\`${name}\``).join(', ')}.\n`
      : '';
  return `# ${manifest.name}

A ${plan.title} that was not trained by this project.

**Source**: \`${source.file}\`, sha256 ${source.sha256}.
**Weights**: ${weights.length} tensors, ${numbers} numbers, stored as ${source.float === 'F16' ? 'float16' : 'float32'}.
**Licence**: ${manifest.licence}.

## How it was imported

\`\`\`
${manifest.trained_by.command}
\`\`\`

Code at ${manifest.trained_by.commit}, ${manifest.created}.
${leftOut}
| Size | Value |
| --- | --- |
${sizes.join('\n')}
`;
}
