import { defineErrors } from '@fairlead/core';

/** The codes of `@fairlead/sandbox`. `details` also carry `script`: the first 12 digits of the source's SHA-256. */
export const sandboxErrors = defineErrors('sandbox', {
  SCRIPT_INVALID: {
    kind: 'script',
    side: 'local',
    retryable: false,
    message: 'The script is not valid{place}: {reason}.',
    help: 'Correct the script; it was not taken over.',
  },
  SCRIPT_IMPORT_REFUSED: {
    kind: 'script',
    side: 'local',
    retryable: false,
    message: 'The script imports "{specifier}"; only "fairlead:helpers" may be imported.',
    help: 'Put the code into the script itself; scripts are one file.',
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
    help: 'The script did not expect these bytes, or has a mistake.',
  },
  SCRIPT_RESULT_INVALID: {
    kind: 'script',
    side: 'local',
    retryable: false,
    message: 'The script returned what it must not: {reason}.',
    help: 'See the contracts in docs/scripts.md.',
  },
  SCRIPT_TIMEOUT: {
    kind: 'script',
    side: 'local',
    retryable: false,
    message: 'The script ran for more than {limit} ms on one frame and was stopped.',
    help: 'Look for a loop that does not end, or for a regular expression that backtracks without a bound.',
  },
  SCRIPT_MEMORY: {
    kind: 'script',
    side: 'local',
    retryable: false,
    message: 'The script took more than {limit} bytes of memory and was stopped.',
    help: 'Keep no data between calls, and check lengths that come from the device before allocating.',
  },
  SCRIPT_KILLED: {
    kind: 'script',
    side: 'local',
    retryable: false,
    message: 'The script was ended together with its process: {reason}.',
    help: 'It did something that cannot be interrupted, such as a huge array or number. Other scripts were moved to a new process.',
  },
  SCRIPT_DISABLED: {
    kind: 'script',
    side: 'local',
    retryable: true,
    message: 'The script ran away too often and rests for {ms} ms.',
    help: 'Mend the script; meanwhile its calls fail at once. The rest doubles each time, up to a limit. "until" tells its end.',
  },
  SCRIPT_BUSY: {
    kind: 'limit',
    side: 'local',
    retryable: true,
    message: 'Too much waits for scripts: {size} {unit}, the limit is {limit}.',
    help: 'Wait for earlier calls before making more, add processes, or make the scripts faster.',
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
    help: 'Check that the machine has memory and processes left, and that isolated-vm has a binary for it.',
  },
});
