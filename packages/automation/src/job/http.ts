import { LiteralError } from '../body/literal.ts';
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
  const { method, body, expect } = request;
  let headers: Headers;
  try {
    checkUrl(request.url);
    headers = headersOf(request.headers, depth);
  } catch (error) {
    if (!(error instanceof LiteralError)) throw error;
    throw failed(error.message);
  }
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(request.url, {
      method,
      headers,
      signal,
      redirect: 'follow',
      ...(body === undefined ? {} : { body }),
    });
    text = await bounded(answer);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const { cause } = error as { cause?: { code?: string; message?: string } };
    throw failed(wordsOf(cause?.code ?? cause?.message), error);
  }
  const well = expect === undefined ? answer.ok : answer.status === expect;
  if (!well) throw failed(`the answer is ${answer.status} ${answer.statusText}`.trimEnd(), undefined, text);
  return text;
}

/** Throws {@link LiteralError} with the reason, and nothing of the URL in it: it may hold what gives access. */
export function checkUrl(url: string): void {
  if (!/^https?:\/\//i.test(url)) throw new LiteralError('the URL does not begin with http:// or https://');
  if (!URL.canParse(url)) throw new LiteralError('the URL is not valid');
  const { username, password } = new URL(url);
  if (username !== '' || password !== '')
    throw new LiteralError(
      'user and password have no place in the URL; send them in the header "authorization"',
    );
}

/** Throws {@link LiteralError} with the name of the header that HTTP does not allow. */
function headersOf(given: Readonly<Record<string, string>>, depth: number): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) {
    try {
      headers.set(name, value);
    } catch {
      throw new LiteralError(`the header "${name}" holds what HTTP does not allow in a name or value`);
    }
  }
  headers.set(DEPTH_HEADER, String(depth));
  return headers;
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

/** What the system says, in words; what is not known may hold a text of the request, and is not told. */
function wordsOf(code: string | undefined): string {
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there (ECONNREFUSED)',
    ENOTFOUND: 'the name has no address (ENOTFOUND)',
    EAI_AGAIN: 'no name server answers (EAI_AGAIN)',
    ECONNRESET: 'the connection was reset (ECONNRESET)',
    UND_ERR_SOCKET: 'the other side closed (UND_ERR_SOCKET)',
    'bad port': 'its port belongs to another service, and HTTP clients never call it',
  };
  if (code === undefined) return 'no request could be made of it';
  return words[code] ?? code;
}
