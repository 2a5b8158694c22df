import { defineLimits } from '@fairlead/core';
import { hostBytes } from './child/host.ts';
import { MOST_FILES } from './script-files.ts';

export const sandboxLimits = defineLimits('sandbox', {
  softTimeout: {
    value: 10,
    unit: 'ms',
    meaning:
      'CPU time of a script for one frame or one downlink. Then SCRIPT_TIMEOUT for that frame; the other frames of the batch are still processed.',
    option: 'softTimeout',
    overAll:
      'A script process runs one script at a time; the option "processes" sets the number of processes.',
  },
  firstCall: {
    value: 100,
    unit: 'ms',
    meaning:
      'The same for the top level of a script and for the first call after compilation, when the code is not yet optimised.',
    overAll: 'As softTimeout.',
  },
  watchdog: {
    value: 250,
    unit: 'ms',
    meaning:
      'Time after which a script that cannot be interrupted is killed with its process: SCRIPT_KILLED. Only time in which the process runs counts; after eight times as long it is killed in any case.',
    option: 'watchdog',
    overAll: 'As softTimeout.',
  },
  memory: {
    value: 32 * 2 ** 20,
    unit: 'bytes',
    meaning: 'Heap of one script. Then SCRIPT_MEMORY, and the script is loaded again.',
    option: 'memory',
    overAll: '`sandbox.processMemory`',
  },
  processMemory: {
    value: 512 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Resident memory of one script process (Linux). Beyond it, the process is killed, and the running script gets SCRIPT_MEMORY.',
    option: 'processMemory',
    overAll:
      'The option "processes" sets the number of processes; there is one more for scripts that exceeded their limits.',
  },
  isolates: {
    value: 32,
    unit: 'items',
    meaning:
      'Compiled scripts that one process keeps. Beyond it, the least recently used one is dropped and compiled again when needed.',
    option: 'isolates',
    overAll: '`sandbox.processMemory`',
  },
  knownScripts: {
    value: 1_024,
    unit: 'items',
    meaning: 'Sources that are kept, so that the same source is compiled only once.',
    overAll: 'It is the sum over all scripts.',
  },
  source: {
    value: 256 * 2 ** 10,
    unit: 'bytes',
    meaning: 'Length of a script, all its files together. Then SCRIPT_INVALID.',
    overAll:
      '`sandbox.knownScripts` times this: 256 MiB. Sources come from saved profiles and devices, which only an administrator can add.',
  },
  scriptFiles: {
    value: MOST_FILES,
    unit: 'items',
    meaning: 'Files of a script. Then SCRIPT_INVALID.',
  },
  pendingCalls: {
    value: 10_000,
    unit: 'items',
    meaning: 'Calls that can wait at the same time. Then SCRIPT_BUSY.',
    option: 'pendingCalls',
    overAll: 'It is the sum over all devices.',
  },
  pendingBytes: {
    value: 32 * 2 ** 20,
    unit: 'bytes',
    meaning: 'Bytes of frames that can wait at the same time. Then SCRIPT_BUSY.',
    option: 'pendingBytes',
    overAll: 'It is the sum over all devices.',
  },
  parameters: {
    value: 16 * 2 ** 20,
    unit: 'items',
    meaning:
      'Characters of device parameters that a script process keeps, so that they need not be sent with each call. Then the oldest are sent again.',
  },
  jobFrames: {
    value: 256,
    unit: 'items',
    meaning: 'Frames passed to a script in one call. A longer batch is split.',
    overAll: '`sandbox.pendingCalls`',
  },
  jobBytes: {
    value: 256 * 2 ** 10,
    unit: 'bytes',
    meaning: 'Bytes passed to a script in one call. A larger batch is split between frames.',
    overAll: '`sandbox.pendingBytes`',
  },
  result: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning: 'Characters of JSON, and bytes of replies, for one frame. Then SCRIPT_RESULT_INVALID.',
    overAll:
      '`sandbox.processMemory`, because a batch is reported at once; the service passes results on in the same turn of the event loop.',
  },
  answer: {
    value: 4,
    unit: 'items',
    meaning:
      'Largest answer of a script process, as a multiple of "memory". A process that announces a larger one is killed, and its calls are repeated.',
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
  state: {
    value: 4_096,
    unit: 'bytes',
    meaning:
      'Characters of JSON in ctx.state, and in ctx.deviceState. Then SCRIPT_STATE_TOO_LARGE for the frame, and the state stays as it was.',
    overAll: 'It travels with each call: `sandbox.pendingCalls` times twice this.',
  },
  hostBytes: {
    value: hostBytes,
    unit: 'bytes',
    meaning:
      'Bytes or characters that a script passes to one digest, cipher, code page or inflate of fairlead:helpers, and gets from it. Then a RangeError in the script.',
    overAll: '`sandbox.processMemory`',
  },
  logLines: {
    value: 20,
    unit: 'items',
    meaning: 'Lines of console output for one frame. More lines are only counted.',
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
    meaning: 'Lines of console output of one script that are passed on. More lines are dropped.',
    overAll: '`sandbox.knownScripts` times this; lines are passed on and not stored.',
  },
  strikes: {
    value: 12,
    unit: 'items',
    meaning:
      'Penalty points at which a script is disabled (SCRIPT_DISABLED): a timeout counts 1, memory 2, a kill 4. Frames without a fault clear the count.',
  },
  restMin: {
    value: 1_000,
    unit: 'ms',
    meaning: 'First time for which a script is disabled. It doubles each time.',
  },
  restMax: { value: 300_000, unit: 'ms', meaning: 'Longest time for which a script is disabled.' },
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
      'Time without calls after which a script process is pinged. A process that does not answer, or does not start a call, is killed and replaced; its calls are repeated.',
  },
  startRetry: {
    value: 1_000,
    unit: 'ms',
    meaning: 'Delay before a script process that failed to start is started again. Calls fail meanwhile.',
  },
  startTimeout: { value: 20_000, unit: 'ms', meaning: 'Time for a script process to start.' },
  closeGrace: {
    value: 2_000,
    unit: 'ms',
    meaning: 'Time that close() waits for running calls. Then they fail with SANDBOX_CLOSED.',
  },
});
