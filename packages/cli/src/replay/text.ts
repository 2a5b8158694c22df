/** What differs between a capture and its replay, as text. */
import type { ReplayLineView } from '@fairlead/api';
import type { Printer } from '../output/printer.ts';
import { fields, printable } from '../output/text.ts';

type Difference = Extract<ReplayLineView, { readonly diff: string }>;

/** Characters of a frame and of a value. */
const SHOWN = 80;

/**
 * A head and a line for each field:
 *
 *     12:00:01.000  link 1f  truck-7  attributes  78780a13…
 *       battery  66 -> 67
 */
export function differenceText(difference: Difference, { paint }: Printer): string {
  const { diff, of, link, at, device, hex = '', kind, code, reason } = difference;
  const kinds = typeof kind === 'string' ? kind : undefined;
  const head = [
    paint.dim(at.slice(11, 23)),
    `link ${link}`,
    ...(device === undefined ? [] : [printable(device)]),
    ...(kinds === undefined ? [] : [kinds]),
    paint.dim(cut(hex)),
  ].join('  ');
  if (of === 'frame')
    return `${head}\n  ${diff === 'added' ? 'only the replay has this frame' : 'only the capture has this frame'}`;
  const codeText =
    typeof code === 'object'
      ? `${code.old} -> ${code.new}`
      : diff === 'added'
        ? `none -> ${code}`
        : `${code} -> none`;
  if (of === 'error')
    return `${head}\n  error  ${codeText}${reason === undefined || diff === 'removed' ? '' : `  ${printable(reason)}`}`;
  if (diff !== 'changed')
    return `${head}\n  only the ${diff === 'added' ? 'replay' : 'capture'} has  ${cut(fields(difference.values), 4 * SHOWN)}`;
  return [head, ...changeLines(difference)].join('\n');
}

function changeLines({ changes = [], kind, measured }: Difference): string[] {
  const rows = changes.map(({ field, ...change }) => [
    printable(field),
    'old' in change ? value(change.old) : '(absent)',
    'new' in change ? value(change.new) : '(absent)',
  ]);
  if (typeof kind === 'object') rows.push(['kind', kind.old, kind.new]);
  if (measured !== undefined) rows.push(['time', measured.old, measured.new]);
  const width = Math.max(...rows.map(([field = '']) => field.length));
  return rows.map(([field = '', old, fresh]) => `  ${field.padEnd(width)}  ${old} -> ${fresh}`);
}

const value = (of: unknown): string => cut(printable(JSON.stringify(of) ?? 'undefined'));

const cut = (text: string, most = SHOWN): string => (text.length > most ? `${text.slice(0, most)}…` : text);
