/** The next version of the program: a copy of this tree with another number and one more migration. */
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What belongs to a version; the rest (packages, page) is the same for all. */
const OWN = ['bin', 'package.json', 'prisma', 'src'];

export interface Release {
  readonly folder: string;
  readonly version: string;
}

/** @param number 0: as it is here */
export function makeRelease(tree: string, root: string, number: number): Release {
  const folder = join(root, `release-${number}`);
  mkdirSync(folder);
  for (const name of readdirSync(tree)) {
    if (name === '.git') continue;
    if (OWN.includes(name)) cpSync(join(tree, name), join(folder, name), { recursive: true });
    else symlinkSync(join(tree, name), join(folder, name));
  }
  const described = JSON.parse(readFileSync(join(tree, 'package.json'), 'utf8')) as { version: string };
  const version = number === 0 ? described.version : `${described.version}-chaos.${number}`;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...described, version }));
  // Those of the versions between came with them.
  for (let each = 1; each <= number; each++) {
    const migration = join(
      folder,
      'prisma/migrations',
      `9999${String(each).padStart(10, '0')}_release_${each}`,
    );
    mkdirSync(migration);
    writeFileSync(
      join(migration, 'migration.sql'),
      `ALTER TABLE runs ADD COLUMN release_${each} TEXT;\nCREATE TABLE release_${each} (id TEXT PRIMARY KEY);\n`,
    );
  }
  return { folder, version };
}
