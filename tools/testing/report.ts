import type { Counts, FileResult } from './run-file.ts';

/** The report of one file: one line if all tests passed, otherwise all details. */
export function fileLines(result: FileResult): string[] {
  const bad = result.failed > 0;
  const counts = [`${result.passed} passed`];
  if (bad) counts.push(`${result.failed} failed`);
  if (result.skipped > 0) counts.push(`${result.skipped} skipped`);
  const time = `${(result.ms / 1000).toFixed(1)} s`;
  const lines = [`${bad ? 'FAIL' : 'ok  '}  ${result.file}  ${counts.join(', ')}  ${time}`];
  for (const program of result.left) lines.push(`  left running, and ended: ${program}`);
  if (!bad) return lines;
  for (const { name, error } of result.failures) lines.push(`  failed: ${name}`, indent(error));
  if (result.output.trim() !== '') lines.push('  printed:', indent(result.output.trimEnd()));
  return lines;
}

/** Repeats the failed and the skipped tests at the end of the report. */
export function endLines(results: readonly FileResult[]): string[] {
  const skips = results.flatMap(({ file, skips }) =>
    skips.map(({ name, reason }) => `skipped: ${file}: ${name} (${reason})`),
  );
  const failures = results.flatMap(({ file, failures }) =>
    failures.map(({ name }) => `failed: ${file}: ${name}`),
  );
  return [...skips, ...failures];
}

export function total(parts: readonly Counts[]): Counts {
  const sum = (key: keyof Counts) => parts.reduce((all, part) => all + part[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

/** The last line of a run. */
export function totalLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
