/** Jobs: what a trigger, a schedule or a person starts. */
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

/** On what earlier steps came to, or on a value. */
export const whenSchema = z.strictObject({
  step: nameSchema.optional().describe('Name of an earlier step.'),
  is: z.enum(['success', 'failure', 'skipped']).optional().describe('What it came to; success by default.'),
  value: body.optional().describe('A text with {{variables}}, judged by the condition beside it.'),
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
      .describe('The only status that counts as a success; else 200 to 299.'),
    redirects: z
      .array(
        z.string().regex(/^[\w.-]+(:\d{1,5})?$|^\[[\da-fA-F:.]+\](:\d{1,5})?$/, {
          error: () => 'expected a host, or host:port, without http://',
        }),
      )
      .max(20)
      .optional()
      .describe(
        'Hosts that a redirect may lead to beside the own one. The headers of the step are not sent there.',
      ),
  }),
  publish: z.strictObject({
    topic: body.describe('Topic on the bus.'),
    payload: body.default(''),
    retain: z.boolean().default(false),
  }),
  downlink: z.strictObject({
    device: body.describe('Name of the device.'),
    kind: z.enum(['attributes', 'command']).default('attributes'),
    values: z.unknown().describe('What is to be set, or the command; texts in it may hold {{variables}}.'),
  }),
  program: z.strictObject({
    path: z.string().min(1).max(1_024).describe('Full path. The configuration must allow it.'),
    args: z.array(body).max(100).default([]),
    stdin: body.optional(),
  }),
  job: nameSchema.describe('Another job; the step waits for it.'),
};
export const actionNames = Object.keys(actions) as (keyof typeof actions)[];
export type ActionName = keyof typeof actions;

export const stepSchema = z
  .strictObject({
    name: nameSchema.optional().describe('By default step 1, step 2, ...'),
    ...z.object(actions).partial().shape,
    when: z
      .union([whenSchema, z.array(whenSchema).max(20)])
      .optional()
      .describe('Runs only if this holds; of a list, all.'),
    retries: z.int().min(0).max(limits.stepRetries).default(0).describe('Further attempts after a failure.'),
    retryDelay: durationOption.default(1_000).describe('Wait between attempts.'),
    timeout: durationOption.default(limits.stepTimeout).describe('For one attempt.'),
    onError: z
      .enum(['stop', 'continue'])
      .default('stop')
      .describe('stop: the job fails here. continue: the next step has its turn.'),
  })
  .superRefine((step, context) => {
    const found = actionNames.filter((name) => step[name] !== undefined);
    if (found.length === 1) return;
    const message = `expected one of ${actionNames.join(', ')}; here ${found.length === 0 ? 'is none' : `are ${found.join(' and ')}`}`;
    context.addIssue({ code: 'custom', message, path: found.slice(1, 2) });
  });

const startSchema = z
  .strictObject({
    trigger: nameSchema.optional().describe('Starts each time this trigger fires.'),
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
      .describe('Time zone of the schedule, such as Europe/Berlin. By default that of this machine.'),
  })
  .refine(({ trigger, schedule }) => (trigger === undefined) !== (schedule === undefined), {
    error: 'expected either trigger or schedule',
  });

export const jobSchema = z.strictObject({
  group: z.string().max(64).optional(),
  description: z.string().max(1_000).optional(),
  enabled: z.boolean().default(true).describe('false: started by a person alone.'),
  on: z.array(startSchema).max(100).default([]).describe('What starts it, besides a person.'),
  concurrency: z
    .enum(['skip', 'queue', 'parallel'])
    .default('queue')
    .describe('While it runs, a further start is skipped, waits, or runs beside it.'),
  queue: z.int().positive().max(10_000).default(limits.jobQueue).describe('Runs that may wait.'),
  parallel: z
    .int()
    .positive()
    .max(1_000)
    .default(limits.jobParallel)
    .describe('Runs at the same time, with parallel.'),
  missed: z
    .enum(['skip', 'once', 'all'])
    .default('skip')
    .describe('What becomes of times that passed while the service did not run.'),
  variables: z.record(z.string().max(64), body).default({}).describe('Variables of its runs: {{var.NAME}}.'),
  steps: z.array(stepSchema).min(1).max(100),
});
export type JobDefinition = z.input<typeof jobSchema>;
export type Job = z.output<typeof jobSchema>;
export type Step = z.output<typeof stepSchema>;
export type When = z.output<typeof whenSchema>;

/** What a step is called where it has no name of its own. */
export const stepName = (step: { readonly name?: string | undefined }, at: number): string =>
  step.name ?? `step ${at + 1}`;
