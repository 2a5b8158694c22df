/** The schema of jobs. */
import { durationOption } from '@fairlead/core';
import { z } from 'zod';
import { nameSchema } from '../connection/schema.ts';
import { automationLimits } from '../limits.ts';
import { conditionShape } from '../match/schema.ts';

const limits = automationLimits.values;
const body = z.string().max(65_536);

const conditionFields = {
  ...z.object(conditionShape).partial().shape,
  ignoreCase: z.boolean().optional(),
  trim: z.boolean().optional(),
};

/** A condition on the result of an earlier step, or on a value. */
const whenSchema = z.strictObject({
  step: nameSchema.optional().describe('Name of an earlier step.'),
  is: z.enum(['success', 'failure', 'skipped']).optional().describe('Its result. Default: success.'),
  value: body.optional().describe('A text with {{variables}}, tested by the condition beside it.'),
  ...conditionFields,
});

const actions = {
  task: nameSchema.describe('A saved task.'),
  http: z.strictObject({
    url: body.describe('http:// or https://, with {{variables}}.'),
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']).default('GET'),
    headers: z.record(z.string(), body).default({}),
    body: body.optional(),
    expect: z
      .int()
      .min(100)
      .max(599)
      .optional()
      .describe('The only status that counts as success. Default: 200 to 299.'),
    redirects: z
      .array(
        z.string().regex(/^[\w.-]+(:\d{1,5})?$|^\[[\da-fA-F:.]+\](:\d{1,5})?$/, {
          error: () => 'expected a host, or host:port, without http://',
        }),
      )
      .max(20)
      .optional()
      .describe('Other hosts that a redirect may lead to. The headers of the step are not sent there.'),
  }),
  publish: z.strictObject({
    topic: body.describe('Topic on the bus.'),
    payload: body.default(''),
    retain: z.boolean().default(false),
  }),
  downlink: z.strictObject({
    device: body.describe('Name of the device.'),
    kind: z.enum(['attributes', 'command']).default('attributes'),
    values: z.unknown().describe('Values to set, or the command. Texts in it may contain {{variables}}.'),
  }),
  program: z.strictObject({
    path: z.string().min(1).max(1_024).describe('Full path. The configuration must list it.'),
    args: z.array(body).max(100).default([]),
    stdin: body.optional(),
  }),
  job: nameSchema.describe('Another job; the step waits for it.'),
};
const actionNames = Object.keys(actions) as (keyof typeof actions)[];

const stepSchema = z
  .strictObject({
    name: nameSchema.optional().describe('Default: step 1, step 2, ...'),
    ...z.object(actions).partial().shape,
    when: z
      .union([whenSchema, z.array(whenSchema).max(20)])
      .optional()
      .describe('Runs the step only if this condition is met, or all conditions of a list.'),
    retries: z.int().min(0).max(limits.stepRetries).default(0).describe('Further attempts after a failure.'),
    retryDelay: durationOption.default(1_000).describe('Wait between attempts.'),
    timeout: durationOption.default(limits.stepTimeout).describe('Time for one attempt.'),
    onError: z
      .enum(['stop', 'continue'])
      .default('stop')
      .describe('stop: the job fails. continue: the job continues with the next step.'),
  })
  .superRefine((step, context) => {
    const found = actionNames.filter((name) => step[name] !== undefined);
    if (found.length === 1) return;
    const message = `expected one of ${actionNames.join(', ')}; here ${found.length === 0 ? 'is none' : `are ${found.join(' and ')}`}`;
    context.addIssue({ code: 'custom', message, path: found.slice(1, 2) });
  });

const startSchema = z
  .strictObject({
    trigger: nameSchema.optional().describe('Starts the job each time this trigger fires.'),
    schedule: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('Five fields: minute, hour, day, month, weekday; or six, seconds first.'),
    zone: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe('Time zone of the schedule, such as Europe/Berlin. Default: that of this machine.'),
  })
  .refine(({ trigger, schedule }) => (trigger === undefined) !== (schedule === undefined), {
    error: 'expected either trigger or schedule',
  });

export const jobSchema = z.strictObject({
  group: z.string().max(64).optional(),
  description: z.string().max(1_000).optional(),
  enabled: z.boolean().default(true).describe('false: only a person can start it.'),
  on: z.array(startSchema).max(100).default([]).describe('Triggers and schedules that start it.'),
  concurrency: z
    .enum(['skip', 'queue', 'parallel'])
    .default('queue')
    .describe('What happens to a start while the job runs: skip it, queue it, or run it in parallel.'),
  queue: z.int().positive().max(10_000).default(limits.jobQueue).describe('Largest number of queued runs.'),
  parallel: z
    .int()
    .positive()
    .max(1_000)
    .default(limits.jobParallel)
    .describe('Largest number of runs at the same time, with parallel.'),
  missed: z
    .enum(['skip', 'once', 'all'])
    .default('skip')
    .describe('What happens to times that passed while the service was not running.'),
  variables: z.record(z.string().max(64), body).default({}).describe('Variables of its runs: {{var.NAME}}.'),
  steps: z.array(stepSchema).min(1).max(100),
});
export type JobDefinition = z.input<typeof jobSchema>;
export type Job = z.output<typeof jobSchema>;
export type Step = z.output<typeof stepSchema>;
export type When = z.output<typeof whenSchema>;

/** The name of a step, or its default name. */
export const stepName = (step: { readonly name?: string | undefined }, at: number): string =>
  step.name ?? `step ${at + 1}`;
