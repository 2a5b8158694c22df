/**
 * The topics of `GET /api/v1/live`, as text: `NAME`, `NAME/ID`, `NAME?KEY=VALUE`. A state topic is a request of the API whose answer is
 * sent whenever it changes; its id and query are those of the request. A record topic is a sequence of numbered records.
 */
import { z } from 'zod';
import { apiErrors } from '../catalogue.ts';
import { compileFilter, type Filterable } from '../filter/match.ts';
import { apiLimits } from '../limits.ts';
import { auditEntrySchema } from '../resources/audit.ts';
import { jobs, triggers } from '../resources/automation.ts';
import { devices } from '../resources/devices.ts';
import { downlinks } from '../resources/downlinks.ts';
import { drivers } from '../resources/drivers.ts';
import { inbox } from '../resources/inbox.ts';
import { links } from '../resources/links.ts';
import { runs } from '../resources/runs.ts';
import { service } from '../resources/service.ts';
import { eventSchema, tapEventSchema } from '../resources/stream.ts';
import type { Scope } from '../scopes.ts';

/** The request of each state topic. */
export const stateTopics = {
  overview: service.status,
  devices: devices.list,
  device: devices.get,
  why: devices.why,
  links: links.list,
  link: links.get,
  inbox: inbox.list,
  downlinks: downlinks.list,
  runs: runs.list,
  run: runs.get,
  triggers: triggers.states,
  jobs: jobs.states,
  drivers: drivers.list,
  driver: drivers.properties,
} as const;

const logRecord = z.object({
  time: z.string(),
  level: z.enum(['debug', 'info', 'warn', 'error']),
  message: z.string(),
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

const presenceRecord = z.object({
  time: z.string().describe('Since when.'),
  device: z.string(),
  status: z.enum(['online', 'offline']),
  state: z.enum(['live', 'suspect', 'dead']).optional(),
  code: z.string().optional(),
});

/** Kinds of saved objects. */
const objectKinds = [
  'device',
  'profile',
  'connection',
  'task',
  'trigger',
  'job',
  'driver',
  'user',
  'token',
] as const;

const objectRecord = z.object({
  time: z.string(),
  kind: z.enum(objectKinds),
  name: z.string().describe('Empty: several, or all.'),
  action: z.enum(['added', 'changed', 'removed']),
  revision: z.string().optional().describe('The one that it has now, of kinds that have revisions.'),
  who: z.string().describe('Name of the user or of the token.'),
});

const noticeRecord = z.object({
  time: z.string(),
  level: z.enum(['warn', 'error']),
  message: z.string(),
  code: z.string().optional(),
  device: z.string().optional(),
});

const noQuery = z.strictObject({});

/** The records of each record topic, and its query. `wire/ID` is about a link or a device. */
const recordTopics = {
  messages: { record: eventSchema, query: z.strictObject({ device: z.string().optional() }) },
  presence: { record: presenceRecord, query: noQuery },
  wire: { record: tapEventSchema, query: noQuery },
  log: { record: logRecord, query: noQuery },
  audit: { record: auditEntrySchema, query: noQuery },
  objects: { record: objectRecord, query: noQuery },
  notices: { record: noticeRecord, query: noQuery },
} as const;

export type StateTopic = keyof typeof stateTopics;
export type RecordTopic = keyof typeof recordTopics;
type Answer<O> = O extends { readonly response: { readonly 200: infer S extends z.ZodType } }
  ? z.output<S>
  : never;
/** The value of each state topic. */
export type StateValues = { readonly [T in StateTopic]: Answer<(typeof stateTopics)[T]> };
/** A record of each record topic. */
export type TopicRecords = { readonly [T in RecordTopic]: z.output<(typeof recordTopics)[T]['record']> };

/** A topic that was parsed. */
export interface Topic {
  /** The text in its one form: the keys of the query in order. */
  readonly text: string;
  readonly name: StateTopic | RecordTopic;
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
}

/** Names that are followed by `/ID`, and what the id is of the request. */
const ID_OF: Readonly<Record<string, string>> = {
  device: 'name',
  why: 'name',
  link: 'id',
  run: 'id',
  driver: 'device',
  wire: 'target',
};

/** What a reader of a topic must be allowed to do. */
export const topicScope = ({ name }: Pick<Topic, 'name'>): Scope => (name === 'audit' ? 'admin' : 'read');

export const isStateTopic = (name: string): name is StateTopic => Object.hasOwn(stateTopics, name);
export const isRecordTopic = (name: string): name is RecordTopic => Object.hasOwn(recordTopics, name);

/** Throws LIVE_TOPIC_INVALID, or of its filter FILTER_SYNTAX. */
export function parseTopic(text: string): Topic {
  const refuse = (reason: string) =>
    apiErrors.error('LIVE_TOPIC_INVALID', { topic: text.slice(0, 200), reason });
  const [, name = '', slash, id = '', , search = ''] = /^([a-z]*)(\/([^?]*))?(\?(.*))?$/s.exec(text) ?? [];
  const operation = isStateTopic(name)
    ? stateTopics[name]
    : isRecordTopic(name)
      ? recordTopics[name]
      : undefined;
  if (operation === undefined)
    throw refuse(`there are ${[...Object.keys(stateTopics), ...Object.keys(recordTopics)].join(', ')}`);
  const key = ID_OF[name];
  if ((key !== undefined) !== (slash !== undefined) || (key !== undefined && id === ''))
    throw refuse(key === undefined ? 'it has no id' : `write ${name}/ID`);
  let decoded: string;
  const pairs = new URLSearchParams(search);
  try {
    decoded = decodeURIComponent(id);
  } catch {
    throw refuse('the id is not encoded as in a URL');
  }
  const given = Object.fromEntries(pairs);
  const schema: z.ZodType = 'query' in operation ? operation.query : noQuery;
  const query = schema.safeParse(given);
  if (!query.success) throw refuse(problemIn(query.error));
  const wanted = key === undefined ? {} : { [key]: decoded };
  const params =
    'params' in operation
      ? (operation.params as z.ZodType).safeParse(wanted)
      : { success: true as const, data: wanted };
  if (!params.success) throw refuse(problemIn(params.error));
  if (typeof (query.data as { limit?: unknown }).limit === 'number') {
    // A list is read again and again: its pages are small.
    if (!pairs.has('limit')) pairs.set('limit', String(apiLimits.values.pageDefault));
    if (Number(pairs.get('limit')) > apiLimits.values.livePage)
      throw refuse(`limit: at most ${apiLimits.values.livePage}`);
    Object.assign(query.data as object, { limit: Number(pairs.get('limit')) });
  }
  // Secrets need another scope than the stream, and nothing is waited for.
  for (const key of ['secrets', 'wait']) if (pairs.has(key)) throw refuse(`${key} is not for topics`);
  const { filter } = query.data as { filter?: string };
  if (filter !== undefined) compileFilter(name as Filterable, filter, 0);
  pairs.sort();
  const canonical = new URLSearchParams(Object.entries(Object.fromEntries(pairs))).toString();
  return {
    text: `${name}${key === undefined ? '' : `/${encodeURIComponent(decoded)}`}${canonical === '' ? '' : `?${canonical}`}`,
    name: name as Topic['name'],
    params: params.data as Topic['params'],
    query: query.data as Topic['query'],
  };
}

function problemIn({ issues: [issue] }: z.ZodError): string {
  const place = issue?.path.join('.') ?? '';
  return `${place === '' ? '' : `${place}: `}${issue?.message}`;
}
