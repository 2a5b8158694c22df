/** What goes in and out of the routes of automation. */
import { DEPTH_HEADER } from '@fairlead/automation';
import { durationOption } from '@fairlead/core';
import { z } from 'zod';
import { serverLimits } from '../limits.ts';

const time = z.string().describe('RFC 3339 in UTC with milliseconds.');
const name = z.string().describe('1 to 64 letters, digits, blanks, "_", ".", ":" or "-".');
const flag = z
  .enum(['', 'true', 'false', '1', '0'])
  .optional()
  .transform((text) => text === '' || text === 'true' || text === '1');

export const namedParams = z.strictObject({ name });
export const runParams = z.strictObject({ id: z.coerce.number().int().positive() });
const secrets = flag.describe(
  'Show bodies, names and keys of rules, and what was said; else they are masked.',
);
export const secretsQuery = z.strictObject({ secrets });

/** The fields are checked by automation itself, whose errors name the place. */
export const fieldsSchema = z.looseObject({}).describe('The fields, as docs/automation.md says.');
export const addedDefinition = z.looseObject({ name }).describe('The name and the fields.');
export const definitionView = z.looseObject({ name, changedAt: time });
export type DefinitionView = z.output<typeof definitionView>;

export const testBody = z
  .strictObject({
    how: z.enum(['connect', 'listen']).default('connect').describe('As a task does, or as a trigger does.'),
    connection: z.looseObject({}).optional().describe('Fields of a connection that is not saved.'),
  })
  .prefault({});
export const testView = z.object({
  ok: z.boolean(),
  words: z.string().describe('What happened, for people.'),
  code: z.string().optional(),
  duration: z.number().describe('Milliseconds.'),
});

const variables = z
  .record(z.string().max(64), z.string())
  .default({})
  .describe('Variables of the run: {{var.NAME}}.');
export const startBody = z.strictObject({ variables }).prefault({});
export const unsavedTaskBody = z.strictObject({
  task: z.looseObject({}).describe('A task that is not saved: connection and rules.'),
  variables,
});
export const startHeaders = z.looseObject({
  [DEPTH_HEADER]: z.coerce
    .number()
    .int()
    .nonnegative()
    .default(0)
    .describe(
      'How many jobs led here: HTTP steps of jobs send it, so that a job that starts itself is found out.',
    ),
});
export const startedView = z.object({ id: z.int().describe('Of the run.') });

export const triggerView = z.looseObject({
  name,
  state: z.enum(['listening', 'stopped', 'failed']),
  address: z.string().optional().describe('As bound.'),
  code: z.string().optional().describe('Why it cannot listen; it tries again.'),
  error: z.string().optional(),
  clients: z.int(),
  accepted: z.int().describe('Clients since the service began; what follows counts from there too.'),
  refused: z.int().describe('Clients beyond the maximum.'),
  handshakeFailures: z.int().describe('Clients whose TLS handshake failed.'),
  fires: z.int(),
  failures: z.int().describe('Exchanges that failed.'),
  received: z.int().describe('Messages.'),
  sent: z.int().describe('Messages.'),
});
export type TriggerView = z.output<typeof triggerView>;

const outputLine = z.object({
  time,
  type: z.enum(['sent', 'received', 'info']),
  peer: z.string(),
  rule: z.string().optional(),
  key: z.string().optional(),
  text: z.string(),
  hex: z.string().optional(),
  code: z.string().optional(),
});
export type OutputLine = z.output<typeof outputLine>;
export const outputView = z.object({
  lines: z.array(outputLine),
  dropped: z.int().describe('Earlier lines that are no longer kept.'),
});

const kind = z.enum(['task', 'trigger', 'job']);
export const runsQuery = z
  .strictObject({
    secrets,
    kind: kind.optional(),
    name: z.string().optional().describe('Only with kind.'),
    before: z.coerce.number().int().positive().optional().describe('Only runs with an id below this one.'),
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(serverLimits.values.page)
      .default(serverLimits.values.pageDefault),
  })
  .refine(({ kind, name }) => name === undefined || kind !== undefined, {
    error: 'a name needs a kind beside it: task, trigger or job',
    path: ['name'],
  });
export const waitQuery = z.strictObject({
  secrets,
  wait: durationOption.optional().describe('Answer when the run has ended, or after this time: 5s.'),
});
export const runView = z.object({
  id: z.int(),
  kind,
  name: z.string(),
  cause: z
    .string()
    .describe('manual, schedule ..., trigger NAME, job NAME, job by HTTP, or the address of a client.'),
  startedAt: time,
  endedAt: time.optional().describe('Absent while it runs.'),
  result: z.enum(['success', 'failure', 'stopped', 'skipped', 'interrupted']).optional(),
  waiting: z.boolean().optional().describe('It waits for its turn: another run of the job must end first.'),
  code: z.string().optional(),
  error: z.string().optional(),
});
export type RunView = z.output<typeof runView>;
export const runDetail = runView.extend({
  detail: z.unknown().describe('Of a task or trigger its messages and output, of a job its steps.'),
});

export const jobView = z.object({
  name,
  enabled: z.boolean().describe('false: it is started by a person alone.'),
  nextAt: time.optional().describe('When its schedules start it next.'),
  running: z.int(),
  waiting: z.int().describe('Starts that wait for their turn.'),
  last: runView.optional().describe('Its latest run.'),
});
export type JobView = z.output<typeof jobView>;
