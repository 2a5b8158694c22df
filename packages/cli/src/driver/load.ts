import { stat } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { runDriver } from '@fairlead/server';
import { cliErrors } from '../catalogue.ts';

type Devices = Parameters<typeof runDriver>[0];

/** The devices that a file exports. Rejects with `DRIVER_FILE_INVALID`, which names the place in the file. */
export async function loadDriver(file: string): Promise<Devices> {
  const refuse = (reason: string, cause?: unknown) =>
    cliErrors.error('DRIVER_FILE_INVALID', { file, reason }, cause);
  const path = resolve(file);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw refuse('the file does not exist');
  if (found.isDirectory()) throw refuse('it is a folder');
  let devices: unknown;
  try {
    const module = (await import(pathToFileURL(path).href)) as { default?: unknown };
    devices = isClass(module.default) ? new module.default() : module.default;
  } catch (error) {
    throw refuse(reasonOf(error, file), error);
  }
  const all = [devices].flat();
  if (all.length > 0 && all.every(isDevice)) return devices as Devices;
  throw refuse('its default export is not a device');
}

function isClass(value: unknown): value is new () => unknown {
  return typeof value === 'function';
}

/** Checks the methods and not the class, because the class may come from another copy of the kit. */
function isDevice(value: unknown): boolean {
  const device = value as Record<'start' | 'stop' | 'getProperties', unknown> | null | undefined;
  return [device?.start, device?.stop, device?.getProperties].every((method) => typeof method === 'function');
}

/** The error, with its place in the folder of the driver. */
export function reasonOf(error: unknown, file: string): string {
  if (!(error instanceof Error)) return String(error);
  const message = error.message.trim().replace(/\.$/, '');
  const place = placeOf(error.stack ?? '', dirname(resolve(file)));
  return place === undefined ? message : `${message} (${relative('', place)})`;
}

/** The first place in `folder` in a stack. For a syntax error, Node puts the place on a separate line. */
function placeOf(stack: string, folder: string): string | undefined {
  for (const line of stack.split('\n')) {
    const match = /^(\/.*:\d+)$|(file:\/\/.*?)((?::\d+){1,2})\)?$/.exec(line);
    if (match === null) continue;
    const [, plain, url, at] = match;
    const place = plain ?? fileURLToPath(url as string) + at;
    if (place.startsWith(`${folder}/`)) return place;
  }
  return undefined;
}
