import Type from 'typebox';
import { NAME } from '../../../plugins/schema-names.ts';
import { EXPECTED } from '../../../plugins/validation.ts';
import { FilteredQuery } from '../../page.ts';

/** As much as OpenAI takes. */
export const MOST_BYTES = 512 * 2 ** 20;

export const FileUpload = Type.Object(
  {
    file: Type.String({
      format: 'binary',
      description: `A data set: a zip of its folder, or JSON lines as OpenAI's models are tuned with; at most ${MOST_BYTES / 2 ** 20} MB.`,
    }),
    purpose: Type.Optional(
      Type.String({ default: 'fine-tune', description: '`fine-tune`; nothing else is kept here.' }),
    ),
  },
  { [NAME]: 'FileUpload' },
);

export const File = Type.Object(
  {
    id: Type.String({ description: 'Also the id of the data set that was made of it.' }),
    object: Type.Literal('file'),
    bytes: Type.Integer(),
    created_at: Type.Integer(),
    filename: Type.String(),
    purpose: Type.String(),
    status: Type.Literal('processed'),
  },
  { $id: 'File' },
);
export type File = Type.Static<typeof File>;

export const FileDeleted = Type.Object(
  { id: Type.String(), object: Type.Literal('file'), deleted: Type.Literal(true) },
  { [NAME]: 'FileDeleted' },
);

export const FileParams = Type.Object({
  id: Type.String({ maxLength: 100, [EXPECTED]: 'the id of a file' }),
});

export const FilesQuery = FilteredQuery({
  purpose: Type.Optional(Type.String({ maxLength: 100 })),
  order: Type.Optional(Type.String({ maxLength: 10 })),
});
