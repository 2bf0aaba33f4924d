/** A task about pictures: one handler at three addresses, of which generators of clients make a method each. */
import type Type from 'typebox';
import { changeErrorResponses } from '../plugins/errors.ts';
import { FORM_TYPE, JSON_TYPE } from '../plugins/media-types.ts';
import { picturesBodyLimit } from '../plugins/uploads.ts';
import { formOrJson } from './pictures.ts';
import { laterResponse, taskAnswer, taskHeaders } from './respond.ts';
import { EVENTS_TYPE } from './server-sent-events.ts';

interface Operation {
  /** It ends with `/upload` where a form comes in, with `/stream` where events go out. */
  url: string;
  operationId: string;
  summary: string;
  description?: string;
}

/**
 * Options of the route at such an address.
 * @param pictures field → how many it has
 * @param event what is sent while it is done; the answer itself where there is nothing more to tell
 */
export const pictureTask = (
  { url, ...texts }: Operation,
  pictures: Readonly<Record<string, number>>,
  form: Type.TSchema,
  body: Type.TSchema,
  answer: Type.TSchema,
  event = answer,
) => ({
  bodyLimit: picturesBodyLimit(Object.values(pictures).reduce((sum, count) => sum + count)),
  config: {
    scope: 'infer' as const,
    pictures,
    documents: [url.endsWith('/upload') ? FORM_TYPE : JSON_TYPE],
    answers: [url.endsWith('/stream') ? EVENTS_TYPE : JSON_TYPE],
  },
  schema: {
    tags: ['tasks'],
    ...texts,
    headers: taskHeaders,
    body: formOrJson(form, body),
    response: {
      200: taskAnswer(answer, event),
      ...laterResponse,
      ...changeErrorResponses(401, 404, 406, 429),
    },
  },
});
