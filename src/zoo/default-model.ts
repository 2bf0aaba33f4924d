/** Painted with when nobody names a model. */
const DEFAULT_MODEL = 'x-lxmert-scenes';

/** The demo zoo's model, else the first that paints; undefined when none does. */
export function defaultPainter(
  models: readonly { id: string; tasks: readonly string[] }[],
): string | undefined {
  const painters = models.filter(({ tasks }) => tasks.includes('paint'));
  return (painters.find(({ id }) => id === DEFAULT_MODEL) ?? painters[0])?.id;
}
