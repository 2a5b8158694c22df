/** The live streams of browsers: each has topics, which the hub watches once for all of them. */
import { randomBytes } from 'node:crypto';
import { isStateTopic, parseTopic, type RecordTopic, type StateTopic, type Topic } from '@fairlead/api';
import { asFairleadError, type Clock, type FairleadError, type Timer } from '@fairlead/core';
import { serverErrors } from '../catalogue.ts';
import { EventRing, type LiveReader, type LiveSink } from './event-ring.ts';
import { RecordLog, type TakenRecords } from './record-log.ts';

interface LiveHubOptions {
  readonly clock: Clock;
  readonly version: string;
  readonly limits: LiveHubLimits;
  /** The value of a state topic now. Throws or rejects when there is none. */
  state(topic: Topic & { readonly name: StateTopic }): unknown;
  /** Calls `push` with the JSON text of each record of a topic from now on, until the result is called. Throws when there is none. */
  records(topic: Topic & { readonly name: RecordTopic }, push: (text: string) => void): () => void;
}

export interface LiveHubLimits {
  /** Streams at the same time, and record topics that are watched. */
  readonly streams: number;
  readonly recordTopics: number;
  /** Topics of one stream, and of all. */
  readonly topics: number;
  readonly topicsOverAll: number;
  /** Characters: of events that are kept for all streams, of records of a topic, and that wait for one reader. */
  readonly ring: number;
  readonly records: number;
  readonly buffer: number;
  /** Milliseconds: between two batches, between two looks at a state topic, between heartbeats, and for which a topic without readers is watched. */
  readonly batch: number;
  readonly look: number;
  readonly heartbeat: number;
  readonly resume: number;
  /** Records and characters of a topic that pass a second. */
  readonly recordsPerSecond: number;
  readonly sizePerSecond: number;
}

/** A topic that at least one stream has, or had a short time ago. */
interface Watched {
  readonly topic: Topic;
  readonly streams: Set<Stream>;
  /** Since when it has no streams: monotonic milliseconds. */
  idleSince: number;
  /** Of a state topic: the JSON of its last event, when it was last looked at, and whether a look is under way. */
  last: string | undefined;
  lookedAt: number;
  looking: boolean;
  /** Of a record topic: what is kept of it, the number up to which it was sent, and how it ends; undefined: it has no source yet. */
  readonly log: RecordLog | undefined;
  sent: number;
  stop: (() => void) | undefined;
}

interface Stream {
  readonly id: string;
  readonly sink: LiveSink;
  topics: ReadonlySet<string>;
  reader: LiveReader | undefined;
}

/** A stream that was opened. */
interface OpenStream extends LiveReader {
  readonly id: string;
}

export class LiveHub {
  readonly #options: LiveHubOptions;
  readonly #limits: LiveHubLimits;
  readonly #ring: EventRing;
  readonly #streams = new Map<string, Stream>();
  readonly #watched = new Map<string, Watched>();
  #recordTopics = 0;
  #timer: Timer | undefined;
  #beatAt = 0;

  constructor(options: LiveHubOptions) {
    this.#options = options;
    this.#limits = options.limits;
    const { ring: size, buffer } = options.limits;
    this.#ring = new EventRing({ epoch: randomBytes(6).toString('hex'), size, buffer });
  }

