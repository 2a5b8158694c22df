import type { ErrorEntry } from '@fairlead/core';

/** Who may do what: tokens, sign-in, sessions, and where requests come from. */
export const accessEntries = {
  ADMIN_TOKEN_INVALID: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: "The administrator's token in {source} is not usable: {reason}.",
    help: 'Use 20 to 512 printable ASCII characters without spaces, or remove the file: the next start then creates a new token.',
  },
  UNAUTHORIZED: {
    kind: 'auth',
    side: 'remote',
    retryable: false,
    message: '{reason}.',
    help: 'Send "Authorization: Bearer TOKEN". The administrator\'s token is in the file admin-token of the data folder; "fairlead token add" makes others.',
  },
  SCOPE_MISSING: {
    kind: 'auth',
    side: 'remote',
    retryable: false,
    message: 'This needs the scope "{scope}"; {name} has: {has}.',
    help: 'Use a token with this scope, or ask an administrator for one. docs/access.md says which scope allows what.',
  },
  TOO_MANY_FAILURES: {
    kind: 'auth',
    side: 'remote',
    retryable: true,
    message: 'Too many wrong tokens from {address}.',
    help: 'Wait one minute and correct the token. The right token is accepted at any time.',
  },
  SIGN_IN_REFUSED: {
    kind: 'auth',
    side: 'remote',
    retryable: false,
    message: '{reason}.',
    help: 'An administrator can set another password (fairlead user passwd NAME) or make a link that signs in (fairlead user link NAME).',
  },
  SIGN_IN_LOCKED: {
    kind: 'auth',
    side: 'remote',
    retryable: true,
    message: 'Too many attempts to sign in failed. The next one is possible in {seconds} s.',
    help: "Wait, or sign in with a link that an administrator makes: fairlead user link NAME. Tokens, the administrator's among them, stay valid.",
  },
  SIGN_IN_BUSY: {
    kind: 'limit',
    side: 'local',
    retryable: true,
    message: 'More than {limit} passwords wait to be checked.',
    help: 'Try again in some seconds. If it stays so, somebody floods the service with attempts to sign in; the log names addresses.',
  },
  PASSWORD_INVALID: {
    kind: 'config',
    side: 'remote',
    retryable: false,
    message: 'This password cannot be used: {reason}.',
    help: 'Use at least 10 characters, for instance several words.',
  },
  WEB_SESSION_UNKNOWN: {
    kind: 'missing',
    side: 'remote',
    retryable: false,
    message: 'There is no such session{hint}.',
    help: '"fairlead user sessions" lists the sessions.',
  },
  CSRF_HEADER_MISSING: {
    kind: 'auth',
    side: 'remote',
    retryable: false,
    message: 'A request with a cookie that changes something needs the header "{header}".',
    help: 'Set the header to any value. It shows that the request does not come from a page of another origin. Programs should use a token instead of a cookie.',
  },
  HOST_NOT_ALLOWED: {
    kind: 'auth',
    side: 'remote',
    retryable: false,
    message: 'The API does not accept the host name "{host}".',
    help: 'Use an IP address or localhost, or add the name to http.hosts.',
  },
  ORIGIN_NOT_ALLOWED: {
    kind: 'auth',
    side: 'remote',
    retryable: false,
    message: 'Web pages of {origin} may not use this API.',
    help: "Only pages from the API's own address may use it. Call the API from a program instead.",
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;
