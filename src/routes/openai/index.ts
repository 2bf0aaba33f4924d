/** What OpenAI's API calls by other names: adapters over the server's own services, for its SDKs and what uses them. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { uploads } from '../../plugins/uploads.ts';
import type { Services } from '../../services.ts';
import { chatCompletions } from './chat-completions/index.ts';
import { files } from './files/index.ts';
import { fineTuningJobs } from './fine-tuning-jobs/index.ts';
import { images } from './images/index.ts';
import { responses } from './responses/index.ts';

export const openai: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  await app.register(images, { services });
  await app.register(async (scope) => {
    await scope.register(uploads, { services });
    await scope.register(chatCompletions, { services });
    await scope.register(responses, { services });
  });
  await app.register(async (scope) => scope.register(files, { services }));
  await app.register(fineTuningJobs, { services });
};
