/**
 * `npm run prune`: takes out of node_modules what this machine never loads: libraries for other systems and
 * processors, other databases, source maps, and, where nothing is developed, types and their checker. For images and
 * small disks; `npm ci` brings all of it back. Needs Node alone, so that an image can run it before it has the sources.
 */
import { existsSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const modules = join(import.meta.dirname, '../node_modules');
/** Packages of devDependencies are there: this is somebody's working copy. */
const developed = existsSync(join(modules, '@biomejs'));

const list = (folder) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []);
const isFolder = (path) => lstatSync(path).isDirectory();
const bytesOf = (path) =>
  isFolder(path) ? list(path).reduce((sum, one) => sum + bytesOf(one), 0) : lstatSync(path).size;

/** onnxruntime-node/bin/napi-v6/<platform>/<arch> */
const otherMachines = list(join(modules, 'onnxruntime-node/bin'))
  .flatMap(list)
  .flatMap(list)
  .filter((path) => !path.endsWith(join(process.platform, process.arch)));

/** The client loads one compiler of queries, for Postgres, as an ES module. */
const otherDatabases = list(join(modules, '@prisma/client/runtime')).filter(
  (path) =>
    /query_compiler_/.test(path) && !/query_compiler_fast_bg\.postgresql\.(wasm-base64\.)?mjs$/.test(path),
);

const typeChecker = developed ? [] : [join(modules, 'typescript'), join(modules, '@typescript')];

/** Source maps, and types. */
const FOR_DEVELOPERS = developed ? /\.map$/ : /\.(map|d\.[cm]?ts)$/;
const forDevelopers = (folder) =>
  list(folder).flatMap((path) =>
    isFolder(path) ? forDevelopers(path) : FOR_DEVELOPERS.test(path) ? [path] : [],
  );

let freed = 0;
for (const path of [...otherMachines, ...otherDatabases, ...typeChecker, ...forDevelopers(modules)]) {
  if (!existsSync(path)) continue;
  freed += bytesOf(path);
  rmSync(path, { recursive: true });
}
console.log(`${Math.round(freed / 1e6)} MB freed; ${Math.round(bytesOf(modules) / 1e6)} MB are left.`);
