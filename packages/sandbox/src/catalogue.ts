import { defineErrors } from '@fairlead/core';

/** The codes of `@fairlead/sandbox`. `details` also has `script`: the first 12 digits of the source's SHA-256. */
export const sandboxErrors = defineErrors('sandbox', {
  SCRIPT_INVALID: {
    kind: 'script',
    side: 'local',
    retryable: false,
    message: 'The script is not valid{place}: {reason}.',
    help: 'Correct the script. It was not saved.',
  },
  SCRIPT_IMPORT_REFUSED: {
    kind: 'script',
    side: 'local',
    retryable: false,
    message: 'The script imports "{specifier}"; only "fairlead:helpers" may be imported.',
    help: 'Put the code into the script itself: a script is one file.',
  },
  SCRIPT_FUNCTION_MISSING: {
    kind: 'script',
    side: 'local',
    retryable: false,
    message: 'The script does not define {name}.',
    help: 'Write "export function uplink(bytes, ctx)", "export function downlink(message, ctx)", or "function encodeInp(msg, topic)".',
  },
  SCRIPT_FAILED: {
    kind: 'script',
    side: 'local',
    retryable: false,
    message: 'The script threw{place}: {reason}',
    help: 'The script did not expect these bytes, or it has a defect.',
  },
  SCRIPT_RESULT_INVALID: {
    kind: 'script',
    side: 'local',
    retryable: false,
    message: 'The script returned an invalid result: {reason}.',
    help: 'docs/scripts.md describes what a script may return.',
  },
  SCRIPT_TIMEOUT: {
    kind: 'script',
    side: 'local',
    retryable: false,
    message: 'The script ran for more than {limit} ms on one frame and was stopped.',
    help: 'Look for an endless loop, or for a regular expression with unbounded backtracking.',
  },
  SCRIPT_MEMORY: {
    kind: 'script',
    side: 'local',
    retryable: false,
    message: 'The script used more than {limit} bytes of memory and was stopped.',
    help: 'Do not keep data between calls. Check lengths that come from the device before you allocate memory.',
  },
  SCRIPT_KILLED: {
    kind: 'script',
    side: 'local',
    retryable: false,
    message: 'The script was killed together with its process: {reason}.',
    help: 'It ran an operation that cannot be interrupted, such as filling a huge array. The other scripts were moved to a new process.',
  },
  SCRIPT_DISABLED: {
    kind: 'script',
    side: 'local',
    retryable: true,
    message: 'The script exceeded its limits too often and is disabled for {ms} ms.',
    help: 'Correct the script. Until then its calls fail at once. The time doubles each time, up to a limit; "until" says when it ends.',
  },
  SCRIPT_BUSY: {
    kind: 'limit',
    side: 'local',
    retryable: true,
    message: 'Too much data waits for scripts: {size} {unit}; the limit is {limit}.',
    help: 'Wait for earlier calls before you make more, add processes, or make the scripts faster.',
  },
  SANDBOX_CLOSED: {
    kind: 'closed',
    side: 'local',
    retryable: false,
    message: 'The script sandbox is closed.',
    help: 'The service is shutting down.',
  },
  SANDBOX_FAILED: {
    kind: 'script',
    side: 'environment',
    retryable: true,
    message: 'The script process cannot run: {reason}.',
    help: 'Check that the machine has free memory and can start processes, and that isolated-vm has a binary for this platform.',
  },
});
