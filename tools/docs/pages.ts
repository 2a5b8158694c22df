/** The pages that are generated from the code, as pure functions: `tools/docs.ts` writes the pages, a test compares them. */
import { cliReference, commandsModule } from '@fairlead/cli';
import type { ErrorEntry, LimitEntry } from '@fairlead/core';
import { configReference } from '@fairlead/server';
import { framingJsonSchema } from '@fairlead/tcp/internal';
import type { Declarations, Declared } from './collect.ts';
import { collectFaults, faultsPage } from './faults.ts';
import { GENERATED } from './generated.ts';
import { profileCatalogue } from './profile-catalogue.ts';
import { statesPage } from './states.ts';

/** All generated pages by their path. */
export async function generatedPages({
  errors,
  limits,
}: Declarations): Promise<Readonly<Record<string, string>>> {
  return {
    'docs/errors.md': errorsPage(errors),
    'docs/limits.md': limitsPage(limits),
    'docs/faults.md': faultsPage(collectFaults('.')),
    'docs/states.md': statesPage(),
    'docs/configuration.md': configReference(),
    'docs/cli.md': await cliReference(),
    'packages/cli/src/completion/commands.ts': await commandsModule(),
    'docs/profile-catalogue.md': await profileCatalogue(),
    'docs/framing.schema.json': `${JSON.stringify(framingJsonSchema(), null, 2)}\n`,
  };
}

export function errorsPage(parts: readonly Declared<ErrorEntry>[]): string {
  const head = `# Error codes

${GENERATED}

Every closed link, every refusal and every misuse has one error code. The code appears in the log, in metric labels, in answers
of the HTTP API, in \`fairlead link inspect\` and in \`error.code\`. Codes are stable. Messages can change: do not match their text.

- **Kind**: the category of the error.
- **Side**: where the cause is. \`local\` is this program or its user, \`remote\` is the peer, \`environment\` is the network, the operating
  system or the machine.
- **Retryable**: whether the same operation may succeed later without a change.

Words in braces are replaced by values. The same values are in \`error.details\`.
`;
  return page([head, ...parts.map(errorsOf)]);
}

function errorsOf({ owner, entries }: Declared<ErrorEntry>): string {
  const codes = Object.entries(entries).sort(([a], [b]) => a.localeCompare(b));
  const sections = codes.map(
    ([code, { kind, side, retryable, message, help }]) => `### ${code}

${escaped(message)}

${escaped(help)}

Kind: ${kind}. Side: ${side}. Retryable: ${retryable ? 'yes' : 'no'}.
`,
  );
  return [`## @fairlead/${owner}\n`, ...sections].join('\n');
}

export function limitsPage(parts: readonly Declared<LimitEntry>[]): string {
  const head = `# Limits

${GENERATED}

Every buffer, queue, wait and retry has a finite default. The column "option" names the option that changes a limit: an option of
a library function, or a key of [the configuration](configuration.md). [errors.md](errors.md) describes the error codes.

Some limits apply to each peer (client, link, device or run). The column "total" says what bounds the sum over all peers.
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

| limit | default | what it limits | total | option |
|---|---|---|---|---|
${rows.join('\n')}
`;
}

/** A limit with its unit: `1 MiB`, `10 s`, `100,000`. */
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

/** Escapes angle brackets and similar characters, which Markdown would treat as markup. */
function escaped(text: string): string {
  return text.replaceAll(/[<>*_]/g, (mark) => `\\${mark}`);
}
