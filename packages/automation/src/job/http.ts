import { LiteralError } from '../body/literal.ts';
import { automationErrors } from '../catalogue.ts';
import { automationLimits } from '../limits.ts';

export interface HttpStep {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly expect?: number | undefined;
  /** Hosts, `host` or `host:port`, that a redirect may lead to, in addition to the host of the URL. */
  readonly redirects?: readonly string[] | undefined;
}

/**
 * The number of jobs in the chain that led to a request. Our HTTP API reads it, so that a job that starts itself through the
 * API, or through a program that passes the header on, is detected like one that starts itself directly.
 */
export const DEPTH_HEADER = 'fairlead-depth';

/** Sends a request and resolves with the body of the response, cut to the limit. Rejects with STEP_FAILED. */
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
    answer = await followed(request, { url: new URL(request.url), method, headers, body }, signal);
    text = await bounded(answer);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof LiteralError) throw failed(error.message);
    const { cause } = error as { cause?: { code?: string; message?: string } };
    throw failed(wordsOf(cause?.code ?? cause?.message), error);
  }
  const well = expect === undefined ? answer.ok : answer.status === expect;
  if (!well) throw failed(`the answer is ${answer.status} ${answer.statusText}`.trimEnd(), undefined, text);
  return text;
}

interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | undefined;
}

/**
 * The response after all redirects. Redirects must lead to the same origin, or to hosts that the step names. The headers of
 * the step may contain credentials: they are sent only to the origin of the URL. Throws {@link LiteralError}.
 */
async function followed(request: HttpStep, first: Hop, signal: AbortSignal): Promise<Response> {
  const { redirects } = automationLimits.values;
  let hop = first;
  for (let count = 0; ; count++) {
    const { url, method, headers, body } = hop;
    const sent = body === undefined ? {} : { body };
    const answer = await fetch(url, { method, headers, signal, redirect: 'manual', ...sent });
    const to = answer.headers.get('location');
    if (!REDIRECTS.has(answer.status) || to === null || answer.status === request.expect) return answer;
    await answer.body?.cancel();
    if (count === redirects) throw new LiteralError(`it was redirected more than ${redirects} times`);
    hop = nextHop(hop, first, answer.status, to, request.redirects ?? []);
  }
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

function nextHop(hop: Hop, first: Hop, status: number, location: string, allowed: readonly string[]): Hop {
  if (!URL.canParse(location, hop.url))
    throw new LiteralError(`its redirect (${status}) does not lead to a valid URL`);
  const url = new URL(location, hop.url);
  const own = url.origin === first.url.origin;
  const listed = allowed.some((host) => host === url.host || host === url.hostname);
  const clear = first.url.protocol === 'https:' && url.protocol !== 'https:';
  if (clear || !/^https?:$/.test(url.protocol))
    throw new LiteralError(`its redirect (${status}) leads from ${first.url.protocol} to ${url.protocol}`);
  if (!own && !listed)
    throw new LiteralError(
      `its redirect (${status}) leads to another host, ${url.host}; name that host in "redirects" of the step, or call it directly`,
    );
  // Like browsers: after a POST, the new URL is requested with GET.
  const get = (status === 303 && hop.method !== 'HEAD') || (status < 303 && hop.method === 'POST');
  const headers = new Headers(own ? first.headers : kept(first.headers));
  if (get) headers.delete('content-type');
  return { url, headers, method: get ? 'GET' : hop.method, body: get ? undefined : hop.body };
}

/** The headers that cannot contain credentials. */
function kept(headers: Headers): [string, string][] {
  return ['content-type', 'accept', DEPTH_HEADER].flatMap((name): [string, string][] => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value]];
  });
}

/** Throws {@link LiteralError} with the reason, without the URL, which may contain credentials. */
export function checkUrl(url: string): void {
  if (!/^https?:\/\//i.test(url)) throw new LiteralError('the URL does not begin with http:// or https://');
  if (!URL.canParse(url)) throw new LiteralError('the URL is not valid');
  const { username, password } = new URL(url);
  if (username !== '' || password !== '')
    throw new LiteralError(
      'the URL must not contain a user and password; send them in the header "authorization"',
    );
}

/** Throws {@link LiteralError} with the name of the header that HTTP does not allow. */
function headersOf(given: Readonly<Record<string, string>>, depth: number): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) {
    try {
      headers.set(name, value);
    } catch {
      throw new LiteralError(`the header "${name}" has a name or value that HTTP does not allow`);
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

/** The message for an error code of the system. */
function wordsOf(code: string | undefined): string {
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there (ECONNREFUSED)',
    ENOTFOUND: 'the host name has no address (ENOTFOUND)',
    EAI_AGAIN: 'no name server answers (EAI_AGAIN)',
    ECONNRESET: 'the connection was reset (ECONNRESET)',
    UND_ERR_SOCKET: 'the server closed the connection (UND_ERR_SOCKET)',
    'bad port': 'HTTP clients do not connect to this port, because it belongs to another protocol',
  };
  if (code === undefined) return 'the request could not be sent';
  return words[code] ?? code;
}
