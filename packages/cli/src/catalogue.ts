import { defineErrors } from '@fairlead/tcp';

/** The codes of `@fairlead/cli`: what can go wrong before and between the calls to the service. */
export const cliErrors = defineErrors('cli', {
  USAGE_INVALID: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: '{reason}',
    help: '"fairlead help" lists the commands, "fairlead COMMAND --help" shows one with examples.',
  },
  FILE_UNREADABLE: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'Cannot read {path}: {reason}.',
    help: 'Check the path and that this user may read the file.',
  },
  INPUT_TOO_LARGE: {
    kind: 'limit',
    side: 'local',
    retryable: false,
    message: '{path} is larger than {limit} bytes.',
    help: 'Scripts, tokens and messages are small: this is probably another file than the one meant.',
  },
  INPUT_NOT_JSON: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'The message is not JSON: {reason}.',
    help: `Put it in single quotes, names in double ones: '{"interval": 30}'. "-" reads it from stdin.`,
  },
  TOKEN_MISSING: {
    kind: 'auth',
    side: 'local',
    retryable: false,
    message: "The service at {url} asks for the administrator's token, and there is none at {path}.",
    help: "Set FAIRLEAD_DATA to the service's data folder, or FAIRLEAD_TOKEN to the token.",
  },
  SERVER_UNREACHABLE: {
    kind: 'network',
    side: 'environment',
    retryable: true,
    message: 'The service at {url} does not answer: {reason}.',
    help: 'Start it with "fairlead serve", or set FAIRLEAD_URL to where it runs.',
  },
  SERVER_TIMEOUT: {
    kind: 'timeout',
    side: 'environment',
    retryable: true,
    message: 'The service at {url} gave no answer within {limit} ms.',
    help: 'It is overloaded or stuck; its log says more.',
  },
  SERVER_ANSWER_INVALID: {
    kind: 'protocol',
    side: 'remote',
    retryable: false,
    message: 'The answer of {url} is not one of Fairlead: {reason}.',
    help: 'Check that FAIRLEAD_URL names a Fairlead service of the same version.',
  },
  IMPORT_INCOMPLETE: {
    kind: 'state',
    side: 'local',
    retryable: false,
    message: '{failed} of {total} lines were not imported.',
    help: 'Each is named above with its reason. Lines that succeeded stay; import a file of the others again.',
  },
  LISTENER_MISSING: {
    kind: 'missing',
    side: 'remote',
    retryable: false,
    message: 'The service at {url} has no listener for the {protocol} protocol.',
    help: 'Turn it on in the configuration, or name a place with --host and --port.',
  },
  SIM_NOT_CONNECTED: {
    kind: 'timeout',
    side: 'environment',
    retryable: true,
    message: 'No simulated device was let in at {endpoint} within {limit} ms.',
    help: 'See with "fairlead link ls" whether a link came, and why it ended.',
  },
  WAIT_ENDED: {
    kind: 'timeout',
    side: 'environment',
    retryable: true,
    message: 'Only {count} of {wanted} messages came within {limit} ms.',
    help: 'See with "fairlead device ls" whether the device is online, and with "fairlead link ls" why a link ended.',
  },
});
