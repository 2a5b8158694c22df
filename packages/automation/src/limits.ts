import { defineLimits } from '@fairlead/core';

/** Default bounds of `@fairlead/automation`. */
export const automationLimits = defineLimits('automation', {
  rulesFile: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning: 'Largest text of rules. A longer one is refused with RULES_INVALID before it is parsed.',
  },
  rules: {
    value: 10_000,
    unit: 'items',
    meaning: 'Rules of one tree. One with more is refused with RULES_INVALID.',
  },
  ruleDepth: {
    value: 64,
    unit: 'items',
    meaning: 'Depth of a tree of rules. A deeper tree is refused with RULES_INVALID.',
  },
  patternSize: {
    value: 5_000,
    unit: 'items',
    meaning:
      'Instructions of a compiled regular expression: about one for each part, times its repetitions. A larger one is refused with RULES_INVALID or DEFINITION_INVALID.',
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
      'Steps of checks without a pause: the characters of the message, for a regular expression times its instructions. Checks that need more are interleaved with other work. A single regular expression that needs more runs in its own thread.',
    overAll: 'one thread for all such regular expressions',
  },
  patternTime: {
    value: 2_000,
    unit: 'ms',
    meaning:
      'Time for one regular expression on one message in the separate thread. Then the run fails with PATTERN_TIMEOUT.',
  },
  memory: {
    value: 2 ** 28,
    unit: 'bytes',
    meaning:
      'Memory of all runs of tasks, triggers and jobs, queued starts included: messages, results, values, output. Each character counts as two bytes. A run that needs more fails with RUNS_FULL, and a client that needs more is closed. When half of the memory is in use, the oldest lines of output are dropped.',
    option: 'automation.memory',
  },
  deviceFrames: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Frames of a dialled device that rules have not received yet. The run that gets more fails with DEVICE_FRAMES_WAITING, and they are dropped.',
    overAll: 'automation.memory limits all runs together',
  },
  deviceTimeout: {
    value: 10_000,
    unit: 'ms',
    meaning: 'Time that a receive on the link of a dialled device waits, if the connection has no timeout.',
    overAll: 'it is a time',
  },
  deviceWait: {
    value: 30_000,
    unit: 'ms',
    meaning: 'Time that a task waits for the link of a dialled device. Then it fails with LINK_TURN_TIMEOUT.',
    option: 'wait of a connection',
    overAll: 'it is a time',
  },
  deviceHold: {
    value: 30_000,
    unit: 'ms',
    meaning:
      'Time that a task has the link of a dialled device, while polls and commands wait. Then it fails with LINK_HELD_TOO_LONG.',
    option: 'hold of a connection',
    overAll: 'it is a time',
  },
  deviceHoldMax: {
    value: 600_000,
    unit: 'ms',
    meaning: 'Largest `hold` of a connection.',
    overAll: 'it is a time',
  },
  clients: {
    value: 1_000,
    unit: 'items',
    meaning: 'Clients of one trigger at the same time. A further client is closed with CLIENT_REFUSED.',
    option: 'maxClients of the connection',
    overAll: '`automation.memory`; each client takes at least `automation.client`',
  },
  client: {
    value: 2 ** 14,
    unit: 'bytes',
    meaning: 'Memory that a client of a trigger takes before it sends anything.',
    overAll: '`automation.memory`',
  },
  message: {
    value: 2 ** 16,
    unit: 'bytes',
    meaning: 'Largest message of a connection without framing. A longer read is split into several messages.',
    option: 'maxMessage of the connection',
    overAll: 'clients: `automation.clients`; messages that rules hold: `automation.memory`',
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
    meaning: 'Messages in the result list of one run. With one more, the run fails with RESULTS_FULL.',
    overAll: '`automation.memory`',
  },
  resultBytes: {
    value: 2 ** 24,
    unit: 'bytes',
    meaning: 'Characters in the result list of one run. With more, the run fails with RESULTS_FULL.',
    overAll: '`automation.memory`',
  },
  output: {
    value: 1_000,
    unit: 'items',
    meaning: 'Lines of output that a run keeps. The oldest are dropped and counted.',
    overAll: '`automation.memory`, half of it',
  },
  clientOutput: {
    value: 50,
    unit: 'items',
    meaning:
      'Lines of output that the run of one client of a trigger keeps. The oldest are dropped. A trigger may have thousands of clients.',
    overAll: '`automation.memory`, half of it',
  },
  outputText: {
    value: 4_096,
    unit: 'items',
    meaning: 'Characters of one message that the output of a run keeps. A longer one is cut.',
    overAll: '`automation.memory`, half of it',
  },
  runDetail: {
    value: 2 ** 18,
    unit: 'items',
    meaning:
      'Characters of one run in the history: half for its result list, half for its output or steps. The oldest are dropped and counted.',
    overAll: 'in memory `automation.historyPendingBytes`; on disk `automation.runsKept` runs of each kind',
  },
  historyPending: {
    value: 1_000,
    unit: 'items',
    meaning: 'Runs that wait to be written to the history. While the store fails, the oldest are dropped.',
  },
  historyPendingBytes: {
    value: 2 ** 23,
    unit: 'bytes',
    meaning:
      'Memory of the details of runs that wait to be written to the history. Above it they are written at once; while the store fails, the oldest are dropped.',
  },
  closeGrace: {
    value: 1_000,
    unit: 'ms',
    meaning: 'Time that a peer has to read the last bytes and to close, after the exchange has ended.',
  },
  jobQueue: {
    value: 100,
    unit: 'items',
    meaning: 'Queued runs of one job. A further run is recorded as skipped with JOB_QUEUE_FULL.',
    option: 'queue of the job',
    overAll: '`automation.memory`',
  },
  jobParallel: {
    value: 10,
    unit: 'items',
    meaning: 'Runs of one job at the same time, if its concurrency is parallel. Further runs wait.',
    option: 'parallel of the job',
    overAll: '`automation.memory`',
  },
  jobDepth: {
    value: 5,
    unit: 'items',
    meaning:
      'Depth to which jobs may start jobs. A deeper run is recorded as failed with JOB_TOO_DEEP. This ends a job that starts itself.',
  },
  stepTimeout: {
    value: 300_000,
    unit: 'ms',
    meaning: 'Time for one attempt of a step of a job. Then the attempt fails with STEP_TIMEOUT.',
    option: 'timeout of the step',
  },
  stepRetries: {
    value: 100,
    unit: 'items',
    meaning: 'Largest number of retries of a step.',
    option: 'retries of the step',
  },
  redirects: {
    value: 5,
    unit: 'items',
    meaning: 'Redirects that an HTTP step of a job follows. With one more, the step fails with STEP_FAILED.',
  },
  stepOutput: {
    value: 65_536,
    unit: 'bytes',
    meaning: 'Output of one step that its run keeps. The rest is cut and counted.',
    overAll: '`automation.memory`',
  },
  missedRuns: {
    value: 100,
    unit: 'items',
    meaning: 'Missed times of a schedule that are run at startup, if "missed" of the job is all.',
    overAll: '`automation.jobQueue` of each job',
  },
  runsKept: {
    value: 10_000,
    unit: 'items',
    meaning: 'Runs of each kind (tasks, triggers, jobs) in the history. The oldest are dropped.',
    option: 'automation.history',
  },
  httpWait: {
    value: 200,
    unit: 'ms',
    meaning:
      'Silence after which a trigger delivers bytes that could begin an HTTP request line. Until then it holds them back.',
  },
  httpLine: {
    value: 16_384,
    unit: 'bytes',
    meaning:
      'Bytes that could begin an HTTP request line and that a trigger holds back. Beyond it the client is closed with HTTP_REFUSED.',
    option: 'allowHttp of the connection',
    overAll: 'once for each client of a trigger; less than one message of its connection',
  },
  definition: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning: 'Largest saved definition: connection, task, trigger or job.',
    overAll: 'only operators save definitions',
  },
});
