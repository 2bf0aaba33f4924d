/** The key, where the server wants one. It stays in this browser. */
import { useEffect, useRef } from 'preact/hooks';
import { apiKey, setApiKey } from './api.ts';

export function KeyDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (open && !dialog.current!.open) {
      field.current!.value = apiKey();
      dialog.current!.showModal();
    }
    if (!open) dialog.current!.close();
  }, [open]);
  const keep = (event: Event) => {
    event.preventDefault();
    setApiKey(field.current!.value.trim());
    onClose();
    // Everything is asked for anew.
    location.reload();
  };
  return (
    <dialog ref={dialog} class="small" aria-labelledby="key-title" onClose={onClose}>
      <form onSubmit={keep}>
        <h2 id="key-title">Key of this server</h2>
        <p>
          A server for others wants a key; whoever runs it makes one with <code>npm run keys</code>. It is
          kept in this browser and sent to this server alone. A server on your own machine wants none.
        </p>
        <label for="key">Key</label>
        <input id="key" ref={field} type="password" autocomplete="off" spellcheck={false} />
        <div class="actions">
          <button type="submit">Keep</button>
          <button type="button" class="quiet" onClick={onClose}>
            Close
          </button>
        </div>
      </form>
    </dialog>
  );
}
