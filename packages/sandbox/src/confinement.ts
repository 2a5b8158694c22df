/**
 * The second barrier around scripts: a script that breaks out of its isolate is in a process with few permissions. Node's
 * permission model lets the process read only its own code, and `child/confine.ts` removes this permission before the
 * first script is loaded. Node states that the model does not protect against native code, and the addon that runs the
 * isolates is native code.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How a script process is started. */
interface Confinement {
  readonly flags: readonly string[];
  readonly cwd: string;
  /** The environment of this program is not passed on, because it may contain secrets. */
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
      // Both are needed at startup, and are dropped afterwards.
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
