/** What a caption request means, and its answer. */
import type { CaptionResult } from '../../inference/host.ts';
import { possible } from '../../inference/pipelines/possible.ts';
import type { Upload } from '../../plugins/uploads.ts';
import { resolveTextSampler, textSamplerFor } from '../../sampling/text.ts';
import { drawSeeds } from '../generate-image/painting.ts';
import { recordOf, showReading } from '../pictures.ts';
import { type RunContext, recordRun, servedAs } from '../recorded-run.ts';
import {
  type CaptionAnswer,
  type CaptionBody,
  type CaptionEvent,
  DEFAULT_MAX_TOKENS,
  DEFAULT_PREFIX,
} from './schema.ts';

export interface Captioning extends Omit<CaptionBody, 'image' | 'model'> {
  readonly model: string;
  readonly picture: Upload;
}

/** @param onCaption told of every caption as it is there @throws CodedError */
export async function captionPicture(
  context: RunContext,
  asked: Captioning,
  onCaption?: (event: CaptionEvent) => void,
): Promise<CaptionAnswer> {
  const {
    model,
    picture,
    prefix = DEFAULT_PREFIX,
    n = 1,
    max_tokens: maxTokens = DEFAULT_MAX_TOKENS,
  } = asked;
  const sampler = textSamplerFor(asked.sampler ?? {}, n);
  possible(() => resolveTextSampler(sampler, Number.MAX_SAFE_INTEGER));
  const seeds = drawSeeds(n, asked.seed);
  const { record, result } = await recordRun(
    context,
    {
      task: 'caption',
      model,
      request: { image: recordOf(picture), prefix, n, max_tokens: maxTokens, sampler: { ...sampler }, seeds },
      stored: false,
    },
    (options) =>
      context.services.host.caption(
        { picture, model, prefix, maxTokens, sampler, seeds },
        {
          ...options,
          ...(onCaption && {
            onCaption: ({ text, score, seed }, index) => onCaption({ index, text, score, seed }),
          }),
        },
      ),
    ({ captions }) => ({ result: show(captions) }),
  );
  return { ...servedAs(record, result), ...show(result.captions) };
}

function show(captions: CaptionResult['captions']) {
  return {
    captions: captions.map(({ text, score, seed }) => ({ text, score, seed })),
    // One prefix for all.
    ...showReading(captions[0]!),
  };
}
