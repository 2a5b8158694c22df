/** The history of tasks, triggers and jobs. */
import { durationOption } from '@fairlead/core';
import { z } from 'zod';
import {
  filterText,
  named,
  nothing,
  pageSize,
  raisedBySecrets,
  secrets,
  time,
  timeRange,
} from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';

const tag = 'automation';
const path = `${API_BASE}/runs` as const;
const runParams = z.strictObject({ id: z.coerce.number().int().positive() });
const kind = z.enum(['task', 'trigger', 'job']);

export const outputLine = named(
  'OutputLine',
  z.object({
    time,
    type: z.enum(['sent', 'received', 'info']),
    peer: z.string(),
    rule: z.string().optional(),
    key: z.string().optional(),
    text: z.string(),
    hex: z.string().optional(),
    code: z.string().optional(),
  }),
);
export type OutputLine = z.output<typeof outputLine>;

export const runView = named(
  'Run',
  z.object({
    id: z.int(),
    kind,
    name: z.string(),
    cause: z
      .string()
      .describe('manual, schedule ..., trigger NAME, job NAME, job by HTTP, or the address of a client.'),
    startedAt: time,
    endedAt: time.optional().describe('Absent while it runs.'),
    result: z.enum(['success', 'failure', 'stopped', 'skipped', 'interrupted']).optional(),
    waiting: z.boolean().optional().describe('It waits until another run of the job has ended.'),
    code: z.string().optional(),
    error: z.string().optional(),
  }),
);
export type RunView = z.output<typeof runView>;

/** The exchange of a task or a trigger, or the steps of a job. Rows of earlier versions may lack fields. */
const runRecord = named(
  'RunRecord',
  z.looseObject({
    duration: z.number().optional().describe('Milliseconds.'),
    messages: z.array(z.looseObject({ key: z.string(), text: z.string() })).optional(),
    messagesDropped: z.int().optional().describe('Messages that were too long to be kept.'),
    output: z.array(outputLine.loose()).optional(),
    outputDropped: z.int().optional().describe('Earlier lines that are no longer kept.'),
    inputs: z.record(z.string(), z.string()).optional().describe('The variables with which a job started.'),
    steps: z
      .array(
        z.looseObject({
          name: z.string(),
          result: z.string(),
          attempts: z.int(),
          duration: z.number(),
          run: z.int().optional(),
          error: z.string().optional(),
          output: z.string(),
        }),
      )
      .optional(),
  }),
);
const runDetail = named(
  'RunDetail',
  runView.extend({
    detail: runRecord
      .nullable()
      .describe('For a task or trigger its messages and output, for a job its steps.'),
  }),
);
export type RunDetail = z.output<typeof runDetail>;

export const runs = {
  list: operation({
    id: 'listRuns',
    method: 'GET',
    path,
    tag,
    scope: 'read',
    raised: raisedBySecrets,
    summary: 'List the runs of tasks, triggers and jobs, newest first',
    query: z
      .strictObject({
        secrets,
        kind: kind.optional(),
        name: z.string().optional().describe('Only with kind.'),
        filter: filterText,
        before: z.coerce
          .number()
          .int()
          .positive()
          .optional()
          .describe('Only runs with an id below this one.'),
        ...timeRange('runs that started'),
        limit: pageSize,
      })
      .refine(({ kind, name }) => name === undefined || kind !== undefined, {
        error: 'a name needs a kind: task, trigger or job',
        path: ['name'],
      }),
    response: { 200: z.array(runView) },
    problems: [400, 503],
  }),
  get: operation({
    id: 'getRun',
    method: 'GET',
    path: `${path}/:id`,
    tag,
    scope: 'read',
    raised: raisedBySecrets,
    summary: 'Show a run with its output',
    params: runParams,
    query: z.strictObject({
      secrets,
      wait: durationOption.optional().describe('Answer when the run has ended, or after this time: 5s.'),
    }),
    response: { 200: runDetail },
    problems: [400, 404],
  }),
  stop: operation({
    id: 'stopRun',
    method: 'POST',
    path: `${path}/:id/stop`,
    tag,
    scope: 'operate',
    summary: 'Stop a running task or job',
    params: runParams,
    response: { 204: nothing('The run stops.') },
    problems: [404, 409],
  }),
};
