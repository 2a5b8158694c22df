import { Agent, type Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** What the receiver said; the body of the answer is not kept. */
export interface Answer {
  readonly status: number;
  /** Milliseconds that it asks to wait. */
  readonly retryAfter: number | undefined;
}

interface PostTarget {
  readonly url: URL;
  /** PEM of the authority that signed the receiver's certificate; undefined: those of the system. */
  readonly ca: string | undefined;
}

/** Bytes of an answer that are read before its connection is closed. */
const MAX_ANSWER = 65_536;
const IDLE_CONNECTION = 30_000;

/** Sends POST requests over connections that are kept. */
export class Poster {
  readonly #secure: boolean;
  readonly #agent: HttpAgent;

  constructor({ url, ca }: PostTarget) {
    this.#secure = url.protocol === 'https:';
    const options = { keepAlive: true, timeout: IDLE_CONNECTION };
    this.#agent = this.#secure
      ? new HttpsAgent({ ...options, ...(ca !== undefined && { ca }) })
      : new Agent(options);
  }

  /** Rejects with the error of the operating system, or when `signal` fires. Redirects are answers like all others. */
  post(
    url: URL,
    headers: Readonly<Record<string, string>>,
    body: string,
    signal: AbortSignal,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const send = this.#secure ? httpsRequest : httpRequest;
      const length = String(Buffer.byteLength(body));
      const request = send(
        url,
        { method: 'POST', agent: this.#agent, headers: { ...headers, 'content-length': length }, signal },
        (response) => {
          response.once('error', reject);
          discard(response, () =>
            resolve({
              status: response.statusCode ?? 0,
              retryAfter: waitOf(response.headers['retry-after']),
            }),
          );
        },
      );
      request.once('error', reject);
      request.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** A connection can be used again only when its answer has been read. A long answer is cut off. */
function discard(response: IncomingMessage, done: () => void): void {
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_ANSWER) return;
    done();
    response.destroy();
  });
  response.once('end', done);
}

/** Seconds only: a date would need a clock that both sides share. */
function waitOf(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : undefined;
}
