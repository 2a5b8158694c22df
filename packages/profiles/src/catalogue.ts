import { defineErrors } from '@fairlead/core';

/** The codes of `@fairlead/profiles`. */
export const profilesErrors = defineErrors('profiles', {
  PROFILE_FOLDER_INVALID: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'The profile {profile} cannot be used: {file}{place}: {reason}.',
    help: 'Correct the file. "fairlead profile new NAME" writes a folder that works, as a pattern.',
  },
  PROFILE_EXAMPLE_FAILED: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'The profile {profile} fails its example "{example}": {field} is {actual}; expected {expected}.',
    help: 'Correct the script or the example. "fairlead profile check DIR" runs all examples and lists each difference.',
  },
  PROFILE_NOT_FOUND: {
    kind: 'missing',
    side: 'local',
    retryable: false,
    message: 'No profile {name}.{hint}',
    help: '"fairlead profile ls" lists the profiles. A folder is given as a path: ./NAME.',
  },
  PROFILE_SENDS_NOTHING: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'The profile {profile} has no commands: its script exports no function "downlink".',
    help: 'Add "downlink" to the script of the profile.',
  },
  PROFILE_POLLS_NOTHING: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'The profile {profile} asks nothing: its script exports no function "poll".',
    help: 'Add "poll" to the script, or a table "poll.requests" to profile.yaml.',
  },
  PARAMETER_INVALID: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'The parameter {name} of the profile {profile} is invalid: {reason}.',
    help: '"fairlead profile show NAME" lists the parameters with their meaning.',
  },
  POLL_ANSWER_INVALID: {
    kind: 'protocol',
    side: 'remote',
    retryable: false,
    message: 'The answer to the request "{name}" cannot be used: {reason}.',
    help: 'Compare it with "as", "pattern" and "scale" of the request in poll.requests of the profile.',
  },
  IDENTITY_INVALID: {
    kind: 'auth',
    side: 'remote',
    retryable: false,
    message: 'The identity of the device cannot be used: {reason}.',
    help: 'An identity has 1 to 128 printable characters of ASCII and no white space. Check the profile with "fairlead decode".',
  },
  IDENTITY_MISSING: {
    kind: 'auth',
    side: 'remote',
    retryable: false,
    message: 'The first {frames} frames contain no identity that the profile {profile} recognises.',
    help: 'Check with "fairlead decode" and the first bytes of the link ("fairlead link inspect") whether the device speaks this protocol.',
  },
  IDENTITY_CHANGED: {
    kind: 'protocol',
    side: 'remote',
    retryable: false,
    message: 'A frame names the device {named}, but the link is that of {device} ({identity}).',
    help: 'The frame was skipped, the link stays that of its device. A link belongs to one device: a gateway sends for others as their gateway device.',
  },
  PROFILE_EXAMPLES_MISSING: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message:
      'The profile {profile} has no example of a frame or of a request, so that no device can be simulated.',
    help: 'Add frames or conversations to examples.json.',
  },
  CAPTURE_INVALID: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'The capture cannot be replayed: {reason}.',
    help: 'Give the lines of "fairlead capture export ID", or the id of a capture ("fairlead capture ls"). A file of pcapng is for Wireshark.',
  },
  CAPTURE_WITHOUT_BYTES: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'The capture has only sizes, so that there is nothing to decode.',
    help: 'Make a capture with --payload masked or all.',
  },
  SIM_IDENTITY_FIXED: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message:
      'Only one device can be simulated: the identity {identity} in the examples of {profile} cannot be changed.',
    help: 'Use --devices 1. Identities in plain, BCD, hexadecimal or binary form that end with digits can be changed.',
  },
});
