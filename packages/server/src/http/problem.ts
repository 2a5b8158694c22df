/** Errors as `application/problem+json` (RFC 9457). */
import { STATUS_CODES } from 'node:http';
import { type FairleadError, isFairleadError } from '@fairlead/core';
import type { FastifyError } from 'fastify';
import { z } from 'zod';
import { serverErrors } from '../catalogue.ts';
import { serverLimits } from '../limits.ts';
import { statusOf } from './statuses.ts';

export const problemSchema = z.object({
  type: z.string().describe('The code as a URI.'),
  title: z.string().describe('The HTTP status in words.'),
  status: z.int().describe('The HTTP status.'),
  detail: z.string().describe('What went wrong, in one sentence.'),
  code: z.string().describe("The catalogue's code; programs branch on it."),
  help: z.string().optional().describe('What can be done about it.'),
  details: z.record(z.string(), z.unknown()).describe('The values that met, such as limit and size.'),
});
export type Problem = z.output<typeof problemSchema>;

export const PROBLEM_TYPE = 'application/problem+json';

/** Looks up the help text of a code. */
export type HelpOf = (code: string) => string | undefined;

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
    details: error.details,
  };
}

/** The data of a request for its refusal. */
interface Asked {
  readonly method: string;
  readonly path: string;
  /** Whether the whole request has arrived. */
  readonly complete: boolean;
}

/** Turns any error of a handler or of the framework into an error of the catalogue. */
export function catalogued(error: unknown, asked: Asked): FairleadError {
  if (isFairleadError(error)) return error;
  const { code = '', message, statusCode } = error as FastifyError;
  if (code === 'ECONNRESET' && !asked.complete) return serverErrors.error('REQUEST_ABORTED', {}, error);
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return serverErrors.error('BODY_TOO_LARGE', { limit: serverLimits.values.body });
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
  const { method, path } = asked;
  // Files outside of the folder of the documentation are forbidden, others are not there: it is the same to a client.
  if (statusCode === 403 || statusCode === 404) return serverErrors.error('ROUTE_UNKNOWN', { method, path });
  // Other client errors of the framework: failed preconditions and invalid ranges.
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return serverErrors.error('REQUEST_INVALID', {
      where: 'the request',
      reason: (STATUS_CODES[statusCode] ?? message).toLowerCase(),
    });
  return serverErrors.error('INTERNAL', { reason: 'see the log' }, error);
}

/** The refusals of a route, for its schema. Only the error handler creates their bodies. */
export function problems(...statuses: readonly number[]): Record<never, never> {
  const response = (status: number) => ({
    description: STATUS_CODES[status],
    content: { [PROBLEM_TYPE]: { schema: problemSchema } },
  });
  return Object.fromEntries([401, ...statuses].map((status) => [status, response(status)]));
}

/** The schema of a streaming answer: the format of one item. */
export function streamed(type: string, schema: z.ZodType, description: string): Record<never, never> {
  return { 200: { description, content: { [type]: { schema } } } };
}
