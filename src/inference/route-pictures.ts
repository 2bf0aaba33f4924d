/** The inference process's side of routing: the router is loaded with the first picture. */
import { type PictureKind, routePicture } from '../models/picture-router.ts';
import { loadPictureRouter } from '../zoo/picture-router.ts';
import type { EncodedPictures } from './encoded-pictures.ts';
import type { ModelSource } from './protocol.ts';

/** @returns the kind of a picture @throws CodedError image_damaged, image_too_large; Error of a broken router */
export type Router = (hash: string, file: Uint8Array) => Promise<PictureKind>;

export function createRouter(source: ModelSource, pictures: EncodedPictures): Router {
  const open = async () => {
    const { config, weights, gridEncoder } = await loadPictureRouter(source);
    return { config, weights, encoder: await pictures.open(gridEncoder) };
  };
  let opened: ReturnType<typeof open> | undefined;
  return async (hash, file) => {
    opened ??= open();
    const { config, weights, encoder } = await opened;
    const { features } = await encoder.encode(hash, file);
    return routePicture(config, weights, features).kind;
  };
}
