import { defineLimits } from '@fairlead/core';

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
  patternSize: {
    value: 5_000,
    unit: 'items',
    meaning:
      'Instructions that a regular expression stands for: about one for each part of it, times its repetitions. A larger one is refused with RULES_INVALID or DEFINITION_INVALID.',
  },
  patternLength: {
    value: 5_000,
    unit: 'items',
    meaning:
      'Characters of a regular expression. A longer one is refused with RULES_INVALID or DEFINITION_INVALID.',
  },
  patternSizes: {
    value: 100_000,
    unit: 'items',
    meaning:
      'Instructions of all regular expressions of one tree of rules. A tree with more is refused with RULES_INVALID.',
  },
  checkSteps: {
    value: 2 ** 19,
    unit: 'items',
    meaning:
      'Steps that checks take in one go: the characters of the message, of a regular expression times its instructions. What takes more is decided in turn with other work; a regular expression on a message that alone takes more is decided by a thread of its own.',
    overAll: 'one thread for all regular expressions that take more',
  },
  patternTime: {
    value: 2_000,
    unit: 'ms',
    meaning:
      'Time for one regular expression on one message, in the thread for those that take long. Then the run fails with PATTERN_TIMEOUT.',
  },
  memory: {
    value: 2 ** 28,
    unit: 'bytes',
    meaning:
      'Memory that all runs of tasks, triggers and jobs hold together, with starts that wait: messages, results, values, output. Two bytes count for each character. A run that needs more fails with RUNS_FULL, and a client that needs more is closed; lines of output leave when half of it is in use.',
    option: 'automation.memory',
  },
  clients: {
    value: 1_000,
    unit: 'items',
    meaning: 'Clients of one trigger at the same time. One more is closed with CLIENT_REFUSED.',
    option: 'maxClients of the connection',
    overAll: '`automation.memory`, of which each client takes `automation.client` at least',
  },
  client: {
    value: 2 ** 14,
    unit: 'bytes',
    meaning: 'Memory that a client of a trigger takes when it has sent nothing.',
    overAll: '`automation.memory`',
  },
  message: {
    value: 2 ** 16,
    unit: 'bytes',
    meaning:
      'Largest message of a connection without framing. What arrives at once beyond it makes further messages.',
    option: 'maxMessage of the connection',
    overAll: 'clients: `automation.clients`; messages that rules wait with: `automation.memory`',
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
    overAll: '`automation.memory`',
  },
  resultBytes: {
    value: 2 ** 24,
    unit: 'bytes',
    meaning: 'Text in the result list of one run, in characters. More fails the run with RESULTS_FULL.',
    overAll: '`automation.memory`',
  },
  output: {
    value: 1_000,
    unit: 'items',
    meaning: 'Lines of output that a run keeps; the oldest leave, and how many is said.',
    overAll: '`automation.memory`, half of it',
  },
  clientOutput: {
    value: 50,
    unit: 'items',
    meaning:
      'Lines of output that the run of one client of a trigger keeps; the oldest leave. A trigger may have thousands of clients.',
    overAll: '`automation.memory`, half of it',
  },
  outputText: {
    value: 4_096,
    unit: 'items',
    meaning: 'Characters of one message that the output of a run keeps; a longer one is cut.',
    overAll: '`automation.memory`, half of it',
  },
  runDetail: {
    value: 2 ** 18,
    unit: 'items',
    meaning:
      'Characters of one run in the history: half for its result list, half for its output or steps. The oldest leave, and how many is said.',
    overAll: 'in memory `automation.historyPendingBytes`; on disk `automation.runsKept` runs of each kind',
  },
  historyPending: {
    value: 1_000,
    unit: 'items',
    meaning:
      'Runs that wait to be written to the history at once; the oldest give way while the store fails.',
  },
  historyPendingBytes: {
    value: 2 ** 23,
    unit: 'bytes',
    meaning:
      'Memory of what runs did that waits to be written to the history. More is written at once; while the store fails the oldest give way.',
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
    overAll: '`automation.memory`',
  },
  jobParallel: {
    value: 10,
    unit: 'items',
    meaning: 'Runs of one job at the same time, where the job allows it; further ones wait.',
    option: 'parallel of the job',
    overAll: '`automation.memory`',
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
    overAll: '`automation.memory`',
  },
  missedRuns: {
    value: 100,
    unit: 'items',
    meaning: 'Missed times of a schedule that are made up for at the start, where the job asks for all.',
    overAll: '`automation.jobQueue` of each job',
  },
  runsKept: {
    value: 10_000,
    unit: 'items',
    meaning: 'Runs of each kind (tasks, triggers, jobs) in the history; the oldest leave.',
    option: 'automation.history',
  },
  httpWait: {
    value: 200,
    unit: 'ms',
    meaning:
      'Silence after which a trigger takes what may be the beginning of an HTTP request line for a message. Until then it is held back.',
  },
  httpLine: {
    value: 16_384,
    unit: 'bytes',
    meaning:
      'What may be the beginning of an HTTP request line and is held back by a trigger. Beyond it HTTP_REFUSED.',
    option: 'allowHttp of the connection',
    overAll:
      'as many as there are clients of triggers; each of them holds less than one message of its connection may',
  },
  definition: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning: 'Largest saved definition: connection, task, trigger or job.',
    overAll: 'operators alone save definitions',
  },
});
