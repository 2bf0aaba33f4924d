/** What the numbers of a report were made by: enough to get them again. */

export interface MadeBy {
  command: string;
  commit: string;
  engine: string;
  /** Role → id and revision of each checkpoint. */
  checkpoints: Record<string, { id: string; revision: string }>;
  seconds: number;
}

/**
 * The last lines of a report.
 * @param about what was looked at, such as the world and the seed
 * @param examples lines of a list
 */
export function madeByLines(
  about: string | undefined,
  { command, commit, engine, checkpoints, seconds }: MadeBy,
  examples: readonly string[] = [],
): string[] {
  const code = `ode at ${commit.slice(0, 12)}, engine ${engine}, ${Math.round(seconds)} s.`;
  return [
    about === undefined ? `C${code}` : `${about}, c${code}`,
    '',
    ...examples,
    ...(examples.length > 0 ? [''] : []),
    ...Object.entries(checkpoints).map(
      ([role, { id, revision }]) =>
        `- ${role.replaceAll('_', ' ')}: ${id}, revision ${revision.slice(0, 12)}`,
    ),
    `- command: \`${command}\``,
    '',
  ];
}
