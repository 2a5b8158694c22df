/** The log: lines of JSON or readable lines. */
import { type DestinationStream, destination, type Logger, pino } from 'pino';

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** `auto`: pretty when `terminal`. */
  readonly format: 'auto' | 'json' | 'pretty';
  /** Whether standard error is a terminal. */
  readonly terminal: boolean;
  /** The output; default: standard error. */
  readonly stream?: DestinationStream | undefined;
}

/** Fields with these names are never written, at any depth. */
const SECRETS = ['token', 'password', 'authorization'];

export function createLog({ level, format, terminal, stream }: LogOptions): Logger {
  const target = stream ?? standardError();
  const pretty = format === 'pretty' || (format === 'auto' && terminal);
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'message',
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '***' },
    },
    pretty ? prettyStream(target, terminal) : escaped(target),
  );
}

function standardError(): DestinationStream {
  const target = destination({ dest: 2, sync: true });
  // The reader of the log has ended. The service continues.
  target.on('error', () => {});
  return target;
}

/**
 * Characters that a terminal or a log viewer interprets: controls (C0 and C1, DEL), line separators, and the marks
 * that change the direction of writing. Devices, clients and scripts choose texts that appear in the log. They must not
 * forge or hide a line, or control a terminal.
 */
const ACTIVE = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Escaped as in JSON, so that a line of JSON stays the same document. */
const quieted = (text: string): string =>
  text.replace(ACTIVE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** pino escapes the controls that JSON forbids; this function escapes the others. */
function escaped(target: DestinationStream): DestinationStream {
  return { write: (line) => target.write(`${quieted(line.trimEnd())}\n`) };
}

const COLOURS: Readonly<Record<string, string>> = { debug: '90', info: '32', warn: '33', error: '31' };

/** `09:15:02.123 INFO  A link ended  code=PEER_CLOSED device=boiler-1` */
function prettyStream(target: DestinationStream, colours: boolean): DestinationStream {
  const paint = (colour: string, text: string) => (colours ? `\u001b[${colour}m${text}\u001b[0m` : text);
  return {
    write(line) {
      const { level, time, message, err, ...fields } = JSON.parse(line);
      const facts = Object.entries(fields).map(
        ([key, value]) => `${paint('90', `${quieted(key)}=`)}${shown(value)}`,
      );
      const label = paint(COLOURS[level] ?? '0', level.toUpperCase().padEnd(5));
      const stack = err?.stack ? `\n${stackLines(String(err.stack))}` : '';
      target.write(
        `${paint('90', time.slice(11, 23))} ${label} ${[quieted(message ?? ''), ...facts].join('  ')}${stack}\n`,
      );
    },
  };
}

/** Indented, so that no line of a stack looks like a log line. The first line of a stack can contain any text. */
function stackLines(stack: string): string {
  return stack
    .split('\n')
    .map((line) => `  ${quieted(line)}`)
    .join('\n');
}

function shown(value: unknown): string {
  return typeof value === 'string' && /^[\w.:@/\-[\]]+$/.test(value) ? value : quieted(JSON.stringify(value));
}
