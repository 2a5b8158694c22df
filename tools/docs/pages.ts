/** The pages that are made of the code. Each is text in, text out: `tools/docs.ts` writes them, a test compares them. */
import { cliReference } from '@fairlead/cli';
import type { ErrorEntry, LimitEntry } from '@fairlead/core';
import { configReference } from '@fairlead/server';
import { framingJsonSchema } from '@fairlead/tcp/internal';
import type { Declarations, Declared } from './collect.ts';
import { GENERATED } from './generated.ts';
import { statesPage } from './states.ts';

/** All generated pages by their path. */
export function generatedPages({ errors, limits }: Declarations): Readonly<Record<string, string>> {
  return {
    'docs/errors.md': errorsPage(errors),
    'docs/limits.md': limitsPage(limits),
    'docs/states.md': statesPage(),
    'docs/configuration.md': configReference(),
    'docs/cli.md': cliReference(),
    'docs/framing.schema.json': `${JSON.stringify(framingJsonSchema(), null, 2)}\n`,
  };
}

export function errorsPage(parts: readonly Declared<ErrorEntry>[]): string {
  const head = `# Error codes

${GENERATED}

Every close, every refusal and every misuse has one code. It stands in the log, in the labels of the metrics, in the answers
of the HTTP API, in \`fairlead link inspect\` and in \`error.code\`. Codes are stable; messages are not: never match their text.

- **Kind**: what went wrong in broad terms.
- **Blame**: \`local\`, our own program or who uses it; \`remote\`, the peer; \`environment\`, what lies between and beneath.
- **Again**: whether the same operation may succeed later without a change.

Words in braces are filled in, and stand in \`error.details\` too.
`;
  return page([head, ...parts.map(errorsOf)]);
}

function errorsOf({ owner, entries }: Declared<ErrorEntry>): string {
  const codes = Object.entries(entries).sort(([a], [b]) => a.localeCompare(b));
  const sections = codes.map(
    ([code, { kind, side, retryable, message, help }]) => `### ${code}

${escaped(message)}

${escaped(help)}

Kind: ${kind}. Blame: ${side}. Again: ${retryable ? 'yes' : 'no'}.
`,
  );
  return [`## @fairlead/${owner}\n`, ...sections].join('\n');
}

export function limitsPage(parts: readonly Declared<LimitEntry>[]): string {
  const head = `# Limits

${GENERATED}

Every buffer, queue, wait and retry has a finite default. Where an option is named, it can be changed there: an option of a
function of the library, or a key of [the configuration](configuration.md). What a code means stands in [errors.md](errors.md).

A bound that holds for each peer (client, link, device or run) is no bound for all of them together: the column "over all" says
what bounds their sum.
`;
  return page([head, ...parts.map(limitsOf)]);
}

function limitsOf({ owner, entries }: Declared<LimitEntry>): string {
  const rows = Object.entries(entries)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, { value, unit, meaning, overAll, option }]) =>
      row([name, amount(value, unit), meaning, overAll ?? '', (option ?? '').replace(/^\S+/, '`$&`')]),
    );
  return `## @fairlead/${owner}

| limit | default | what is bounded | over all | option |
|---|---|---|---|---|
${rows.join('\n')}
`;
}

/** A limit as people say it: \`1 MiB\`, \`10 s\`, \`100,000\`. */
export function amount(value: number, unit: LimitEntry['unit']): string {
  const number = (n: number) => n.toLocaleString('en-GB', { maximumFractionDigits: 3 });
  const scaled = (steps: readonly (readonly [size: number, name: string])[]) => {
    const [size, name] = steps.find(([size]) => value >= size && value % size === 0) ?? [1, ''];
    return `${number(value / size)} ${name}`;
  };
  if (unit === 'items') return number(value);
  if (unit === 'per second') return `${number(value)} a second`;
  if (unit === 'bytes')
    return scaled([
      [2 ** 30, 'GiB'],
      [2 ** 20, 'MiB'],
      [2 ** 10, 'KiB'],
      [1, 'bytes'],
    ]);
  return scaled([
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
    [1, 'ms'],
  ]);
}

function page(parts: readonly string[]): string {
  return `${parts.join('\n').trimEnd()}\n`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** Angle brackets and the like would be taken for markup. */
function escaped(text: string): string {
  return text.replaceAll(/[<>*_]/g, (mark) => `\\${mark}`);
}
