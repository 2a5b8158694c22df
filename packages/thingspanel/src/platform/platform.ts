import { type Clock, isFairleadError, timeLimit } from '@fairlead/core';
import { thingspanelErrors } from '../catalogue.ts';
import { thingspanelLimits } from '../limits.ts';
import { invalidAnswer, type PlatformDevice, readAnswer } from './answer.ts';

const PATH = '/api/plugin/device/config';
const { answer: largest } = thingspanelLimits.values;

interface PlatformOptions {
  /** `http://host:port`, with a path where the backend has one. */
  readonly url: string;
  /** Milliseconds for one look-up. */
  readonly timeout: number;
  readonly clock: Clock;
}

/** The platform's side of HTTP: which device has a token. */
export class Platform {
  readonly #options: PlatformOptions;
  readonly #url: string;

  constructor(options: PlatformOptions) {
    this.#options = options;
    this.#url = options.url.replace(/\/$/, '') + PATH;
  }

  /**
   * The device with this token; undefined: the platform refuses the token. Rejects with THINGSPANEL_UNREACHABLE,
   * THINGSPANEL_ANSWER_INVALID or THINGSPANEL_ANSWER_WRONG.
   */
  async lookUp(token: string, signal?: AbortSignal): Promise<PlatformDevice | undefined> {
    const { clock, timeout } = this.#options;
    using limit = timeLimit(clock, timeout, signal, () =>
      this.#unreachable(`no answer within ${timeout} ms`),
    );
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ AccessToken: token }),
        redirect: 'manual',
        signal: limit.signal,
      });
      if (response.status !== 200) {
        await response.body?.cancel();
        throw response.status >= 500
          ? this.#unreachable(`status ${response.status}`)
          : invalidAnswer(`it has the status ${response.status}`);
      }
      return readAnswer(token, await bodyOf(response));
    } catch (error) {
      if (limit.signal.aborted) throw limit.signal.reason;
      if (isFairleadError(error)) throw error;
      throw this.#unreachable(reasonOf(error), error);
    }
  }

  #unreachable(reason: string, cause?: unknown) {
    return thingspanelErrors.error('THINGSPANEL_UNREACHABLE', { url: this.#url, reason }, cause);
  }
}

/** Reads no more than an answer may have. */
async function bodyOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > largest) throw invalidAnswer(`it has more than ${largest} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** `fetch` tells what happened in the cause of its error. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
  return cause?.code ?? cause?.message ?? message;
}
