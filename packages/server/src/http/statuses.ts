/** Maps an error of the catalogue to an HTTP status: by its code if listed, otherwise by its kind. */
import type { ErrorKind, FairleadError } from '@fairlead/core';

const BY_CODE: Readonly<Record<string, number>> = {
  HOST_NOT_ALLOWED: 421,
  ORIGIN_NOT_ALLOWED: 403,
  SCOPE_MISSING: 403,
  CSRF_HEADER_MISSING: 403,
  SIGN_IN_LOCKED: 429,
  TOO_MANY_FAILURES: 429,
  TOO_MANY_STREAMS: 503,
  BODY_TOO_LARGE: 413,
  // The filter is too wide; the service has room.
  DEVICES_TOO_MANY: 400,
  MEDIA_TYPE_UNSUPPORTED: 415,
  REQUEST_ABORTED: 400,
  REVISION_MISSING: 428,
  REVISION_CONFLICT: 412,
  REVISION_GONE: 412,
  INTERNAL: 500,
  DEVICE_OFFLINE: 409,
  DOWNLINK_TIMEOUT: 504,
  DOWNLINK_INVALID: 400,
  DOWNLINK_UNCERTAIN: 504,
  // An unknown name in the body is an error of the body, not of the route.
  PARENT_UNKNOWN: 409,
  SCRIPT_BUSY: 503,
  SANDBOX_FAILED: 503,
  STORE_CLOSED: 503,
  // The service ended the wait, not the device.
  ABORTED: 503,
};

const BY_KIND: Readonly<Record<ErrorKind, number>> = {
  config: 400,
  framing: 422,
  protocol: 422,
  script: 422,
  auth: 401,
  missing: 404,
  conflict: 409,
  state: 409,
  limit: 503,
  closed: 503,
  storage: 503,
  bus: 503,
  network: 502,
  timeout: 504,
};

export function statusOf(error: Pick<FairleadError, 'code' | 'kind'>): number {
  return BY_CODE[error.code] ?? BY_KIND[error.kind];
}
