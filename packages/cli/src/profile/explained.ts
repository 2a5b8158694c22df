/** Frames with the bytes that each field comes from, as text. */
import type { ByteRange, DecodedLine, Explanation } from '@fairlead/profiles';
import { facts } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';
import { hexDump } from '../wire/hex-dump.ts';

export async function printExplained(terminal: Terminal, lines: readonly DecodedLine[]): Promise<void> {
  for (const line of lines) await terminal.write(Buffer.from(`${textOf(line).join('\n')}\n\n`));
}

function textOf({ hex, explained, error, reason, reply }: DecodedLine): string[] {
  const failed = error === undefined ? [] : [reason === undefined ? error : `${error}: ${reason}`];
  return [
    ...hexDump(Buffer.from(hex, 'hex')),
    ...failed,
    ...(explained ? explanation(explained, reply) : []),
  ];
}

function explanation({ fields, kind, framing, check, reply, size, complete }: Explanation, sent?: string) {
  const rows = fields.map(
    ({ name, value, bytes }) => [name, `${rangesText(bytes).padEnd(12)} ${JSON.stringify(value)}`] as const,
  );
  const others: (readonly [string, readonly ByteRange[]])[] = [
    ['(decide the kind)', kind],
    ['(framing)', framing],
    ['(check)', check],
    ['(in the reply)', reply],
  ];
  return [
    ...facts([
      ...rows,
      ...others.flatMap(([name, bytes]) => (bytes.length === 0 ? [] : [[name, rangesText(bytes)] as const])),
      ['(reply)', sent],
    ]),
    ...(complete ? [] : [`Not all of the ${size} bytes could be tried in time.`]),
  ];
}

/** 4-9, 20 */
function rangesText(ranges: readonly ByteRange[]): string {
  if (ranges.length === 0) return '-';
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}
