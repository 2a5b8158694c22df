/** The licences of all installed packages. Only permissive licences are allowed. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from './workspace.ts';

const permissive = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]);

/**
 * Tools under the MPL 2.0, whose files may be used beside any others: they build or test the page of the console, and none of
 * their code is in what is published.
 */
const toolsOnly = /(^|\/)node_modules\/(axe-core|lightningcss(-[a-z0-9-]+)?)$/;

/** Whether permissive licences alone satisfy an SPDX licence expression. */
export function isPermissive(expression: string): boolean {
  const plain = expression.trim().replace(/^\((.*)\)$/, '$1');
  return plain
    .split(/ OR /)
    .some((choice) =>
      choice.split(/ AND /).every((name) => permissive.has(name.replace(/[()]/g, '').trim())),
    );
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly link?: boolean; readonly optional?: boolean }>>;
}

/** One line for each installed package, at any depth, whose licence is not permissive or not declared. */
export function licenceFindings(root: string): string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  const findings: string[] = [];
  for (const [path, { link, optional }] of Object.entries(lock.packages)) {
    if (!path.includes('node_modules/') || link === true) continue;
    const file = join(root, path, 'package.json');
    if (!existsSync(file)) {
      // Optional packages may be for other platforms.
      if (optional !== true) findings.push(`${path}: is not installed; run npm ci`);
      continue;
    }
    const licence = licenceOf(JSON.parse(readFileSync(file, 'utf8')));
    if (licence === undefined) findings.push(`${path}: states no licence`);
    else if (!isPermissive(licence) && !(licence === 'MPL-2.0' && toolsOnly.test(path)))
      findings.push(`${path}: ${licence}`);
  }
  return findings;
}

/** Old packages declare an object or a list of objects. */
function licenceOf(manifest: Manifest & { licenses?: readonly { type: string }[] }): string | undefined {
  const { license, licenses } = manifest;
  if (typeof license === 'string') return license;
  return license?.type ?? licenses?.map(({ type }) => type).join(' OR ');
}
