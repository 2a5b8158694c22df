/** Errors as `application/problem+json` (RFC 9457). */
import { STATUS_CODES } from 'node:http';
import type { Problem } from '@fairlead/api';
import { type FairleadError, isFairleadError } from '@fairlead/core';
import type { FastifyError } from 'fastify';
import { serverErrors } from '../catalogue.ts';
import { RevisionConflict } from './revision.ts';
import { statusOf } from './statuses.ts';

/** Looks up the advice of the catalogue for a code. */
type HelpOf = (code: string) => string | undefined;

export function problemOf(error: FairleadError, help: HelpOf): Problem {
  const status = statusOf(error);
  const advice = help(error.code);
  return {
    type: `urn:fairlead:${error.code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: error.message,
    code: error.code,
    ...(advice === undefined ? {} : { help: advice }),
    details: error instanceof RevisionConflict ? { ...error.details, ...error.versions } : error.details,
  };
}

/** The facts of a request that its refusal names. */
interface RequestFacts {
  readonly method: string;
  readonly path: string;
  /** Whether the whole request was received. */
  readonly complete: boolean;
  /** Largest body that its route takes, bytes. */
  readonly bodyLimit: number;
}

/** The error of the catalogue for an error that a handler or the framework threw. */
export function catalogued(error: unknown, facts: RequestFacts): FairleadError {
  if (isFairleadError(error)) return error;
  const { code = '', message, statusCode } = error as FastifyError;
  if (code === 'ECONNRESET' && !facts.complete) return serverErrors.error('REQUEST_ABORTED', {}, error);
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return serverErrors.error('BODY_TOO_LARGE', { limit: facts.bodyLimit });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return serverErrors.error('MEDIA_TYPE_UNSUPPORTED', {
        type: /: (.*)$/.exec(message)?.[1] ?? 'unknown',
      });
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return serverErrors.error('REQUEST_INVALID', {
        where: 'body',
        reason:
          code === 'FST_ERR_CTP_EMPTY_JSON_BODY' ? 'it is empty, JSON is expected' : 'it is not valid JSON',
      });
    case 'FST_ERR_BAD_URL':
      return serverErrors.error('REQUEST_INVALID', { where: 'path', reason: 'it is not a valid URL' });
  }
  const { method, path } = facts;
  // Files outside the folder of the documentation are forbidden (403), others are missing: clients do not need the difference.
  if (statusCode === 403 || statusCode === 404) return serverErrors.error('ROUTE_UNKNOWN', { method, path });
  // Other refusals of the framework, such as failed preconditions and invalid ranges.
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return serverErrors.error('REQUEST_INVALID', {
      where: 'the request',
      reason: (STATUS_CODES[statusCode] ?? message).toLowerCase(),
    });
  return serverErrors.error('INTERNAL', { reason: 'see the log' }, error);
}
