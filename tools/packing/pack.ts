/**
 * `node tools/packing/pack.ts FOLDER [NAME...]`: builds the packages (all, or those named) and writes a tarball of each
 * into FOLDER, as `npm publish` would upload it. Prints the path of each tarball, a line each.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [folder, ...names] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node tools/packing/pack.ts FOLDER [NAME...]');
  process.exit(2);
}
const destination = resolve(folder);
mkdirSync(destination, { recursive: true });
const packages = names.length > 0 ? names : globSync('*', { cwd: join(root, 'packages') }).sort();

removeBuilds(); // files of an earlier build would be packed too
try {
  const workspaces = packages.flatMap((name) => ['--workspace', `packages/${name}`]);
  const { status, stdout, stderr } = spawnSync(
    'npm',
    ['pack', '--silent', '--pack-destination', destination, ...workspaces],
    { cwd: root, encoding: 'utf8' },
  );
  if (status !== 0) {
    console.error(stdout, stderr);
    process.exit(1);
  }
  for (const line of stdout.trim().split('\n'))
    if (line.endsWith('.tgz')) console.log(join(destination, line));
} finally {
  removeBuilds();
}

function removeBuilds(): void {
  for (const name of packages) rmSync(join(root, 'packages', name, 'dist'), { recursive: true, force: true });
}
