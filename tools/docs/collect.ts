/** Collects the errors and the limits that the packages declare. */
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorEntry, LimitEntry } from '@fairlead/core';

export interface Declared<E> {
  readonly owner: string;
  readonly entries: Readonly<Record<string, E>>;
}

export interface Declarations {
  readonly errors: readonly Declared<ErrorEntry>[];
  readonly limits: readonly Declared<LimitEntry>[];
}

/** The order of the packages on the pages, lowest layer first. Other packages follow by name. */
const order = [
  'core',
  'api',
  'tcp',
  'messaging',
  'gateway',
  'sandbox',
  'bus',
  'thingspanel',
  'store',
  'journal',
  'indi',
  'yaml',
  'automation',
  'server',
  'cli',
];

/**
 * Imports each package and collects its exports `xErrors` and `xLimits`. Throws if a package has a catalogue
 * or limits and does not export them.
 */
export async function collectDeclarations(root: string): Promise<Declarations> {
  const errors: Declared<ErrorEntry>[] = [];
  const limits: Declared<LimitEntry>[] = [];
  for (const folder of globSync('packages/*', { cwd: root })) {
    if (!existsSync(join(root, folder, 'src/index.ts'))) continue;
    const name = folder.slice('packages/'.length);
    const door = (await import(`@fairlead/${name}`)) as Record<string, Declared<never> | undefined>;
    const take = <E>(suffix: string, file: string, into: Declared<E>[]) => {
      const declared = door[`${name}${suffix}`];
      if (declared !== undefined) into.push(declared);
      else if (existsSync(join(root, folder, 'src', file)))
        throw new Error(`@fairlead/${name} has src/${file} and does not export ${name}${suffix}`);
    };
    take('Errors', 'catalogue.ts', errors);
    take('Limits', 'limits.ts', limits);
  }
  return { errors: sorted(errors), limits: sorted(limits) };
}

function sorted<E>(parts: readonly Declared<E>[]): Declared<E>[] {
  const place = ({ owner }: Declared<E>) => (order.indexOf(owner) + order.length + 1) % (order.length + 1);
  return [...parts].sort((a, b) => place(a) - place(b) || a.owner.localeCompare(b.owner));
}

/** Codes that more than one package declares, or that do not look like codes. */
export function codeFindings(errors: readonly Declared<ErrorEntry>[]): string[] {
  const owners = new Map<string, string>();
  const findings: string[] = [];
  for (const { owner, entries } of errors) {
    for (const code of Object.keys(entries)) {
      const other = owners.get(code);
      if (other !== undefined) findings.push(`${code} is declared by ${other} and by ${owner}`);
      owners.set(code, owner);
      if (!/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(code))
        findings.push(`${code} of ${owner} is not in capitals`);
    }
  }
  return findings;
}
