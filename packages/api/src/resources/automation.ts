/** Connections, tasks, triggers and jobs: their definitions, and what is done with them. */
import { z } from 'zod';
import { named, nothing, raisedBySecrets, secretsQuery, time } from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';
import { definitionName, definitionOperations, namedParams } from './definitions.ts';
import { outputLine, runView } from './runs.ts';

const tag = 'automation';

/** The header of a request that a job sends: how many jobs led to it. */
export const DEPTH_HEADER = 'fairlead-depth';

const testBody = named(
  'ConnectionTest',
  z
    .strictObject({
      how: z.enum(['connect', 'listen']).default('connect').describe('As a task, or as a trigger.'),
      connection: z.looseObject({}).optional().describe('Fields of a connection that is not saved.'),
    })
    .prefault({}),
);
const testView = named(
  'ConnectionTestResult',
  z.object({
    ok: z.boolean(),
    words: z.string().describe('What happened, for people.'),
    code: z.string().optional(),
    duration: z.number().describe('Milliseconds.'),
  }),
);

const variables = z
  .record(z.string().max(64), z.string())
  .default({})
  .describe('Variables of the run: {{var.NAME}}.');
const startBody = named('RunStart', z.strictObject({ variables }).prefault({}));
const unsavedTaskBody = named(
  'UnsavedTask',
  z.strictObject({
    task: z.looseObject({}).describe('A task that is not saved: connection and rules.'),
    variables,
  }),
);
const startHeaders = z.looseObject({
  [DEPTH_HEADER]: z.coerce
    .number()
    .int()
    .nonnegative()
    .default(0)
    .describe(
      'How many jobs led to this request. HTTP steps of jobs send it, which detects a job that starts itself.',
    ),
});
const startedView = named('RunStarted', z.object({ id: z.int().describe('Of the run.') }));

const triggerView = named(
  'TriggerState',
  z.looseObject({
    name: z.string(),
    state: z.enum(['listening', 'stopped', 'failed']),
    address: z.string().optional().describe('As bound; `device NAME` if it uses the link of a device.'),
    code: z
      .string()
      .optional()
      .describe('Why it cannot listen, and tries again; or why nothing can come from its device at present.'),
    error: z.string().optional(),
    clients: z.int(),
    accepted: z.int().describe('Clients since the service started, as all counts below.'),
    refused: z.int().describe('Clients beyond the maximum.'),
    handshakeFailures: z.int().describe('Clients whose TLS handshake failed.'),
    fires: z.int(),
    failures: z.int().describe('Exchanges that failed.'),
    received: z.int().describe('Messages.'),
    sent: z.int().describe('Messages.'),
  }),
);
export type TriggerView = z.output<typeof triggerView>;

const outputView = named(
  'TriggerOutput',
  z.object({
    lines: z.array(outputLine),
    dropped: z.int().describe('Earlier lines that are no longer kept.'),
  }),
);

const jobView = named(
  'JobState',
  z.object({
    name: definitionName,
    enabled: z.boolean().describe('false: only a person starts it.'),
    nextAt: time.optional().describe('When its schedules start it next.'),
    running: z.int(),
    waiting: z.int().describe('Starts that wait for an earlier run to end.'),
    last: runView.optional().describe('Its latest run.'),
  }),
);
export type JobView = z.output<typeof jobView>;

export const connections = {
  ...definitionOperations('connection', 'Connection'),
  test: operation({
    id: 'testConnection',
    method: 'POST',
    path: `${API_BASE}/connections/:name/test`,
    tag,
    scope: 'operate',
    raised: { connection: 'admin' },
    summary: 'Test a connection: connect or bind, and close again',
    description: 'If the body has "connection", its fields are tested instead of the saved ones.',
    params: namedParams,
    body: testBody,
    response: { 200: testView },
    problems: [400, 404],
  }),
};

export const tasks = {
  ...definitionOperations('task', 'Task'),
  run: operation({
    id: 'runTask',
    method: 'POST',
    path: `${API_BASE}/tasks/:name/run`,
    tag,
    scope: 'operate',
    summary: 'Run a task; its run shows the result',
    params: namedParams,
    body: startBody,
    headers: startHeaders,
    response: { 202: startedView },
    problems: [400, 404],
  }),
  runUnsaved: operation({
    id: 'runUnsavedTask',
    method: 'POST',
    path: `${API_BASE}/unsaved-tasks`,
    tag,
    scope: 'admin',
    summary: 'Run a task that is not saved',
    body: unsavedTaskBody,
    headers: startHeaders,
    response: { 202: startedView },
    problems: [400, 404],
  }),
};

export const triggers = {
  ...definitionOperations('trigger', 'Trigger'),
  states: operation({
    id: 'listTriggerStates',
    method: 'GET',
    path: `${API_BASE}/trigger-states`,
    tag,
    scope: 'read',
    summary: 'List which triggers listen, where, and their counts',
    response: { 200: z.array(triggerView) },
    problems: [503],
  }),
  start: operation({
    id: 'startTrigger',
    method: 'POST',
    path: `${API_BASE}/triggers/:name/start`,
    tag,
    scope: 'operate',
    summary: 'Start a trigger: it listens',
    params: namedParams,
    response: { 200: triggerView },
    problems: [400, 404, 409],
  }),
  stop: operation({
    id: 'stopTrigger',
    method: 'POST',
    path: `${API_BASE}/triggers/:name/stop`,
    tag,
    scope: 'operate',
    summary: 'Stop a trigger until it is started, or the service is',
    params: namedParams,
    response: { 204: nothing('Stopped.') },
    problems: [404, 409],
  }),
  output: operation({
    id: 'getTriggerOutput',
    method: 'GET',
    path: `${API_BASE}/triggers/:name/output`,
    tag,
    scope: 'read',
    raised: raisedBySecrets,
    summary: 'Show the latest lines that a trigger exchanged with its clients',
    params: namedParams,
    query: secretsQuery,
    response: { 200: outputView },
    problems: [404],
  }),
};

export const jobs = {
  ...definitionOperations('job', 'Job'),
  states: operation({
    id: 'listJobStates',
    method: 'GET',
    path: `${API_BASE}/job-states`,
    tag,
    scope: 'read',
    summary: 'List the next start, the current runs and the latest run of each job',
    response: { 200: z.array(jobView) },
    problems: [503],
  }),
  run: operation({
    id: 'runJob',
    method: 'POST',
    path: `${API_BASE}/jobs/:name/run`,
    tag,
    scope: 'operate',
    summary: 'Run a job; its run shows the result',
    params: namedParams,
    body: startBody,
    headers: startHeaders,
    response: { 202: startedView },
    problems: [400, 404],
  }),
};
