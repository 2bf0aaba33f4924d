/** A part of the check: what it is given, and what it says. Each runs in a process of its own, with a time limit. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EngineChoice, openEngine } from '../../src/engines/choose.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { createOnnxRuntimeEngine } from '../../src/engines/onnxruntime.ts';

export interface PartOptions {
  /** What the check is about. */
  readonly choice: EngineChoice;
  /** Where files go that belong to the report. */
  readonly out: string;
  /** A rehearsal on a CPU: fewer and smaller runs. */
  readonly small: boolean;
  /** Requests of the part about memory. */
  readonly requests: number;
  /** Seconds that the part has. */
  readonly seconds: number;
}

/** Something that holds or does not. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
}

/** Numbers side by side; a cell that was not measured is left out. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly name: string; readonly cells: Readonly<Record<string, number>> }[];
}

export interface Findings {
  readonly checks: Check[];
  readonly tables: Table[];
  readonly notes: string[];
}

/** Findings are kept as they come: what stops a part does not take what it has found before. */
export class Finding implements Findings {
  readonly checks: Check[] = [];
  readonly tables: Table[] = [];
  readonly notes: string[] = [];
  readonly #changed: (findings: Findings) => void;

  constructor(changed: (findings: Findings) => void) {
    this.#changed = changed;
  }

  check(name: string, ok: boolean, found: string): void {
    this.checks.push({ name, ok, found });
    this.#changed(this);
  }

  note(text: string): void {
    this.notes.push(text);
    this.#changed(this);
  }

  /** @returns adds a row */
  table(title: string, columns: readonly string[]): (name: string, cells: Record<string, number>) => void {
    const rows: Table['rows'][number][] = [];
    this.tables.push({ title, columns, rows });
    return (name, cells) => {
      const row = rows.find((one) => one.name === name);
      if (row) Object.assign(row.cells, cells);
      else rows.push({ name, cells: { ...cells } });
      this.#changed(this);
    };
  }
}

export type Part = (finding: Finding, options: PartOptions) => Promise<void>;

/** What is checked, and the CPU beside it. */
export const openBoth = async ({ choice }: PartOptions): Promise<{ device: Engine; cpu: Engine }> => ({
  device: await openEngine(choice),
  cpu: createOnnxRuntimeEngine(),
});

export const scratchFolder = (): string => mkdtempSync(join(tmpdir(), 'gpu-check-'));

/** The median of some runs after one, in milliseconds. */
export async function milliseconds(runs: number, work: () => Promise<unknown>): Promise<number> {
  if (runs === 0) return 0;
  await work();
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

export const exponent = (value: number): string => value.toExponential(1);
