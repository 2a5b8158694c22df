import { existsSync, readFileSync } from 'node:fs';
import { cliErrors } from '../catalogue.ts';

/** A real tracker's framing, script and published frames. */
interface TrackerExample {
  readonly framing: string;
  readonly uplink: string;
  /** A login and positions, as real devices sent them. */
  readonly frames: readonly Buffer[];
}

interface Vector {
  readonly hex: string;
  readonly record?: { readonly deviceId?: string; readonly latitude?: number; readonly valid?: boolean };
}

/** The folder of the example: in the built package, or in the root of the workspace. */
const FOLDERS = ['../examples/gt06/', '../../../../examples/gt06/'];

/** Reads the example. Throws `EXAMPLE_MISSING`. */
export function trackerExample(): TrackerExample {
  const { vectors } = JSON.parse(read('vectors.json')) as { vectors: readonly Vector[] };
  const login = vectors.find(({ record }) => record?.deviceId !== undefined);
  const positions = vectors.filter(({ record }) => record?.latitude !== undefined && record.valid !== false);
  return {
    framing: read('framing.json'),
    uplink: read('uplink.js'),
    frames: [...(login === undefined ? [] : [login]), ...positions].map(({ hex }) => Buffer.from(hex, 'hex')),
  };
}

function read(name: string): string {
  const file = FOLDERS.map((folder) => new URL(folder + name, import.meta.url)).find((url) =>
    existsSync(url),
  );
  if (file === undefined) throw cliErrors.error('EXAMPLE_MISSING', { file: `gt06/${name}` });
  return readFileSync(file, 'utf8');
}
