/** Which picture encoders say where things are. */
import { findsBoxes, parseDetectorConfig } from './detector/config.ts';
import { boxHeads } from './picture-encoder/boxes.ts';
import { parsePictureEncoderConfig } from './picture-encoder/config.ts';

interface Encoder {
  architecture: string;
  config: unknown;
}

/** Whether an encoder says where things are, and not only what is in each cell. */
export function proposesBoxes({ architecture, config }: Encoder): boolean {
  if (architecture === 'detector') return findsBoxes(parseDetectorConfig(config));
  return architecture === 'picture-encoder' && boxHeads(parsePictureEncoderConfig(config)).length > 0;
}

/** Why an encoder proposes none, and what to do, for a sentence that begins with its name. */
export const noBoxes = ({ architecture }: Pick<Encoder, 'architecture'>): string =>
  architecture === 'detector'
    ? 'proposes no boxes: the file that it was imported from lacks them, or it was imported before they were read. ' +
      'Import a detectron_model.pth that has rpn.head and roi_heads.box.predictor, ' +
      'choose grid-encoder/coco, or see pictures as a grid'
    : 'proposes no boxes: choose an encoder that is a detector, such as grid-encoder/coco or the imported ' +
      'detectron_model.pth, or see pictures as a grid';
