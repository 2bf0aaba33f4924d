import Type from 'typebox';
import { NAME, NamedEnum } from '../../plugins/schema-names.ts';
import { EXPECTED } from '../../plugins/validation.ts';
import { FORMATS } from '../generate-image/schema.ts';
import {
  EXAMPLE_PICTURE,
  FormModelField,
  ModelField,
  PictureFile,
  PictureText,
  servedFields,
  Timing,
} from '../pictures.ts';

const options = {
  format: Type.Optional(
    NamedEnum('ImageFormat', FORMATS, {
      description: 'Of the picture in a JSON answer. Default: png.',
      [EXPECTED]: `one of ${FORMATS.join(', ')}`,
    }),
  ),
};

export const ReconstructForm = Type.Object(
  { image: PictureFile, ...options, model: Type.Optional(FormModelField) },
  { additionalProperties: false, [NAME]: 'ReconstructUpload' },
);
export const ReconstructBody = Type.Object(
  { image: PictureText, ...options, model: Type.Optional(ModelField) },
  { additionalProperties: false, [NAME]: 'ReconstructRequest', examples: [{ image: EXAMPLE_PICTURE }] },
);
export type ReconstructBody = Type.Static<typeof ReconstructBody>;

export const ReconstructAnswer = Type.Object(
  {
    ...servedFields,
    width: Type.Integer(),
    height: Type.Integer(),
    format: NamedEnum('ImageFormat', FORMATS),
    b64_json: Type.String({ description: 'The file, base64.' }),
    codes: Type.Array(Type.Integer(), { description: 'The nearest visual codes of the grid, row by row.' }),
    timing: Timing,
  },
  { $id: 'ReconstructAnswer' },
);
export type ReconstructAnswer = Type.Static<typeof ReconstructAnswer>;