  /** Stops watching. */
  close(): void {
    this.#options.clock.clear(this.#timer);
    for (const [text, watched] of this.#watched) this.#end(text, watched);
  }

  get streams(): number {
    return this.#streams.size;
  }

  /**
   * Checks what a stream asks for, so that a refusal comes before the head of the answer. Throws TOO_MANY_STREAMS,
   * LIVE_TOPIC_INVALID or LIVE_TOPICS_FULL. What a topic's source refuses is told on the stream: the other topics go on.
   *
   * @returns opens it
   */
  prepare(texts: readonly string[], after?: string): (sink: LiveSink) => OpenStream {
    const limit = this.#limits.streams;
    if (this.#streams.size >= limit) throw serverErrors.error('TOO_MANY_STREAMS', { limit });
    const topics = this.#parsed(texts);
    // A topic that is not watched any more has lost what happened meanwhile.
    const kept = topics.every(({ text }) => this.#watched.has(text));
    for (const topic of topics) this.#watch(topic);
    return (sink) => this.#open(sink, topics, after === undefined || kept ? after : '');
  }

  /** Throws LIVE_STREAM_UNKNOWN, LIVE_TOPIC_INVALID or LIVE_TOPICS_FULL. */
  setTopics(id: string, texts: readonly string[]): readonly string[] {
    const stream = this.#existing(id);
    const topics = this.#parsed(texts);
    for (const topic of topics) this.#watch(topic);
    this.#assign(stream, topics);
    return [...stream.topics];
  }

  /** Throws LIVE_STREAM_UNKNOWN, LIVE_TOPIC_INVALID or LIVE_RECORDS_GONE. */
  records(id: string, text: string, from: number, to: number): TakenRecords & { readonly topic: string } {
    const stream = this.#existing(id);
    const { text: topic } = parseTopic(text);
    const log = stream.topics.has(topic) ? this.#watched.get(topic)?.log : undefined;
    const { recordsPerSecond: count, sizePerSecond: size } = this.#limits;
    const taken = log?.take(from, to, { count, size });
    if (taken === undefined || taken.texts.length === 0)
      throw serverErrors.error('LIVE_RECORDS_GONE', { topic, from, to });
    return { topic, ...taken };
  }

  // --- streams ---------------------------------------------------------------------------------------------------------

  #open(sink: LiveSink, topics: readonly Topic[], after: string | undefined): OpenStream {
    const { clock, version } = this.#options;
    const id = randomBytes(9).toString('base64url');
    const stream: Stream = { id, sink, topics: new Set(topics.map(({ text }) => text)), reader: undefined };
    const time = iso(clock.now());
    sink.write(eventText('hello', { stream: id, time, version, topics: [...stream.topics] }));
    this.#streams.set(id, stream);
    const resumed = after !== undefined;
    for (const text of stream.topics) this.#join(stream, text, !resumed);
    const refresh = () => {
      for (const text of stream.topics) this.#again(text);
      return eventText('reset', {});
    };
    const reader = this.#ring.open(sink, {
      takes: (key) => stream.topics.has(key),
      after,
      missed: refresh,
      reset: refresh,
    });
    stream.reader = reader;
    this.#run();
    return {
      id,
      get position() {
        return reader.position;
      },
      caughtUp: () => reader.caughtUp(),
      close: () => {
        reader.close();
        if (!this.#streams.delete(id)) return;
        for (const text of stream.topics) this.#leave(stream, text);
      },
    };
  }

  #assign(stream: Stream, topics: readonly Topic[]): void {
    const wanted = new Set(topics.map(({ text }) => text));
    const earlier = stream.topics;
    stream.topics = wanted;
    for (const text of earlier) if (!wanted.has(text)) this.#leave(stream, text);
    for (const text of wanted) if (!earlier.has(text)) this.#join(stream, text, true);
    this.#run();
  }

