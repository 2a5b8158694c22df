/**
 * `node tools/packing/pack.ts FOLDER [NAME...]`: builds packages (all, or those named) and writes a tarball of each into
 * FOLDER, as `npm publish` would upload it. Prints the path of each tarball, one per line.
 *
 * It builds a copy, so that the working tree stays as it is and several processes can pack at the same time.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

const root = join(import.meta.dirname, '../..');
/** The files that the builds read. */
const SOURCES = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'packages', 'examples', 'docs'];
const NOT_COPIED = ['node_modules', 'dist', 'test'];

const [folder, ...names] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node tools/packing/pack.ts FOLDER [NAME...]');
  process.exit(2);
}
const destination = resolve(folder);
mkdirSync(destination, { recursive: true });
const packages = names.length > 0 ? names : readdirSync(join(root, 'packages')).sort();

const copy = mkdtempSync(join(tmpdir(), 'fairlead-packing-'));
try {
  for (const source of SOURCES)
    cpSync(join(root, source), join(copy, source), {
      recursive: true,
      filter: (path) => !NOT_COPIED.includes(basename(path)),
    });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const workspaces = packages.flatMap((name) => ['--workspace', `packages/${name}`]);
  const { status, stdout, stderr } = spawnSync(
    'npm',
    ['pack', '--silent', '--pack-destination', destination, ...workspaces],
    { cwd: copy, encoding: 'utf8' },
  );
  if (status === 0) {
    for (const line of stdout.trim().split('\n'))
      if (line.endsWith('.tgz')) console.log(join(destination, line));
  } else {
    console.error(stdout, stderr);
    process.exitCode = 1;
  }
} finally {
  rmSync(copy, { recursive: true });
}
