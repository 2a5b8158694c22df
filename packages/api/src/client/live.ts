/** The live topics of the service, over its restarts. */
import type { FairleadError } from '@fairlead/core';
import { apiLimits } from '../limits.ts';
import type { RecordTopic, StateTopic, StateValues, TopicRecords } from '../live/topics.ts';
import { parseTopic } from '../live/topics.ts';
import { type LiveEventView, live } from '../resources/live.ts';
import { type FollowOptions, reconnecting } from './follow.ts';
import type { HttpCaller } from './http.ts';

export interface LiveOptions extends Pick<FollowOptions, 'signal' | 'random' | 'connected' | 'lost'> {
  readonly topics?: readonly string[];
  /** Try again although the service was never reached. Default: then the first attempt rejects. */
  readonly patient?: boolean;
}

/** What the service sends, with the name of its topic where it has one. */
export type LiveEvent =
  | Extract<LiveEventView, { event: 'hello' | 'heartbeat' | 'reset' }>
  | (Extract<LiveEventView, { event: 'gone' | 'skipped' }> & { readonly name: StateTopic | RecordTopic })
  | {
      readonly [T in StateTopic]: Omit<Extract<LiveEventView, { event: 'state' }>, 'value'> & {
        readonly name: T;
        readonly value: StateValues[T];
      };
    }[StateTopic]
  | {
      readonly [T in RecordTopic]: Omit<Extract<LiveEventView, { event: 'records' }>, 'records'> & {
        readonly name: T;
        readonly records: readonly TopicRecords[T][];
      };
    }[RecordTopic];

/** Records that were skipped: what an event "skipped" says of them. */
export type Skipped = Pick<Extract<LiveEventView, { event: 'skipped' }>, 'topic' | 'from' | 'to'>;

/**
 * A live stream. It reconnects for as long as it takes, and goes on after the last event that it got; "reset" says that events are
 * missing, and the values of all topics follow again.
 */
export class LiveFollower implements AsyncIterable<LiveEvent> {
  readonly #http: HttpCaller;
  readonly #options: LiveOptions;
  #topics: readonly string[];
  #stream: string | undefined;
  #wake = new AbortController();

  constructor(http: HttpCaller, options: LiveOptions) {
    this.#http = http;
    this.#options = options;
    this.#topics = options.topics ?? [];
  }

  /** Chooses the topics, on this connection and on those that follow. Rejects as the request does. */
  async setTopics(topics: readonly string[]): Promise<void> {
    // While there is no connection, the next one asks for them.
    for (const topic of topics) parseTopic(topic);
    this.#topics = topics;
    if (this.#stream === undefined) return;
    try {
      await this.#http.document(live.setTopics, { params: { id: this.#stream }, body: { topics } });
    } catch (error) {
      // The connection has ended at the service; the next one asks for them.
      if ((error as FairleadError).code !== 'LIVE_STREAM_UNKNOWN') throw error;
    }
  }

  /** Ends the pause before the next attempt to connect, if there is one. */
  retryNow(): void {
    this.#wake.abort();
    this.#wake = new AbortController();
  }

  /** Those of skipped records that the service still has. Rejects with LIVE_RECORDS_GONE or LIVE_STREAM_UNKNOWN. */
  async load({
    topic,
    from,
    to,
  }: Skipped): Promise<{ from: number; to: number; records: readonly unknown[] }> {
    const params = { id: this.#stream ?? 'none' };
    return (await this.#http.document(live.records, { params, query: { topic, from, to } })) as never;
  }

  /** Rejects when the first attempt fails (unless it is patient), or the service refuses. */
  async *[Symbol.asyncIterator](): AsyncGenerator<LiveEvent> {
    const lost = (why: string) => {
      this.#stream = undefined;
      this.#options.lost?.(why);
    };
    const stream = () => ({ operation: live.open, query: { topic: this.#topics } });
    const { liveRetryMin: min, liveRetryMax: max, liveSilence: silence } = apiLimits.values;
    const options = { ...this.#options, lost, min, max, silence, wake: () => this.#wake.signal };
    for await (const { event, data } of reconnecting(this.#http, stream, options)) {
      const fields = JSON.parse(data) as { topic?: string; stream?: string };
      if (event === 'hello') {
        this.#stream = fields.stream;
        const { topics } = fields as unknown as { topics: readonly string[] };
        const wanted = new Set(this.#topics.map((topic) => parseTopic(topic).text));
        // They were changed while it connected.
        if (wanted.size !== topics.length || topics.some((topic) => !wanted.has(topic)))
          await this.setTopics(this.#topics);
      }
      const name = fields.topic === undefined ? undefined : /^[a-z]*/.exec(fields.topic)?.[0];
      yield { event, ...fields, ...(name !== undefined && { name }) } as LiveEvent;
    }
  }
}