  #existing(id: string): Stream {
    const stream = this.#streams.get(id);
    if (stream === undefined) throw serverErrors.error('LIVE_STREAM_UNKNOWN', { id: id.slice(0, 64) });
    return stream;
  }

  #parsed(texts: readonly string[]): readonly Topic[] {
    const topics = [...new Map(texts.map((text) => [text, parseTopic(text)])).values()];
    const limit = this.#limits.topics;
    if (topics.length > limit) throw serverErrors.error('LIVE_TOPICS_FULL', { limit });
    return topics;
  }

  // --- topics ----------------------------------------------------------------------------------------------------------

  #watch(topic: Topic): void {
    if (this.#watched.has(topic.text)) return;
    this.#makeRoom(!isStateTopic(topic.name));
    const watched = this.#newTopic(topic);
    this.#watched.set(topic.text, watched);
    if (watched.log !== undefined) this.#recordTopics++;
    this.#run();
  }

  /** Ends topics that nobody has any more. Throws LIVE_TOPICS_FULL. */
  #makeRoom(forRecords: boolean): void {
    const { topicsOverAll, recordTopics } = this.#limits;
    const isFull = () =>
      this.#watched.size >= topicsOverAll || (forRecords && this.#recordTopics >= recordTopics);
    if (!isFull()) return;
    for (const [text, watched] of this.#watched) if (watched.streams.size === 0) this.#end(text, watched);
    if (!isFull()) return;
    const limit = this.#watched.size >= topicsOverAll ? topicsOverAll : recordTopics;
    throw serverErrors.error('LIVE_TOPICS_FULL', { limit });
  }

  #newTopic(topic: Topic): Watched {
    const watched: Watched = {
      topic,
      streams: new Set<Stream>(),
      idleSince: this.#options.clock.monotonic(),
      last: undefined,
      lookedAt: Number.NEGATIVE_INFINITY,
      looking: false,
      log: isStateTopic(topic.name) ? undefined : new RecordLog(this.#limits.records),
      sent: 0,
      stop: undefined,
    };
    if (watched.log !== undefined) this.#begin(watched, watched.log);
    return watched;
  }

  /** Opens the source of a record topic. One that refuses is asked again later: a device may be added, a link may end. */
  #begin(watched: Watched, log: RecordLog): void {
    const topic = watched.topic as Topic & { name: RecordTopic };
    watched.lookedAt = this.#options.clock.monotonic();
    try {
      watched.stop = this.#options.records(topic, (text) => log.push(text));
      watched.last = undefined;
    } catch (error) {
      this.#tellGone(watched, asFairleadError(error));
    }
  }

  /** @param anew whether the stream needs the value that was sent last, too */
  #join(stream: Stream, text: string, anew: boolean): void {
    this.#watched.get(text)?.streams.add(stream);
    if (anew) this.#again(text);
  }

  /** The value follows with the next batch, also if it has not changed. */
  #again(text: string): void {
    const watched = this.#watched.get(text);
    if (watched === undefined) return;
    watched.last = undefined;
    watched.lookedAt = Number.NEGATIVE_INFINITY;
  }

  #leave(stream: Stream, text: string): void {
    const watched = this.#watched.get(text);
    if (watched?.streams.delete(stream) && watched.streams.size === 0)
      watched.idleSince = this.#options.clock.monotonic();
  }

  // --- batches ---------------------------------------------------------------------------------------------------------

  #run(): void {
    if (this.#timer !== undefined) return;
    this.#timer = this.#options.clock.after(this.#limits.batch, () => {
      this.#timer = undefined;
      this.#batch();
      if (this.#watched.size > 0 || this.#streams.size > 0) this.#run();
    });
    this.#timer.unref?.();
  }

  #batch(): void {
    const now = this.#options.clock.monotonic();
    for (const [text, watched] of this.#watched) {
      if (watched.streams.size === 0 && now - watched.idleSince > this.#limits.resume)
        this.#end(text, watched);
      else if (watched.log !== undefined) {
        if (watched.stop === undefined && now - watched.lookedAt >= this.#limits.look)
          this.#begin(watched, watched.log);
        this.#sendRecords(watched, watched.log);
      } else if (watched.streams.size > 0) this.#look(watched, now);
    }
    this.#ring.deliver();
    if (now - this.#beatAt >= this.#limits.heartbeat) this.#beat(now);
  }

  #end(text: string, watched: Watched): void {
    this.#watched.delete(text);
    this.#ring.forget(text);
    if (watched.log !== undefined) this.#recordTopics--;
    watched.stop?.();
  }

  #look(watched: Watched, now: number): void {
    if (watched.looking || now - watched.lookedAt < this.#limits.look) return;
    watched.lookedAt = now;
    const { topic } = watched;
    try {
      const value = this.#options.state(topic as Topic & { name: StateTopic });
      if (!(value instanceof Promise)) {
        this.#tellState(watched, value);
        return;
      }
      watched.looking = true;
      value
        .then(
          (later) => this.#tellState(watched, later),
          (error) => this.#tellGone(watched, asFairleadError(error)),
        )
        .finally(() => {
          watched.looking = false;
        });
    } catch (error) {
      this.#tellGone(watched, asFairleadError(error));
    }
  }

  #tellState(watched: Watched, value: unknown): void {
    this.#tell(watched, 'state', `"value":${JSON.stringify(value) ?? 'null'}`);
  }

  #tellGone(watched: Watched, { code, message }: FairleadError): void {
    this.#tell(watched, 'gone', `"code":${JSON.stringify(code)},"detail":${JSON.stringify(message)}`);
  }

  #tell(watched: Watched, event: 'state' | 'gone', rest: string): void {
    if (watched.last === rest) return;
    watched.last = rest;
    const topic = JSON.stringify(watched.topic.text);
    const time = iso(this.#options.clock.now());
    const data = `{"topic":${topic},"time":"${time}",${rest}}`;
    this.#ring.append(watched.topic.text, `event: ${event}\ndata: ${data}\n`, true);
  }

  /** What passes the limit of a batch is left out as one run, and stays in the log of the topic. */
  #sendRecords(watched: Watched, log: RecordLog): void {
    if (log.last === watched.sent) return;
    const { recordsPerSecond, sizePerSecond, batch } = this.#limits;
    const share = batch / 1_000;
    const { text } = watched.topic;
    const topic = JSON.stringify(text);
    const begin = watched.sent + 1;
    const bounds = { count: Math.ceil(recordsPerSecond * share), size: sizePerSecond * share };
    const { from, to, texts } = log.take(begin, log.last, bounds);
    watched.sent = log.last;
    const skip = (first: number, last: number) => {
      const data = `{"topic":${topic},"n":${last - first + 1},"from":${first},"to":${last}}`;
      if (last >= first) this.#ring.append(text, `event: skipped\ndata: ${data}\n`);
    };
    skip(begin, from - 1);
    if (texts.length > 0) {
      const data = `{"topic":${topic},"from":${from},"to":${to},"records":[${texts.join(',')}]}`;
      this.#ring.append(text, `event: records\ndata: ${data}\n`);
    }
    skip(to + 1, log.last);
  }

  #beat(now: number): void {
    this.#beatAt = now;
    const { clock, version } = this.#options;
    const text = eventText('heartbeat', { time: iso(clock.now()), version });
    for (const { sink, reader } of this.#streams.values()) {
      if (sink.waiting > this.#limits.buffer) continue;
      sink.write(`id: ${reader?.position}\n${text}`);
    }
  }
}

function eventText(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

const iso = (ms: number): string => new Date(ms).toISOString();
