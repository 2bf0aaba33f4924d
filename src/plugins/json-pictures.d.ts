import type { PictureText } from '../pictures/picture-text.js';

export type SentPicture = PictureText & {
  /** Where it stood, of those of a path. */
  pointer?: string;
};

export interface TakenPictures {
  /** JSON again. */
  rest: string;
  /** Field → its pictures, in order. */
  pictures: Record<string, SentPicture[]>;
}

/**
 * @param fields field, or path such as `messages[].content[].image_url` → how many pictures it holds (of a path, at
 *   most); other types than texts are left for the schema to refuse
 * @param mostBytes of a picture
 * @throws SyntaxError when the body is not JSON
 */
export function takePictures(
  body: Uint8Array,
  fields: Record<string, number>,
  mostBytes: number,
): TakenPictures;
