/**
 * The second wall around scripts: should one break out of its isolate, it finds itself in a process that may hardly do
 * anything. Node's permission model lets it read its own code alone, and `child/confine.ts` takes even that away before the
 * first script is loaded. Node says itself that this is no wall against native code; the addon that runs the isolates is such.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How a script process is started. */
interface Confinement {
  readonly flags: readonly string[];
  readonly cwd: string;
  /** Nothing of the environment of this program, which may hold its secrets. */
  readonly env: Readonly<Record<string, never>>;
}

/** The addon asks for this file to tell Alpine's C library from that of others. */
const ALPINE = '/etc/alpine-release';

/** Takes nothing from outside; reads no files but looks where the addon lies. */
export function confinement(): Confinement {
  const require = createRequire(import.meta.url);
  const addon = dirname(require.resolve('isolated-vm'));
  const finder = dirname(createRequire(join(addon, 'package.json')).resolve('node-gyp-build'));
  const own = dirname(dirname(fileURLToPath(import.meta.url)));
  return {
    flags: [
      '--permission',
      ...[own, addon, finder].map((folder) => `--allow-fs-read=${join(folder, '*')}`),
      `--allow-fs-read=${ALPINE}`,
      // Both are needed to start, and are given up afterwards.
      '--allow-addons',
      '--allow-worker',
      '--no-node-snapshot',
      '--disable-warning=ExperimentalWarning',
      '--disable-warning=SecurityWarning',
      '--max-old-space-size=128',
    ],
    cwd: '/',
    env: {},
  };
}
