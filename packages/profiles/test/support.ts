import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProfileFiles } from '../src/index.ts';

export const PROFILE = `name: meter
title: A meter
source: [our own]
version: 1.0.0
framing: line
`;

/** A folder that is removed at the end of the scope. */
export async function folder(files: ProfileFiles): Promise<AsyncDisposable & { readonly path: string }> {
  const path = join(await mkdtemp(join(tmpdir(), 'profile-')), 'meter');
  await mkdir(path);
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
