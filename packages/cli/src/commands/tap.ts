import type { TapEventView } from '@fairlead/api';
import { Option } from 'commander';
import { countArgument, durationArgument } from '../arguments.ts';
import { CliCommand, formatOf } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { paint } from '../output/paint.ts';
import { fields, printable, wrapped } from '../output/text.ts';
import type { Terminal } from '../terminal.ts';

/** The column of the details. */
const INDENT = 34;
/** Bytes that a line of text shows. JSON shows all that the service sends. */
const SHOWN = 64;

interface TapOptions {
  readonly count?: number;
  readonly wait?: number;
}

export function tapCommand(context: Context): CliCommand {
  return new CliCommand('tap')
    .argument('<target>', 'name of a device, or id of a link')
    .addOption(
      new Option('-C, --count <count>', 'end after this many events').argParser(
        countArgument(1, 1_000_000_000),
      ),
    )
    .addOption(new Option('-W, --wait <seconds>', 'end after this time').argParser(durationArgument))
    .example('fairlead tap truck-7', 'watch a device, also when it connects again, until Ctrl-C')
    .example('fairlead tap 1f', 'watch the link 1f until it closes')
    .example('fairlead tap truck-7 --format json -C 20', 'print 20 events as JSON lines')
    .action((target: string, options: TapOptions, self: CliCommand) =>
      tap(context.terminal, target, options, formatOf(self) ?? 'text'),
    );
}

async function tap(
  terminal: Terminal,
  target: string,
  { count: wanted = Number.POSITIVE_INFINITY, wait }: TapOptions,
  format: 'json' | 'text',
): Promise<void> {
  const { clock, interrupted } = terminal;
  const end = new AbortController();
  const timer = wait === undefined ? undefined : clock.after(wait, () => end.abort());
  const signal = AbortSignal.any([interrupted, end.signal]);
  const events = apiOf(terminal).tap(target, {
    signal,
    connected: () => terminal.err(`Watching ${target}.\n`),
    missed: (count) => terminal.err(`Missed ${count} events: this program did not read fast enough.\n`),
  });
  const print = format === 'json' ? jsonLine : textLine();
  let count = 0;
  let last: TapEventView | undefined;
  try {
    for await (const event of events) {
      terminal.out(print(event, terminal));
      last = event;
      if (++count >= wanted) return;
    }
  } finally {
    clock.clear(timer);
  }
  const isLinkEnded = last?.what === 'closed' && last.link === target;
  if (!signal.aborted && !isLinkEnded) terminal.err('The service closed the stream.\n');
}

function jsonLine(event: TapEventView): string {
  return `${JSON.stringify(event)}\n`;
}

/**
 * Lines such as `12:30:01.123  +0.020  received  22 B  787811010863…`. The second column is the time since the event before,
 * in seconds.
 */
function textLine(): (event: TapEventView, terminal: Terminal) => string {
  let before: number | undefined;
  return (event, { colour, columns }) => {
    const { dim, bold, yellow, green, cyan } = paint(colour);
    const time = Date.parse(event.time);
    const since = before === undefined ? '' : `+${((time - before) / 1_000).toFixed(3)}`;
    before = time;
    const at = new Date(time).toTimeString().slice(0, 8) + event.time.slice(19, 23);
    const paints = {
      received: cyan,
      sent: green,
      frame: bold,
      message: bold,
      refused: yellow,
      closed: yellow,
    };
    const what = paints[event.what](event.what.padEnd(8));
    const details = wrapped(detailsOf(event), columns, INDENT);
    return `${dim(at)}  ${dim(since.padStart(8))}  ${what}  ${details}\n`;
  };
}

function detailsOf({ what, size, hex = '', of, kind, values, code, reason }: TapEventView): string {
  const bytes = size === undefined ? '' : `${size} B  ${beginning(hex, size)}`;
  if (what === 'message')
    return `${printable(of ?? '')} ${kind ?? ''} ${values === undefined ? bytes : fields(values)}`.trim();
  if (code === undefined) return bytes;
  return [code, reason === undefined ? '' : printable(reason), bytes]
    .filter((part) => part !== '')
    .join('  ');
}

/** The first bytes, and how many more there are: `787811…  (1,436 B more)`. */
function beginning(hex: string, size: number): string {
  const text = hex.slice(0, 2 * SHOWN);
  const more = size - text.length / 2;
  return more > 0 ? `${text}…  (${more.toLocaleString('en')} B more)` : text;
}
