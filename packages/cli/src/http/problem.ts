import { type ErrorDetails, type ErrorKind, FairleadError } from '@fairlead/core';
import { z } from 'zod';

/** An error that the service answered with, under its own code. */
export class ProblemError extends FairleadError {
  /** HTTP status. */
  readonly status: number;
  /** The help text of the service. */
  readonly help: string;

  constructor(status: number, code: string, detail: string, help: string | undefined, details: ErrorDetails) {
    const retryable = status === 429 || status >= 500;
    super(
      code,
      { kind: kindOf(status), side: 'remote', retryable, message: '{detail}', help: help ?? '' },
      {
        ...details,
        detail,
      },
    );
    this.status = status;
    this.help = help ?? '';
  }
}

/** The body of a refusal, `application/problem+json` (RFC 9457) with the catalogue's code. */
const problem = z.object({
  code: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  title: z.string().optional(),
  detail: z.string().optional(),
  help: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
});

/** The error in the body of a refusal; undefined if the answer is not from Fairlead. */
export function parseProblem(status: number, body: string): ProblemError | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  const { success, data } = problem.safeParse(value);
  if (!success) return undefined;
  const text = data.detail ?? data.title ?? `The service refused with HTTP status ${status}.`;
  return new ProblemError(status, data.code, text, data.help, (data.details ?? {}) as ErrorDetails);
}

/** The HTTP status determines the kind, and the kind determines the exit status. */
function kindOf(status: number): ErrorKind {
  if (status === 401 || status === 403) return 'auth';
  if (status === 404 || status === 410) return 'missing';
  if (status === 408 || status === 504) return 'timeout';
  if (status === 409) return 'conflict';
  if (status === 413 || status === 429) return 'limit';
  if (status === 502) return 'network';
  return status < 500 ? 'config' : 'state';
}
