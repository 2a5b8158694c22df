import { defineLimits } from '@fairlead/core';

export const sandboxLimits = defineLimits('sandbox', {
  softTimeout: {
    value: 10,
    unit: 'ms',
    meaning:
      'Processor time of a script for one frame or one downlink. Then SCRIPT_TIMEOUT for that frame; the others of the batch go on.',
    option: 'softTimeout',
    overAll: 'A script process runs one script at a time; option processes says how many there are.',
  },
  firstCall: {
    value: 100,
    unit: 'ms',
    meaning:
      'The same for the top level of a script and for the first call after it was compiled, while nothing is optimised yet.',
    overAll: 'As softTimeout.',
  },
  watchdog: {
    value: 250,
    unit: 'ms',
    meaning:
      'Time after which a script that cannot be interrupted is killed with its process: SCRIPT_KILLED. It counts only while the process really runs; eight times as long counts in any case.',
    option: 'watchdog',
    overAll: 'As softTimeout.',
  },
  memory: {
    value: 32 * 2 ** 20,
    unit: 'bytes',
    meaning: 'Heap of one script. Then SCRIPT_MEMORY, and the script starts afresh.',
    option: 'memory',
    overAll: '`sandbox.processMemory`',
  },
  processMemory: {
    value: 512 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Resident memory of one script process (Linux). Beyond it the process is killed; the script that ran gets SCRIPT_MEMORY.',
    option: 'processMemory',
    overAll: 'Option processes says how many there are, and there is one more for scripts that misbehaved.',
  },
  isolates: {
    value: 32,
    unit: 'items',
    meaning: 'Compiled scripts that one process keeps; the longest unused is compiled again when needed.',
    option: 'isolates',
    overAll: '`sandbox.processMemory`',
  },
  knownScripts: {
    value: 1_024,
    unit: 'items',
    meaning: 'Sources that are remembered so that the same source is compiled once.',
    overAll: 'It is the sum over all scripts.',
  },
  source: {
    value: 256 * 2 ** 10,
    unit: 'bytes',
    meaning: 'Length of a script. Then SCRIPT_INVALID.',
    overAll:
      '`sandbox.knownScripts` times this: 256 MiB. The sources are those of saved profiles and devices, which a stranger cannot add.',
  },
  pendingCalls: {
    value: 10_000,
    unit: 'items',
    meaning: 'Calls that may wait at the same time. Then SCRIPT_BUSY.',
    option: 'pendingCalls',
    overAll: 'It is the sum over all devices.',
  },
  pendingBytes: {
    value: 32 * 2 ** 20,
    unit: 'bytes',
    meaning: 'Bytes of frames that may wait at the same time. Then SCRIPT_BUSY.',
    option: 'pendingBytes',
    overAll: 'It is the sum over all devices.',
  },
  jobFrames: {
    value: 256,
    unit: 'items',
    meaning: 'Frames that enter a script at once; a longer batch is cut.',
    overAll: '`sandbox.pendingCalls`',
  },
  jobBytes: {
    value: 256 * 2 ** 10,
    unit: 'bytes',
    meaning: 'Bytes that enter a script at once; a larger batch is cut between frames.',
    overAll: '`sandbox.pendingBytes`',
  },
  result: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning: 'Characters of JSON, and bytes of replies, for one frame. Then SCRIPT_RESULT_INVALID.',
    overAll:
      '`sandbox.processMemory`, as a batch is reported at once; what the service takes over is handed on in the same turn.',
  },
  answer: {
    value: 4,
    unit: 'items',
    meaning:
      'Largest answer of a script process, as a multiple of "memory". A process that announces a larger one is killed and its calls are made again.',
    overAll: 'One for each script process.',
  },
  depth: {
    value: 256,
    unit: 'items',
    meaning: 'Levels of nesting in the values of one message. Then SCRIPT_RESULT_INVALID.',
    overAll: '`sandbox.result`',
  },
  messages: {
    value: 1_000,
    unit: 'items',
    meaning: 'Messages, and replies, for one frame. Then SCRIPT_RESULT_INVALID.',
    overAll: '`sandbox.result`',
  },
  logLines: {
    value: 20,
    unit: 'items',
    meaning: 'Lines of console output of one frame; further ones are counted.',
    overAll: '`sandbox.logRate`',
  },
  logLength: {
    value: 500,
    unit: 'items',
    meaning: 'Characters of one line of console output.',
    overAll: '`sandbox.logRate`',
  },
  logRate: {
    value: 100,
    unit: 'per second',
    meaning: 'Lines of console output of one script that are handed on; further ones are dropped.',
    overAll: '`sandbox.knownScripts` times this; lines are handed on and not kept.',
  },
  strikes: {
    value: 12,
    unit: 'items',
    meaning:
      'What makes a script rest (SCRIPT_DISABLED): a timeout counts 1, memory 2, a kill 4. Good behaviour clears the count.',
  },
  restMin: { value: 1_000, unit: 'ms', meaning: 'First rest of a script that ran away; it doubles.' },
  restMax: { value: 300_000, unit: 'ms', meaning: 'Longest rest of a script that ran away.' },
  probationFrames: {
    value: 1_000,
    unit: 'items',
    meaning: 'Frames without a fault after which a script leaves the penalty process.',
  },
  probationTime: {
    value: 60_000,
    unit: 'ms',
    meaning: 'Time without a fault after which a script leaves the penalty process.',
  },
  pingInterval: {
    value: 5_000,
    unit: 'ms',
    meaning:
      'Time without calls after which a script process is asked whether it still answers. One that does not, or that takes no call up, is killed and replaced; the calls are made again.',
  },
  startRetry: {
    value: 1_000,
    unit: 'ms',
    meaning: 'Wait before a script process that cannot start is tried again; calls meanwhile fail.',
  },
  startTimeout: { value: 20_000, unit: 'ms', meaning: 'Time for a script process to start.' },
  closeGrace: {
    value: 2_000,
    unit: 'ms',
    meaning: 'Time that close() gives to calls under way; then they fail with SANDBOX_CLOSED.',
  },
});
