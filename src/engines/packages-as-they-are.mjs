/**
 * Packages' modules are JavaScript already: on a Node that needs tsx they are read by Node alone, and a command with a
 * few hundred of them starts in two thirds of the time.
 */
import { readFile } from 'node:fs/promises';

const isPackages = (url) =>
  url?.startsWith('file:') && url.includes('/node_modules/') && url.endsWith('.mjs');

export function resolve(specifier, context, next) {
  if (!isPackages(context.parentURL) || !/^\.{1,2}\/.*\.mjs$/.test(specifier))
    return next(specifier, context);
  return { url: new URL(specifier, context.parentURL).href, format: 'module', shortCircuit: true };
}

export async function load(url, context, next) {
  if (!isPackages(url)) return next(url, context);
  return { format: 'module', source: await readFile(new URL(url)), shortCircuit: true };
}
