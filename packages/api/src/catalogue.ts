import { defineErrors } from '@fairlead/core';

/** The codes of `@fairlead/api`: what can fail between a client and the service. */
export const apiErrors = defineErrors('api', {
  SERVER_UNREACHABLE: {
    kind: 'network',
    side: 'environment',
    retryable: true,
    message: 'The service at {url} does not answer: {reason}.',
    help: 'Start it with "fairlead serve", or set FAIRLEAD_URL to its address.',
  },
  FILTER_SYNTAX: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'The filter "{filter}" is not valid at character {at}: {reason}.',
    help: 'Write FIELD:VALUE, -FIELD:VALUE for the opposite, FIELD:>VALUE to compare, and quotes around values with spaces.',
  },
  LIVE_TOPIC_INVALID: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'The topic "{topic}" cannot be watched: {reason}.',
    help: 'Write a topic as NAME, NAME/ID or NAME?KEY=VALUE. The guide of the HTTP API lists them.',
  },
  SERVER_TIMEOUT: {
    kind: 'timeout',
    side: 'environment',
    retryable: true,
    message: 'The service at {url} gave no answer within {limit} ms.',
    help: 'It is overloaded or stuck; see its log.',
  },
  SERVER_ANSWER_INVALID: {
    kind: 'protocol',
    side: 'remote',
    retryable: false,
    message: 'The answer of {url} is not one of Fairlead: {reason}.',
    help: 'Check that FAIRLEAD_URL names a Fairlead service of the same version.',
  },
});
