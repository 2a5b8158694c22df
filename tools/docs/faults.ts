/** The page of faults, made of the tests that inject them. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import type { Fault } from '@fairlead/testkit';
import { GENERATED } from './generated.ts';

/** A fault and the test that injects it. */
export interface DeclaredFault extends Fault {
  /** Path of the test. */
  readonly test: string;
}

const CALL = /^\s*fault\(\s*(?=\{)/gm;

/** Finds what tests declare with `fault()`, without running them. Throws where a declaration is no plain literal. */
export function collectFaults(root: string): DeclaredFault[] {
  const files = globSync(['e2e/**/*.test.ts', 'packages/*/test/**/*.test.ts'], { cwd: root }).sort();
  return files.flatMap((test) => faultsIn(readFileSync(join(root, test), 'utf8'), test));
}

/** @param test path of the file, for the page and for errors */
export function faultsIn(source: string, test: string): DeclaredFault[] {
  return Array.from(source.matchAll(CALL), ({ index, 0: call }) => {
    const literal = literalAt(source, index + call.length);
    try {
      const { name, where, happens, code } = runInNewContext(`(${literal})`, Object.create(null)) as Fault;
      for (const text of [name, where, happens])
        if (typeof text !== 'string') throw new Error('a text is missing');
      const codes = typeof code === 'string' || code === undefined ? code : [...code];
      return { name, where, happens, ...(codes !== undefined && { code: codes }), test };
    } catch (error) {
      throw new Error(
        `${test}: ${literal.slice(0, 80)} is no declaration of a fault: ${(error as Error).message}`,
      );
    }
  });
}

/** From the brace at `from` to the one that closes it; texts may hold braces. */
function literalAt(source: string, from: number): string {
  let depth = 0;
  let quote = '';
  for (let at = from; at < source.length; at++) {
    const char = source[at] as string;
    if (quote !== '') {
      if (char === '\\') at++;
      else if (char === quote) quote = '';
    } else if (char === "'" || char === '"' || char === '`') quote = char;
    else if (char === '{') depth++;
    else if (char === '}' && --depth === 0) return source.slice(from, at + 1);
  }
  return source.slice(from);
}

export const codesOf = ({ code = [] }: Fault): readonly string[] =>
  typeof code === 'string' ? [code] : code;

export function faultsPage(faults: readonly DeclaredFault[]): string {
  const places = [...new Set(faults.map(({ where }) => where))].sort();
  const sections = places.map((place) => {
    const rows = faults.filter(({ where }) => where === place).sort((a, b) => a.name.localeCompare(b.name));
    return `## In the ${place}\n\n| fault | what happens | code | test |\n|---|---|---|---|\n${rows.map(row).join('\n')}\n`;
  });
  return `# Faults

${GENERATED}

Each row is a test that injects the fault and fails if something else happens. [errors.md](errors.md) explains the codes, [limits.md](limits.md) the limits.

${sections.join('\n')}`;
}

function row(fault: DeclaredFault): string {
  const codes = codesOf(fault).map((code) => `[\`${code}\`](errors.md#${code.toLowerCase()})`);
  const file = fault.test.split('/').at(-1);
  return `| ${cell(fault.name)} | ${cell(fault.happens)} | ${codes.join(', ')} | [${file}](../${fault.test}) |`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '\\<');
