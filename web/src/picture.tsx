/** Pictures: from the server with the key, and large on demand. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { apiKey, send } from './api.ts';

/** An address that an `img` can show: where a key is needed, it is fetched with it first. */
function usePicture(path: string): string | undefined {
  const direct = apiKey() === '' || path.startsWith('data:') || path.startsWith('blob:');
  const [fetched, setFetched] = useState<string>();
  useEffect(() => {
    if (direct) return;
    let made: string | undefined;
    const gone = new AbortController();
    send(path, { signal: gone.signal })
      .then((answer) => answer.blob())
      .then((blob) => {
        made = URL.createObjectURL(blob);
        setFetched(made);
      })
      .catch(() => {});
    return () => {
      gone.abort();
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, [path, direct]);
  return direct ? path : fetched;
}

interface PictureProps {
  src: string;
  alt: string;
  /** Opens it large. */
  enlarge?: boolean;
  class?: string;
}

export function Picture({ src, alt, enlarge = false, class: name = '' }: PictureProps) {
  const shown = usePicture(src);
  const dialog = useRef<HTMLDialogElement>(null);
  const image = <img class={name} src={shown} alt={alt} loading="lazy" decoding="async" />;
  if (!enlarge) return image;
  return (
    <>
      <button
        type="button"
        class="enlarge"
        aria-label={`Enlarge: ${alt}`}
        onClick={() => dialog.current!.showModal()}
      >
        {image}
      </button>
      <dialog ref={dialog} class="large" aria-label={alt}>
        <img src={shown} alt={alt} loading="lazy" />
        <form method="dialog">
          <p>{alt}</p>
          <button type="submit">Close</button>
        </form>
      </dialog>
    </>
  );
}

/** A file of the server as a file of the browser, to ask about. */
export async function pictureFile(src: string, name = 'picture.png'): Promise<File> {
  const answer = src.startsWith('data:') ? await dataUrl(src) : await (await send(src)).blob();
  return new File([answer], name, { type: answer.type });
}

/** Without fetch, which the page's policy keeps to the server. */
async function dataUrl(url: string): Promise<Blob> {
  const [, type = '', data = ''] = /^data:([^;]+);base64,(.*)$/.exec(url) ?? [];
  return new Blob([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))], { type });
}
