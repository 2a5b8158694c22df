import { randomUUID } from 'node:crypto';
import { type FairleadError, isFairleadError, timeLimit } from '@fairlead/core';
import { busErrors } from '../catalogue.ts';
import { networkFailure } from '../failure.ts';
import { jsonForm } from '../json-form.ts';
import type { QueuedMessage } from '../message-queue.ts';
import type { BusAdapter, BusHandler, BusSubscription } from '../port.ts';
import { QueuedAdapter } from '../queued-adapter.ts';
import { Redial } from '../redial.ts';
import { checkFilter } from '../topic.ts';
import { type WebhookBusOptions, type WebhookSettings, webhookSettings } from './options.ts';
import { type Answer, Poster } from './post.ts';
import { signature } from './signature.ts';

/** Answers that concern the messages: one of them will never be accepted. All others concern the receiver or its address. */
const UNACCEPTABLE = new Set([400, 413, 415, 422]);
const CREDENTIALS = new Set([401, 403, 407]);
const SECOND = 1_000;
/** Longest time that a receiver may ask to wait. */
const MAX_WAIT = 600_000;

/** Messages of one request, which is sent until it is answered. Its id stays the same. */
interface Request {
  readonly id: string;
  readonly entries: readonly QueuedMessage[];
  readonly body: string;
}

/**
 * A bus that posts messages to a URL as JSON: in order, one request at a time, again until the receiver answers with 2xx. So
 * each message arrives at least once, and the same `webhook-id` tells a repeated request. It receives nothing: commands for
 * devices come in through Fairlead's HTTP API. Rejects with OPTION_UNKNOWN, OPTION_INVALID, BUS_SECRET_UNREADABLE.
 */
export async function webhookBus(options: WebhookBusOptions): Promise<BusAdapter> {
  const settings = await webhookSettings(options);
  await settings.secrets();
  return new WebhookBus(settings);
}

class WebhookBus extends QueuedAdapter<WebhookSettings> {
  readonly kind = 'webhook';
  readonly carriesProperties = true;
  readonly #poster: Poster;
  readonly #redial: Redial;
  readonly #end = new AbortController();
  /** Requests to send before more messages are taken: one, or the parts of one that was refused. */
  #requests: Request[] = [];
  #posting = false;
  #waiting = false;

  constructor(settings: WebhookSettings) {
    super(settings);
    this.#poster = new Poster(settings);
    this.#redial = new Redial(settings, () => {
      this.#waiting = false;
      this.pump();
    });
    // There is nothing to connect to; the first request tells whether the receiver is there.
    this.#reached();
  }

  /** Checks the filter. No message ever comes. */
  async subscribe(filter: string, _handler: BusHandler): Promise<BusSubscription> {
    this.mustBeOpen();
    checkFilter(filter);
    return { close: async () => {} };
  }

  protected pump(): void {
    if (this.#posting || this.#waiting) return;
    if (this.#requests.length === 0) this.#gather();
    const [request] = this.#requests;
    if (request === undefined) return;
    this.#posting = true;
    void this.#attempt(request).finally(() => {
      this.#posting = false;
      if (!this.#end.signal.aborted) this.pump();
    });
  }

  #gather(): void {
    const { messages, bytes } = this.settings.batch;
    const entries: QueuedMessage[] = [];
    const forms: string[] = [];
    let size = 0;
    while (entries.length < messages && size < bytes) {
      const entry = this.queue.next();
      if (entry === undefined) break;
      entries.push(entry);
      forms.push(jsonForm(entry.message));
      size += entry.bytes;
    }
    if (entries.length > 0) this.#requests.push({ id: randomUUID(), entries, body: bodyOf(forms) });
  }

  async #attempt(request: Request): Promise<void> {
    const { endpoint } = this.settings;
    try {
      const { status, retryAfter } = await this.#post(request);
      if (status >= 200 && status < 300) this.#accepted(request);
      else if (UNACCEPTABLE.has(status)) this.#unacceptable(request, status);
      else if (CREDENTIALS.has(status))
        this.#failed(busErrors.error('BUS_CREDENTIALS_REFUSED', { endpoint, reason: `HTTP ${status}` }));
      else this.#failed(busErrors.error('BUS_WEBHOOK_REFUSED', { endpoint, status }), retryAfter);
    } catch (error) {
      if (this.#end.signal.aborted) return;
      this.#failed(isFairleadError(error) ? error : networkFailure(error as Error, endpoint, 'connect'));
    }
  }

  async #post({ id, body }: Request): Promise<Answer> {
    const { url, endpoint, timeout: limit, clock } = this.settings;
    const { key, authorization } = await this.settings.secrets();
    // A new time for each attempt: a receiver refuses old ones.
    const timestamp = Math.floor(clock.now() / SECOND);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'fairlead',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      ...(key !== undefined && { 'webhook-signature': signature(key, id, timestamp, body) }),
      ...(authorization !== undefined && { authorization }),
    };
    const silent = () => busErrors.error('BUS_WEBHOOK_SILENT', { endpoint, limit });
    using end = timeLimit(clock, limit, this.#end.signal, silent);
    try {
      return await this.#poster.post(url, headers, body, end.signal);
    } catch (error) {
      // The request rejects with an error of its own.
      end.signal.throwIfAborted();
      throw error;
    }
  }

  #accepted({ entries }: Request): void {
    this.#reached();
    this.#settle(entries);
  }

  #settle(entries: readonly QueuedMessage[]): void {
    this.#requests.shift();
    for (const { number } of entries) this.queue.confirm(number);
    this.progress();
  }

  /** Sends the halves: after a few requests, the message that is not accepted stands alone. */
  #unacceptable({ entries }: Request, status: number): void {
    this.#reached();
    if (entries.length === 1) {
      this.messageRefused((entries[0] as QueuedMessage).message.topic, `HTTP ${status}`);
      this.#settle(entries);
      return;
    }
    const half = entries.length >> 1;
    const parts = [entries.slice(0, half), entries.slice(half)].map((part) => ({
      id: randomUUID(),
      entries: part,
      body: bodyOf(part.map(({ message }) => jsonForm(message))),
    }));
    this.#requests.splice(0, 1, ...parts);
  }

  #reached(): void {
    this.#redial.opened();
    if (this.state === 'connected') return;
    this.connections++;
    this.newConnection();
    this.status.connected({ endpoint: this.settings.endpoint });
    this.progress();
  }

  #failed(cause: FairleadError, retryAfter = 0): void {
    if (this.#end.signal.aborted) return;
    this.status.down(cause);
    this.#waiting = true;
    this.#redial.lost(Math.min(retryAfter, MAX_WAIT));
  }

  protected async leave(): Promise<void> {
    this.#redial.stop();
    this.#end.abort();
    this.#poster.close();
  }
}

function bodyOf(forms: readonly string[]): string {
  return `{"messages":[${forms.join(',')}]}`;
}
