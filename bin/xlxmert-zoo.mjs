#!/usr/bin/env node
/** Starts src/main.ts. Node strips the types itself from 22.18 on; before that, tsx does. */
if (!process.features.typescript) await import('../src/engines/types-by-tsx.mjs');
await import('../src/main.ts');
