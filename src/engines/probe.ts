/** `probe.ts <json of EngineChoice>`, forked by `probe-engine.ts`: says why the engine does not open, or ends well. */
import { type EngineChoice, openEngine } from './choose.ts';

try {
  await openEngine(JSON.parse(process.argv[2]!) as EngineChoice);
  process.exit(0);
} catch (error) {
  process.send!((error as Error).message, () => process.exit(1));
}
