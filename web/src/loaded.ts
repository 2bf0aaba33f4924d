/** What a part of the page has asked the server for. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { get, isAbort, messageOf } from './api.ts';

export interface Loaded<T> {
  value: T | undefined;
  error: string | undefined;
  again: () => void;
}

/** @param path asked for again whenever it changes; nothing is asked while it is undefined */
export function useLoaded<T>(path: string | undefined): Loaded<T> {
  const [state, setState] = useState<{ value?: T; error?: string; of?: string }>({});
  const [times, setTimes] = useState(0);
  useEffect(() => {
    if (path === undefined) return;
    const gone = new AbortController();
    get<T>(path, gone.signal)
      .then((value) => setState({ value, of: path }))
      .catch((error) => {
        if (!isAbort(error)) setState({ error: messageOf(error), of: path });
      });
    return () => gone.abort();
  }, [path, times]);
  const again = useCallback(() => setTimes((n) => n + 1), []);
  const current = state.of === path;
  return { value: current ? state.value : undefined, error: current ? state.error : undefined, again };
}
