import { defineLimits } from '@fairlead/tcp';

/** Default bounds of `@fairlead/automation`. */
export const automationLimits = defineLimits('automation', {
  rulesFile: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning: 'Largest text of rules. A longer one is refused with RULES_INVALID before it is read.',
  },
  rules: {
    value: 10_000,
    unit: 'items',
    meaning: 'Rules of one tree. One with more is refused with RULES_INVALID.',
  },
  ruleDepth: {
    value: 64,
    unit: 'items',
    meaning: 'Levels of rules below rules. A deeper tree is refused with RULES_INVALID.',
  },
  problems: {
    value: 20,
    unit: 'items',
    meaning: 'Mistakes that one check of rules lists; the first are the ones to look at.',
  },
  message: {
    value: 2 ** 16,
    unit: 'bytes',
    meaning:
      'Largest message of a connection without framing. What arrives at once beyond it makes further messages.',
    option: 'maxMessage of the connection',
  },
  connect: {
    value: 10_000,
    unit: 'ms',
    meaning: 'Time for one attempt of a task to connect. Then CONNECT_TIMEOUT.',
    option: 'connectTimeout of the connection',
  },
  receive: {
    value: 60_000,
    unit: 'ms',
    meaning: 'Time that a receive rule waits for a message. Then the run fails with RECEIVE_TIMEOUT.',
    option: 'timeout of the connection or of the rule',
  },
  results: {
    value: 10_000,
    unit: 'items',
    meaning: 'Messages in the result list of one run. One more fails the run with RESULTS_FULL.',
  },
  resultBytes: {
    value: 2 ** 24,
    unit: 'bytes',
    meaning: 'Text in the result list of one run, in characters. More fails the run with RESULTS_FULL.',
  },
  output: {
    value: 1_000,
    unit: 'items',
    meaning: 'Lines of output that a run keeps; the oldest leave, and how many is said.',
  },
  clientOutput: {
    value: 50,
    unit: 'items',
    meaning:
      'Lines of output that the run of one client of a trigger keeps; the oldest leave. A trigger may have thousands of clients.',
  },
  outputText: {
    value: 4_096,
    unit: 'items',
    meaning: 'Characters of one message that the output of a run keeps; a longer one is cut.',
  },
  runDetail: {
    value: 2 ** 18,
    unit: 'items',
    meaning:
      'Characters of one run in the history: half for its result list, half for its output or steps. The oldest leave, and how many is said.',
  },
  historyPending: {
    value: 1_000,
    unit: 'items',
    meaning:
      'Runs that wait to be written to the history at once; the oldest give way while the store fails.',
  },
  closeGrace: {
    value: 1_000,
    unit: 'ms',
    meaning: 'Time that a peer has to take what was sent last and to close, after the exchange has ended.',
  },
  jobQueue: {
    value: 100,
    unit: 'items',
    meaning: 'Runs of one job that wait for their turn. One more is recorded as skipped with JOB_QUEUE_FULL.',
    option: 'queue of the job',
  },
  jobParallel: {
    value: 10,
    unit: 'items',
    meaning: 'Runs of one job at the same time, where the job allows it; further ones wait.',
    option: 'parallel of the job',
  },
  jobDepth: {
    value: 5,
    unit: 'items',
    meaning:
      'How deep jobs may start jobs. One deeper is recorded as failed with JOB_TOO_DEEP, so that a job that starts itself ends.',
  },
  stepTimeout: {
    value: 300_000,
    unit: 'ms',
    meaning: 'Time for one attempt of a step of a job. Then it fails with STEP_TIMEOUT.',
    option: 'timeout of the step',
  },
  stepRetries: {
    value: 100,
    unit: 'items',
    meaning: 'Most retries that a step may ask for.',
    option: 'retries of the step',
  },
  redirects: {
    value: 5,
    unit: 'items',
    meaning: 'Redirects that an HTTP step of a job follows. One more fails the step with STEP_FAILED.',
  },
  stepOutput: {
    value: 65_536,
    unit: 'bytes',
    meaning: 'Output of one step that its run keeps; what exceeds it is cut and counted.',
  },
  missedRuns: {
    value: 100,
    unit: 'items',
    meaning: 'Missed times of a schedule that are made up for at the start, where the job asks for all.',
  },
  runsKept: {
    value: 10_000,
    unit: 'items',
    meaning: 'Runs of each kind (tasks, triggers, jobs) in the history; the oldest leave.',
    option: 'automation.history',
  },
  definition: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning: 'Largest saved definition: connection, task, trigger or job.',
  },
});
