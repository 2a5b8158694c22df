/** Filters of each list: which fields it has, and whether an entry matches. */
import { nearest, sizeOption } from '@fairlead/core';
import { parseMoment } from '../moment.ts';
import type { DeviceView } from '../resources/devices.ts';
import type { KeptDownlinkView } from '../resources/downlinks.ts';
import type { InboxEntryView } from '../resources/inbox.ts';
import type { LinkView } from '../resources/links.ts';
import type { MessageView } from '../resources/messages.ts';
import type { RunView } from '../resources/runs.ts';
import { type Comparison, type FilterTerm, type FilterValue, filterError, parseFilter } from './parse.ts';

/** `age`: a time, which is compared by its age (`>1h`: longer ago) or as a date (`<2026-03-01`: before). */
type Kind = 'text' | 'number' | 'age';

type Field<V> = readonly [kind: Kind, read: (entry: V) => string | number | boolean | undefined];

interface Views {
  readonly devices: DeviceView;
  readonly links: LinkView;
  readonly messages: MessageView;
  readonly runs: RunView;
  readonly inbox: InboxEntryView;
  readonly downlinks: KeptDownlinkView;
}
/** A list that can be filtered. */
export type Filterable = keyof Views;

const FIELDS: { readonly [L in Filterable]: Readonly<Record<string, Field<Views[L]>>> } = {
  devices: {
    name: ['text', (one) => one.name],
    label: ['text', (one) => one.label],
    type: ['text', (one) => one.type],
    protocol: ['text', (one) => one.protocol],
    profile: ['text', (one) => one.profile],
    parent: ['text', (one) => one.parent],
    identity: ['text', (one) => one.identity],
    endpoint: ['text', (one) => one.endpoint],
    status: ['text', (one) => one.status],
    state: ['text', (one) => one.state],
    since: ['age', (one) => one.since],
    created: ['age', (one) => one.createdAt],
  },
  links: {
    id: ['text', (one) => one.id],
    device: ['text', (one) => one.device],
    listener: ['text', (one) => one.listener],
    remote: ['text', (one) => one.remote],
    state: ['text', (one) => one.state],
    code: ['text', (one) => one.code],
    opened: ['age', (one) => one.openedAt],
    closed: ['age', (one) => one.closedAt],
    seen: ['age', (one) => one.lastReceivedAt],
    received: ['number', (one) => one.bytesIn],
    sent: ['number', (one) => one.bytesOut],
  },
  messages: {
    device: ['text', (one) => one.device],
    kind: ['text', (one) => one.kind],
    time: ['age', (one) => one.time],
    size: ['number', (one) => one.size],
    values: ['text', (one) => JSON.stringify(one.values)],
  },
  runs: {
    id: ['number', (one) => one.id],
    kind: ['text', (one) => one.kind],
    name: ['text', (one) => one.name],
    cause: ['text', (one) => one.cause],
    result: ['text', (one) => one.result],
    code: ['text', (one) => one.code],
    error: ['text', (one) => one.error],
    started: ['age', (one) => one.startedAt],
    ended: ['age', (one) => one.endedAt],
  },
  inbox: {
    id: ['text', (one) => one.id],
    listener: ['text', (one) => one.listener],
    profile: ['text', (one) => one.profile],
    identity: ['text', (one) => one.identity],
    parent: ['text', (one) => one.parent],
    remote: ['text', (one) => one.remote],
    connected: ['text', (one) => String(one.connected)],
    first: ['age', (one) => one.firstSeen],
    seen: ['age', (one) => one.lastSeen],
    count: ['number', (one) => one.count],
    bytes: ['number', (one) => one.bytes],
  },
  downlinks: {
    id: ['text', (one) => one.id],
    device: ['text', (one) => one.device],
    kind: ['text', (one) => one.kind],
    state: ['text', (one) => one.state],
    delivery: ['text', (one) => one.delivery],
    key: ['text', (one) => one.key],
    code: ['text', (one) => one.code],
    created: ['age', (one) => one.createdAt],
    finished: ['age', (one) => one.finishedAt],
    attempts: ['number', (one) => one.attempts],
  },
};

/** The fields that filters of a list may name. */
export const filterFields = (list: Filterable): readonly string[] => Object.keys(FIELDS[list]);

