import { automationErrors } from '../catalogue.ts';
import { automationLimits } from '../limits.ts';

export interface HttpStep {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly expect?: number | undefined;
}

/**
 * How many jobs led to a request. Our own API reads it, so that a job that starts itself by way of the API, or of a program
 * that hands it on, is found out as one that does so directly.
 */
export const DEPTH_HEADER = 'fairlead-depth';

/** Makes a request; resolves with the body of the answer, cut to the limit. Rejects with STEP_FAILED. */
export async function runHttp(
  request: HttpStep,
  { step, depth, signal }: { readonly step: string; readonly depth: number; readonly signal: AbortSignal },
): Promise<string> {
  const failed = (reason: string, cause?: unknown, output = '') =>
    automationErrors.error('STEP_FAILED', { step, reason, output }, cause);
  if (!/^https?:\/\//i.test(request.url)) throw failed('the URL does not begin with http:// or https://');
  const { method, headers, body, expect } = request;
  const own = Object.entries(headers).filter(([name]) => name.toLowerCase() !== DEPTH_HEADER);
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(request.url, {
      method,
      headers: [...own, [DEPTH_HEADER, String(depth)]],
      signal,
      redirect: 'follow',
      ...(body === undefined ? {} : { body }),
    });
    text = await bounded(answer);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const { cause } = error as { cause?: { code?: string; message?: string } };
    throw failed(cause?.code ?? cause?.message ?? (error as Error).message, error);
  }
  const well = expect === undefined ? answer.ok : answer.status === expect;
  if (!well) throw failed(`the answer is ${answer.status} ${answer.statusText}`.trimEnd(), undefined, text);
  return text;
}

async function bounded(answer: Response): Promise<string> {
  const { stepOutput } = automationLimits.values;
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer.body ?? []) {
    parts.push(part.subarray(0, stepOutput - size));
    size += part.length;
    if (size >= stepOutput) break;
  }
  return Buffer.concat(parts).toString();
}
