import { FairleadError } from '@fairlead/core';

/** The exit statuses of `fairlead`, for scripts. The error code on stderr is more precise. */
export const exitStatus = {
  ok: 0,
  general: 1,
  usage: 2,
  missing: 3,
  unauthorised: 4,
  timeout: 5,
  unreachable: 6,
  conflict: 7,
} as const;

/** In the order in which docs/cli.md shows them. */
export const exitMeaning: readonly (readonly [number, string])[] = [
  [0, 'success'],
  [1, 'any other failure; the message describes it'],
  [2, 'usage: a command, an option, an argument or a configuration is not valid'],
  [3, 'not found: no such device, link, definition or run'],
  [4, 'unauthorised: a token or a certificate is missing or wrong, or it does not allow this'],
  [5, 'timeout: the answer, the device or the expected messages did not arrive in time'],
  [6, 'unreachable: no service at this address, or the device is offline'],
  [7, 'conflict: it already exists, or it is in use'],
];

const BY_CODE: Readonly<Record<string, number>> = {
  DEVICE_OFFLINE: exitStatus.unreachable,
  SHUTTING_DOWN: exitStatus.unreachable,
  INDI_NOT_SPOKEN: exitStatus.unreachable,
  TOO_MANY_FAILURES: exitStatus.unauthorised,
  LISTEN_FAILED: exitStatus.general,
  // The service answers 422 for a script that failed and for a script that is invalid. Only the second is a usage error.
  SCRIPT_FAILED: exitStatus.general,
  SCRIPT_RESULT_INVALID: exitStatus.general,
  SCRIPT_TIMEOUT: exitStatus.general,
  SCRIPT_MEMORY: exitStatus.general,
  SCRIPT_KILLED: exitStatus.general,
  SCRIPT_DISABLED: exitStatus.general,
};

const BY_KIND: Readonly<Partial<Record<FairleadError['kind'], number>>> = {
  config: exitStatus.usage,
  missing: exitStatus.missing,
  auth: exitStatus.unauthorised,
  timeout: exitStatus.timeout,
  network: exitStatus.unreachable,
  conflict: exitStatus.conflict,
};

export function statusOf(error: unknown): number {
  if (!(error instanceof FairleadError)) return exitStatus.general;
  return BY_CODE[error.code] ?? BY_KIND[error.kind] ?? exitStatus.general;
}