/**
 * Whether entries of a list match a filter. Ages count from `now`. Throws FILTER_SYNTAX.
 *
 * @param now Unix milliseconds of the service
 */
export function compileFilter<L extends Filterable>(
  list: L,
  filter: string,
  now: number,
): (entry: Views[L]) => boolean {
  const fields = FIELDS[list] as Readonly<Record<string, Field<Views[L]>>>;
  const tests = parseFilter(filter).map((term) => {
    const test = term.field === undefined ? anywhere(fields, term) : within(fields, term, filter, now);
    return term.negated ? (entry: Views[L]) => !test(entry) : test;
  });
  return (entry) => tests.every((test) => test(entry));
}

function anywhere<V>(fields: Readonly<Record<string, Field<V>>>, { values: [value] }: FilterTerm) {
  const wanted = globOf(value as FilterValue, true);
  const reads = Object.values(fields).filter(([kind]) => kind === 'text');
  return (entry: V) => reads.some(([, read]) => wanted(String(read(entry) ?? '')));
}

function within<V>(
  fields: Readonly<Record<string, Field<V>>>,
  { field: name = '', values, at, negated }: FilterTerm,
  filter: string,
  now: number,
) {
  const place = negated ? at + 1 : at;
  if (!Object.hasOwn(fields, name)) {
    const known = Object.keys(fields);
    const near = nearest(name, known);
    const hint = near === undefined ? `there are ${known.join(', ')}` : `did you mean "${near}"?`;
    throw filterError(filter, place, `there is no field "${name}"; ${hint}`);
  }
  const [kind, read] = fields[name] as Field<V>;
  const tests = values.map((value) => valueTest(kind, value, filter, now));
  return (entry: V) => {
    const found = read(entry);
    return found !== undefined && tests.some((test) => test(found));
  };
}

type Test = (found: string | number | boolean) => boolean;

function valueTest(kind: Kind, value: FilterValue, filter: string, now: number): Test {
  const { comparison, text, at } = value;
  const refuse = (reason: string) => filterError(filter, at, reason);
  if (kind === 'text') {
    if (comparison !== undefined) throw refuse('a text cannot be compared; write it without < and >');
    const matches = globOf(value, false);
    return (found) => matches(String(found));
  }
  if (kind === 'number') {
    const size = sizeOption.safeParse(/^\d+(\.\d+)?$/.test(text) ? Number(text) : text);
    if (!size.success) throw refuse('a number is expected, such as 42 or 64KiB');
    return (found) => compared(Number(found), comparison, size.data);
  }
  const moment = parseMoment(text, now);
  if (moment === undefined) throw refuse('a time is expected, such as 1h or 2026-03-01T09:30:00Z');
  if (comparison === undefined) throw refuse('write < or > before a time');
  // An age grows as its time goes back.
  const isAge = /^\d/.test(text) && /[a-z]$/.test(text);
  const order = isAge ? MIRRORED[comparison] : comparison;
  return (found) => compared(Date.parse(String(found)), order, moment);
}

const MIRRORED = { '>': '<', '>=': '<=', '<': '>', '<=': '>=' } as const;

function compared(found: number, comparison: Comparison | undefined, wanted: number): boolean {
  switch (comparison) {
    case '>':
      return found > wanted;
    case '>=':
      return found >= wanted;
    case '<':
      return found < wanted;
    case '<=':
      return found <= wanted;
    case undefined:
      return found === wanted;
  }
}

/** Upper and lower case are the same. Time is linear in the text for each piece between asterisks. */
function globOf({ text, quoted }: FilterValue, contained: boolean): (found: string) => boolean {
  const pieces = (quoted ? [text] : text.split('*')).map((piece) => piece.toLowerCase());
  const first = contained ? '' : (pieces[0] as string);
  const last = contained ? '' : (pieces.at(-1) as string);
  const inner = contained ? pieces : pieces.slice(1, -1);
  if (!contained && pieces.length === 1) return (found) => found.toLowerCase() === first;
  return (found) => {
    const lower = found.toLowerCase();
    const end = lower.length - last.length;
    if (!lower.startsWith(first) || !lower.endsWith(last) || end < first.length) return false;
    let at = first.length;
    for (const piece of inner) {
      const next = lower.indexOf(piece, at);
      if (next === -1 || next + piece.length > end) return false;
      at = next + piece.length;
    }
    return true;
  };
}
