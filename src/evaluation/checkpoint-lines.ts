/** Which checkpoints a report is about, a line of its list each. @param checkpoints role → id and content hash */
export const checkpointLines = (
  checkpoints: Readonly<Record<string, { id: string; revision: string }>>,
): string[] =>
  Object.entries(checkpoints).map(
    ([role, { id, revision }]) => `- ${role.replaceAll('_', ' ')}: ${id}, revision ${revision.slice(0, 12)}`,
  );
