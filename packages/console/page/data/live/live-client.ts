/** A page's end of the live stream: topics are watched for as long as somebody on the page listens. */
import { parseTopic, type Skipped, type Topic } from '@fairlead/api';
import {
  type LiveStatus,
  type Loaded,
  type ToKeeper,
  type Told,
  type ToPage,
  type TopicEvent,
  talkLimits,
} from './talk.ts';

/** What a listener of a topic hears. `reset`: records of before are missing, and values follow again. */
export type HeardEvent = TopicEvent | { readonly event: 'reset' };
type Listener = (event: HeardEvent) => void;

/** Connects to a keeper; the result sends to it. */
export type Connect = (receive: (message: ToPage) => void) => {
  send(message: ToKeeper): void;
  close(): void;
};

interface Watched {
  readonly listeners: Set<Listener>;
  /** Of a state topic. */
  last: TopicEvent | undefined;
}

interface Call {
  resolve(loaded: Loaded): void;
  reject(error: Error): void;
}

export class LiveClient {
  readonly #connect: Connect;
  readonly #isVisible: () => boolean;
  #line: ReturnType<Connect>;
  readonly #topics = new Map<string, Watched>();
  readonly #calls = new Map<number, Call>();
  readonly #watchers = new Set<() => void>();
  #call = 0;
  #status: LiveStatus = { state: 'connecting' };
  #heardAt = Date.now();
  #wishing = false;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(connect: Connect, isVisible: () => boolean) {
    this.#connect = connect;
    this.#isVisible = isVisible;
    this.#line = connect((message) => this.#take(message));
    this.#wish();
    this.#timer = setInterval(() => this.#repeat(), talkLimits.repeat);
  }

  /** The page is left. It may be shown again. */
  leave(): void {
    this.#line.send({ say: 'bye' });
  }

  close(): void {
    clearInterval(this.#timer);
    this.leave();
    this.#line.close();
  }

  // Arrow functions: React calls them without the object.
  readonly status = (): LiveStatus => this.#status;
  readonly onStatus = (listener: () => void): (() => void) => {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  };

  /** Calls the listener with what happens to a topic, and with its value if that is known, until the result is called. */
  listen(text: string, listener: Listener): () => void {
    let topic: Topic;
    try {
      topic = parseTopic(text);
    } catch (error) {
      const { code, message } = error as Told;
      const gone = {
        event: 'gone',
        topic: text,
        name: 'overview',
        time: new Date().toISOString(),
        code,
        detail: message,
      } as const;
      queueMicrotask(() => listener(gone));
      return () => {};
    }
    let watched = this.#topics.get(topic.text);
    if (watched === undefined) {
      watched = { listeners: new Set(), last: undefined };
      this.#topics.set(topic.text, watched);
      this.#wishSoon();
    }
    const own: Listener = (event) => listener(event);
    watched.listeners.add(own);
    const { last } = watched;
    if (last !== undefined)
      queueMicrotask(() => {
        if (watched.listeners.has(own)) own(last);
      });
    return () => {
      watched.listeners.delete(own);
      if (watched.listeners.size > 0 || this.#topics.get(topic.text) !== watched) return;
      this.#topics.delete(topic.text);
      this.#wishSoon();
    };
  }

  /** Those of skipped records that the service still has. Rejects with the code of the service. */
  load(skipped: Skipped): Promise<Loaded> {
    return new Promise((resolve, reject) => {
      this.#calls.set(++this.#call, { resolve, reject });
      this.#line.send({ say: 'load', call: this.#call, skipped });
    });
  }

  /** The page is shown again, somebody has signed in, or the network is back. */
  retry(): void {
    this.#wish();
    this.#line.send({ say: 'retry' });
  }

  /** The page is shown or hidden. */
  visibilityChanged(): void {
    if (this.#isVisible()) this.#heardAt = Date.now();
    this.#wish();
    if (this.#isVisible()) this.#line.send({ say: 'retry' });
  }

  #take(message: ToPage): void {
    this.#heardAt = Date.now();
    switch (message.say) {
      case 'status':
        this.#setStatus(message.status);
        break;
      case 'event': {
        const { event } = message;
        const watched = this.#topics.get(event.topic);
        if (watched === undefined) return;
        if (event.event === 'state' || event.event === 'gone') watched.last = event;
        for (const listener of watched.listeners) listener(event);
        break;
      }
      case 'reset':
        for (const watched of this.#topics.values()) {
          watched.last = undefined;
          for (const listener of watched.listeners) listener({ event: 'reset' });
        }
        break;
      case 'loaded':
        this.#calls.get(message.call)?.resolve(message.loaded);
        this.#calls.delete(message.call);
        break;
      case 'failed': {
        const { code, message: text } = message.told;
        this.#calls.get(message.call)?.reject(Object.assign(new Error(text), { code }));
        this.#calls.delete(message.call);
      }
    }
  }

  #setStatus(status: LiveStatus): void {
    this.#status = status;
    for (const watcher of this.#watchers) watcher();
  }

  /** A page that is left and one that is entered change the topics together. */
  #wishSoon(): void {
    if (this.#wishing) return;
    this.#wishing = true;
    queueMicrotask(() => {
      this.#wishing = false;
      this.#wish();
    });
  }

  #wish(): void {
    this.#line.send({ say: 'want', topics: [...this.#topics.keys()], visible: this.#isVisible() });
  }

  #repeat(): void {
    if (this.#isVisible() && Date.now() - this.#heardAt > talkLimits.deaf) this.#again();
    this.#wish();
  }

  /** The keeper is gone: its worker was ended. */
  #again(): void {
    this.#line.close();
    if (this.#status.state === 'live') this.#setStatus({ ...this.#status, state: 'lost' });
    for (const { reject } of this.#calls.values())
      reject(Object.assign(new Error('The connection was lost.'), { code: 'CLOSED' }));
    this.#calls.clear();
    this.#line = this.#connect((message) => this.#take(message));
  }
}
