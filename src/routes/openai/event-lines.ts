/** Server-sent events as OpenAI sends them: data alone, which says of itself what it is, and a last line. */
export const EVENTS_TYPE = 'text/event-stream';

/** An event of chat completions. */
export const dataLine = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;
export const DONE = 'data: [DONE]\n\n';

/** An event of responses and pictures: the type stands beside the data too. */
export const typedLine = (data: { type: string; [field: string]: unknown }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
