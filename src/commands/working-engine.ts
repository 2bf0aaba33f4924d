import type { Config } from '../config.ts';
import { DEFAULT_ENGINE, type EngineChoice, EngineUnavailableError } from '../engines/choose.ts';
import { probeEngine } from '../engines/probe-engine.ts';
import { UsageError } from '../errors.ts';

/** An engine on a GPU is tried before the server starts: later it could only fail again and again. */
export async function workingEngine(config: Config, warn: (message: string) => void): Promise<EngineChoice> {
  if (config.engine.device === 'cpu') return config.engine;
  try {
    await probeEngine(config.engine);
    return config.engine;
  } catch (error) {
    if (!(error instanceof EngineUnavailableError)) throw error;
    if (!config.engineIsOurChoice) throw new UsageError(error.message);
    warn(`${error.message} Going on with the default engine.`);
    return DEFAULT_ENGINE;
  }
}
