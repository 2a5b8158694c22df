import { CONTROLS } from '../screen.ts';

const ALL_CONTROLS = new RegExp(CONTROLS, 'g');

/**
 * Makes text from other sources safe to show: control characters, which could move the cursor or overwrite
 * the screen, are written as `\x1b` and similar escapes.
 */
export function printable(text: string): string {
  return text.replace(ALL_CONTROLS, (char) => {
    const code = char.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}

/** `9 s ago`, `3 min ago`, `5 h ago`, `2 days ago`, and the date once it is longer than a month. */
export function ago(then: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - then) / 1_000));
  if (seconds < 1) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  const days = Math.floor(seconds / 86_400);
  if (days <= 31) return days === 1 ? '1 day ago' : `${days} days ago`;
  return new Date(then).toISOString().slice(0, 10);
}

/** `now`, `in 9 s`, `in 3 min`, `in 5 h`, `in 2 days`, and the date once it is further than a month. */
export function ahead(then: number, now: number): string {
  const seconds = Math.ceil((then - now) / 1_000);
  if (seconds < 1) return 'now';
  if (seconds < 60) return `in ${seconds} s`;
  if (seconds < 3_600) return `in ${Math.round(seconds / 60)} min`;
  if (seconds < 86_400) return `in ${Math.round(seconds / 3_600)} h`;
  const days = Math.round(seconds / 86_400);
  if (days <= 31) return days === 1 ? 'in 1 day' : `in ${days} days`;
  return new Date(then).toISOString().slice(0, 10);
}

/** `1 device`, `2 devices`. */
export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

/** `512 B`, `1.5 KiB`, `20 MiB`. */
export function size(bytes: number): string {
  let value = bytes;
  for (const unit of ['B', 'KiB', 'MiB', 'GiB']) {
    if (value < 1_024 || unit === 'GiB') {
      return `${unit === 'B' || value >= 100 ? Math.round(value) : Number(value.toFixed(1))} ${unit}`;
    }
    value /= 1_024;
  }
  throw new RangeError('unreachable');
}

/** Values as `temperature=21.5 position={"lat":1}`, with at most six decimals for readability. */
export function fields(values: unknown): string {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return show(values);
  return Object.entries(values)
    .map(([name, value]) => `${printable(name)}=${show(value)}`)
    .join(' ');
}

function show(value: unknown): string {
  if (typeof value === 'number') return String(rounded(value));
  if (typeof value === 'string' && /^[\w.:+/-]+$/.test(value)) return value;
  return printable(JSON.stringify(value) ?? 'undefined');
}

function rounded(value: number): number {
  return Number(Math.abs(value) < 0.001 ? value.toPrecision(6) : value.toFixed(6));
}

/** Wraps a line at spaces to fit `width`. Further lines are indented by `indent`. Words are never split. */
export function wrapped(text: string, width: number, indent: number): string {
  if (!Number.isFinite(width)) return text;
  const room = Math.max(20, width - indent);
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > room) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join(`\n${' '.repeat(indent)}`);
}
