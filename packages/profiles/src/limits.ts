import { defineLimits } from '@fairlead/core';

/** Default bounds of `@fairlead/profiles`. */
export const profilesLimits = defineLimits('profiles', {
  files: {
    value: 32,
    unit: 'items',
    meaning: 'Files in the folder of a profile. A folder with more is refused.',
  },
  file: {
    value: 2 ** 21,
    unit: 'bytes',
    meaning: 'Size of one file of a profile. A larger one is refused before it is read.',
  },
  folder: {
    value: 2 ** 22,
    unit: 'bytes',
    meaning: 'Size of all files of a profile together.',
  },
  examples: {
    value: 2_000,
    unit: 'items',
    meaning: 'Examples of a profile. A profile with more is refused.',
  },
  steps: {
    value: 1_000,
    unit: 'items',
    meaning: 'Steps of one conversation among the examples.',
  },
  explainBytes: {
    value: 512,
    unit: 'bytes',
    meaning: 'First bytes of a frame that are explained: each of their bits is changed and decoded again.',
  },
  explainTime: {
    value: 1_000,
    unit: 'ms',
    meaning: 'Time for the explanation of one frame. Then it tells what was found until then.',
  },
  exampleTime: {
    value: 60_000,
    unit: 'ms',
    meaning:
      'Time in which all examples of a profile must have run. The first one that is not reached fails.',
  },
  parameters: {
    value: 64,
    unit: 'items',
    meaning: 'Parameters that a profile may declare.',
  },
  answer: {
    value: 2 ** 16,
    unit: 'bytes',
    meaning:
      'Size of an answer to a request of `poll.requests`. A longer one is refused with POLL_ANSWER_INVALID.',
  },
  pattern: {
    value: 1_000,
    unit: 'items',
    meaning: 'Instructions of a compiled pattern in `poll.requests`.',
  },
  identity: {
    value: 128,
    unit: 'items',
    meaning: 'Characters of the identity that a device reports. A longer one is refused (IDENTITY_INVALID).',
  },
  identityFrames: {
    value: 8,
    unit: 'items',
    meaning: 'First frames of a link in which the identity is looked for, unless the profile says otherwise.',
  },
  replayLinks: {
    value: 1_000,
    unit: 'items',
    meaning: 'Links of a capture that are replayed at once. The oldest is ended for another.',
  },
  keptBytes: {
    value: 2 ** 16,
    unit: 'bytes',
    meaning:
      'Bytes of frames that a link keeps until its device is identified, and that are decoded afterwards. A link that sends more is closed.',
  },
});
