#!/usr/bin/env node
/** Starts src/main.ts. Node strips the types itself from 22.18 on; before that, tsx does. */
import { register } from 'node:module';

if (!process.features.typescript) {
  (await import('tsx/esm/api')).register();
  register('./packages-as-they-are.mjs', import.meta.url);
}
await import('../src/main.ts');
