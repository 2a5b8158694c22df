/** Refusals: `application/problem+json` (RFC 9457) with a code of the catalogue. */
import { type ErrorDetails, type ErrorKind, FairleadError } from '@fairlead/core';
import { z } from 'zod';
import { named } from './fields.ts';

export const PROBLEM_TYPE = 'application/problem+json';

export const problemSchema = named(
  'Problem',
  z.object({
    type: z.string().describe('The code as a URI.'),
    title: z.string().describe('The HTTP status in words.'),
    status: z.int().describe('The HTTP status.'),
    detail: z.string().describe('What went wrong, in one sentence.'),
    code: z.string().describe('The code of the catalogue; programs branch on it.'),
    help: z.string().optional().describe('What to do about it.'),
    details: z.record(z.string(), z.unknown()).describe('The values involved, such as limit and size.'),
  }),
);
export type Problem = z.output<typeof problemSchema>;

/** A refusal as another version of the service, or a proxy before it, may send it. */
const received = problemSchema
  .pick({ title: true, detail: true, help: true, details: true })
  .partial()
  .extend({ code: z.string().regex(/^[A-Z][A-Z0-9_]*$/) });

/** An error that the service answered with, under its own code. */
export class ProblemError extends FairleadError {
  /** HTTP status. */
  readonly status: number;
  /** What to do about it, as the service says. */
  readonly help: string;

  constructor(status: number, code: string, detail: string, help: string | undefined, details: ErrorDetails) {
    const retryable = status === 429 || status >= 500;
    super(
      code,
      { kind: kindOf(status), side: 'remote', retryable, message: '{detail}', help: help ?? '' },
      { ...details, detail },
    );
    this.status = status;
    this.help = help ?? '';
  }
}

/** The error in the body of a refusal; undefined if the body is not one of Fairlead. */
export function parseProblem(status: number, body: string): ProblemError | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  const { success, data } = received.safeParse(value);
  if (!success) return undefined;
  const text = data.detail ?? data.title ?? `The service refused with HTTP status ${status}.`;
  return new ProblemError(status, data.code, text, data.help, (data.details ?? {}) as ErrorDetails);
}

/** The exit status of the command line depends on the kind, and the kind on the HTTP status. */
function kindOf(status: number): ErrorKind {
  if (status === 401 || status === 403) return 'auth';
  if (status === 404 || status === 410) return 'missing';
  if (status === 408 || status === 504) return 'timeout';
  if (status === 409 || status === 412) return 'conflict';
  if (status === 413 || status === 429) return 'limit';
  if (status === 502) return 'network';
  return status < 500 ? 'config' : 'state';
}
