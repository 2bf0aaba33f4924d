/** An engine whose runs are spans: where the time of a pass goes. */
import type { Engine } from '../engines/engine.ts';
import { spanned, tracing } from '../tracing.ts';

export function tracedSessions(engine: Engine): Engine {
  if (!tracing()) return engine;
  return {
    ...engine,
    async compile(spec) {
      const compiled = await engine.compile(spec);
      const { name } = spec;
      const attributes = { 'xlxmert.engine': engine.name };
      return {
        run: (...args) => spanned(`session ${name}`, attributes, () => compiled.run(...args)),
        release: () => compiled.release(),
      };
    },
  };
}
