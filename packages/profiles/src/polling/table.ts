/** The table `poll.requests` of a profile: what is asked, and the value of each answer. */
import { nestsDeeper } from '@fairlead/core';
import type { PollRequest } from '@fairlead/sandbox';
import { RE2JS } from 're2js';
import { profilesErrors } from '../catalogue.ts';
import type { PollTerms } from '../definition/schema.ts';
import { profilesLimits } from '../limits.ts';

type Row = PollTerms['requests'][number];
type CompiledRow = Row & { readonly compiled: RE2JS | undefined };

/** Levels of nesting in an answer that is JSON. */
const DEPTH = 32;
/** Characters of an answer that an error shows. */
const SHOWN = 40;

export class PollTable {
  /** In the order of the table. The next frame is the answer to each. */
  readonly requests: readonly PollRequest[];
  readonly #rows: readonly CompiledRow[];

  /** The patterns were checked with the profile. */
  constructor(rows: readonly Row[]) {
    this.#rows = rows.map((row) => ({
      ...row,
      compiled: row.pattern === undefined ? undefined : RE2JS.compile(row.pattern),
    }));
    this.requests = rows.map(({ send, sendHex = '', every, timeout }) => ({
      send: send === undefined ? Buffer.from(sendHex, 'hex') : Buffer.from(send),
      expect: [],
      every,
      timeout,
      answer: true,
    }));
  }

  /** The values of the answer to a request, as JSON text. Throws POLL_ANSWER_INVALID. */
  values(request: number, frame: Uint8Array): string {
    const row = this.#rows[request] as CompiledRow;
    const refuse = (reason: string) =>
      profilesErrors.error('POLL_ANSWER_INVALID', { name: row.name, reason });
    if (frame.length > profilesLimits.values.answer)
      throw refuse(`it has ${frame.length} bytes, the limit is ${profilesLimits.values.answer}`);
    const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.length);
    if (row.as === 'hex') return JSON.stringify({ [row.name]: bytes.toString('hex') });
    const whole = bytes.toString().trim();
    const text = row.compiled === undefined ? whole : group(row.compiled, whole);
    if (text === undefined) throw refuse(`"${whole.slice(0, SHOWN)}" does not match the pattern`);
    if (row.as === 'text') return JSON.stringify({ [row.name]: text });
    return `{${JSON.stringify(row.name)}:${row.as === 'json' ? json(text, refuse) : number(text, row, refuse)}}`;
  }
}

function group(pattern: RE2JS, text: string): string | undefined {
  const matcher = pattern.matcher(text);
  return matcher.find() ? (matcher.group(1) ?? undefined) : undefined;
}

type Refuse = (reason: string) => Error;

function number(text: string, { scale = 1 }: Row, refuse: Refuse): string {
  const value = text.trim() === '' ? Number.NaN : Number(text) * scale;
  if (!Number.isFinite(value)) throw refuse(`"${text.slice(0, SHOWN)}" is no number`);
  // Without the digits that binary fractions add: 230 * 0.1 is 23.
  return String(scale === 1 ? value : Number(value.toPrecision(12)));
}

function json(text: string, refuse: Refuse): string {
  if (nestsDeeper(text, DEPTH)) throw refuse(`it is nested deeper than ${DEPTH} levels`);
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    throw refuse(`"${text.slice(0, SHOWN)}" is not JSON`);
  }
}
