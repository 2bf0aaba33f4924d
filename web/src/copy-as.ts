/** A run as a command that does it again. */
import type { Run } from './api.ts';

interface Request {
  path: string;
  /** JSON. */
  body?: Record<string, unknown>;
  /** Fields of a form, whose files have names that whoever copies it replaces. */
  fields?: Record<string, string>;
  files?: [name: string, file: string][];
}

export type Language = 'curl' | 'Node' | 'Python';

/** @returns undefined for runs of a kind that this page does not know */
export function copyAs(run: Run, language: Language): string | undefined {
  const request = requestOf(run);
  return request && WRITERS[language](location.origin, request);
}

function requestOf({ task, model, request: given }: Run): Request | undefined {
  const request = given as Record<string, unknown>;
  if (task === 'generate-image') {
    const { prompts, n, sampler, seeds } = request as {
      prompts: string[];
      n: number;
      sampler: Record<string, unknown>;
      seeds: number[];
    };
    if (request.over !== undefined) {
      const fields = { model, prompt: prompts[0]!, n: String(n), seed: String(seeds[0]) };
      const files: [string, string][] = [
        ['image', 'picture.png'],
        ['mask', 'mask.png'],
      ];
      return { path: '/v1/images/edits', fields: { ...fields, sampler: JSON.stringify(sampler) }, files };
    }
    const prompt = prompts.length === 1 ? prompts[0] : prompts;
    return { path: '/v1/generate-image', body: { prompt, model, n, sampler, seed: seeds[0] } };
  }
  if (task === 'vqa') {
    const fields = { model, question: String(request.question) };
    return { path: '/v1/vqa', fields, files: [['image', 'picture.png']] };
  }
  if (task === 'caption') {
    const { prefix, n, seeds } = request as { prefix: string; n: number; seeds: number[] };
    const fields = { model, prefix, n: String(n), seed: String(seeds[0]) };
    return { path: '/v1/caption', fields, files: [['image', 'picture.png']] };
  }
  if (task === 'nlvr2') {
    const fields = { model, statement: String(request.statement) };
    const files: [string, string][] = [
      ['images', 'left.png'],
      ['images', 'right.png'],
    ];
    return { path: '/v1/nlvr2', fields, files };
  }
  if (task === 'reconstruct')
    return { path: '/v1/reconstruct', fields: { model }, files: [['image', 'picture.png']] };
  return undefined;
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

const WRITERS: Record<Language, (origin: string, request: Request) => string> = {
  curl(origin, { path, body, fields = {}, files = [] }) {
    const lines = [`curl -sS --fail-with-body ${origin}${path}`];
    if (body !== undefined)
      lines.push(`-H 'content-type: application/json'`, `-d ${quoted(JSON.stringify(body))}`);
    for (const [name, file] of files) lines.push(`-F ${name}=@${file}`);
    for (const [name, value] of Object.entries(fields)) lines.push(`-F ${quoted(`${name}=${value}`)}`);
    return lines.join(' \\\n  ');
  },
  Node(origin, { path, body, fields = {}, files = [] }) {
    const end = 'console.log(await answer.json());';
    if (body !== undefined) {
      return [
        `const answer = await fetch(${JSON.stringify(origin + path)}, {`,
        `  method: 'POST',`,
        `  headers: { 'content-type': 'application/json' },`,
        `  body: JSON.stringify(${JSON.stringify(body)}),`,
        '});',
        end,
      ].join('\n');
    }
    return [
      `import { openAsBlob } from 'node:fs';`,
      'const form = new FormData();',
      ...files.map(([name, file]) => `form.append('${name}', await openAsBlob('${file}'), '${file}');`),
      ...Object.entries(fields).map(([name, value]) => `form.append('${name}', ${JSON.stringify(value)});`),
      `const answer = await fetch(${JSON.stringify(origin + path)}, { method: 'POST', body: form });`,
      end,
    ].join('\n');
  },
  Python(origin, { path, body, fields = {}, files = [] }) {
    const end = 'print(answer.json())';
    if (body !== undefined) {
      const sent = JSON.stringify(JSON.stringify(body));
      return [
        'import json, requests',
        `answer = requests.post(${JSON.stringify(origin + path)}, json=json.loads(${sent}))`,
        end,
      ].join('\n');
    }
    const parts = files.map(([name, file]) => `("${name}", open("${file}", "rb"))`).join(', ');
    return [
      'import requests',
      `files = [${parts}]`,
      `data = ${JSON.stringify(fields)}`,
      `answer = requests.post(${JSON.stringify(origin + path)}, files=files, data=data)`,
      end,
    ].join('\n');
  },
};
