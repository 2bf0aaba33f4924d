/** Usage as OpenAI counts it, in words: what clients add up. The models' own tokens are pieces of words. */
export function countWords(input: string, output: string): { input: number; output: number } {
  const count = (text: string) => text.split(/\s+/).filter((word) => word !== '').length;
  return { input: count(input), output: count(output) };
}
