/** A place for a picture: dropped, pasted, chosen, or photographed. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './icon.tsx';

interface DropZoneProps {
  label: string;
  file: File | undefined;
  onFile: (file: File | undefined) => void;
  /** Takes what is pasted anywhere on the page. */
  pastes?: boolean;
}

export function DropZone({ label, file, onFile, pastes = false }: DropZoneProps) {
  const chooser = useRef<HTMLInputElement>(null);
  const camera = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [src, setSrc] = useState<string>();

  useEffect(() => {
    if (file === undefined) return setSrc(undefined);
    const url = URL.createObjectURL(file);
    setSrc(url);
    return () => URL.revokeObjectURL(url);
  }, [file]);

  // From when it is seen: an effect would come after it.
  useLayoutEffect(() => {
    if (!pastes) return;
    const paste = (event: ClipboardEvent) => {
      const found = pictureIn(event.clipboardData);
      if (found === undefined) return;
      event.preventDefault();
      onFile(found);
    };
    addEventListener('paste', paste);
    return () => removeEventListener('paste', paste);
  }, [pastes, onFile]);

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const found = pictureIn(event.dataTransfer);
    if (found !== undefined) onFile(found);
  };
  const chosen = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    const [found] = input.files ?? [];
    if (found !== undefined) onFile(found);
    // The same file can be chosen again.
    input.value = '';
  };

  return (
    <fieldset
      class={`drop ${over ? 'over' : ''} ${src === undefined ? '' : 'full'}`}
      aria-label={label}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      {src !== undefined && <img src={src} alt={`${label}: ${file?.name ?? ''}`} />}
      {src === undefined && (
        <p>
          <strong>{label}</strong>
          <br />
          <span class="hint">Drop it here{pastes && ', paste it'}, or</span>
        </p>
      )}
      <div class="actions">
        <button type="button" class="quiet" onClick={() => chooser.current!.click()}>
          <Icon name="upload" />
          {src === undefined ? 'Choose a file' : 'Another file'}
        </button>
        <button type="button" class="quiet touch" onClick={() => camera.current!.click()}>
          <Icon name="camera" />
          Photograph
        </button>
        {src !== undefined && (
          <button type="button" class="quiet" onClick={() => onFile(undefined)}>
            Remove
          </button>
        )}
      </div>
      <input
        ref={chooser}
        type="file"
        accept="image/*"
        hidden
        aria-label={`${label}: a file`}
        onChange={chosen}
      />
      <input
        ref={camera}
        type="file"
        accept="image/*"
        capture="environment"
        hidden
        aria-label={`${label}: a photograph`}
        onChange={chosen}
      />
    </fieldset>
  );
}

const pictureIn = (data: DataTransfer | null): File | undefined =>
  [...(data?.files ?? [])].find(({ type }) => type.startsWith('image/'));
