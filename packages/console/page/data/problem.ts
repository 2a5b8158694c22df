/** What went wrong with a request, for people. */
import { ProblemError } from '@fairlead/api';

export interface Shown {
  /** From the catalogue of the service, or of its client. */
  readonly code: string;
  readonly detail: string;
  readonly remedy: string | undefined;
  readonly retryable: boolean;
}

/** Of any error: those of the service and of its client have a code. */
export function shownProblem(error: unknown): Shown {
  if (error instanceof ProblemError) {
    const { code, message, help, retryable } = error;
    return { code, detail: message, remedy: help, retryable };
  }
  const { code, message } = error as { code?: string; message?: string };
  return { code: code ?? 'INTERNAL', detail: message ?? String(error), remedy: undefined, retryable: true };
}
