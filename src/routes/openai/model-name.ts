/** Programs written for OpenAI name its models: they are served by the default one of the task, and told which. */
const THEIRS = /^(gpt-|chatgpt-|dall-e-|o[134]($|-)|computer-use|codex-)/;

/** @returns undefined: the default model of the task */
export const modelName = (named: string | undefined): string | undefined =>
  named === undefined || named === '' || THEIRS.test(named) ? undefined : named;

/** Unix time in seconds, as OpenAI counts. */
export const seconds = (date: Date = new Date()): number => Math.floor(date.getTime() / 1000);
