/**
 * Holds the one live stream of a browser for all of its pages: watches what the visible ones want, and hands each what it wants.
 * It runs in a shared worker; where there is none, each page has its own.
 */
import { apiLimits, type LiveEvent, type LiveFollower, type LiveOptions } from '@fairlead/api';
import {
  type LiveStatus,
  type ToKeeper,
  type Told,
  type ToPage,
  type TopicEvent,
  talkLimits,
} from './talk.ts';

interface Page {
  send(message: ToPage): void;
  topics: ReadonlySet<string>;
  visible: boolean;
  /** When it was hidden, and when it was heard last: milliseconds. */
  hiddenAt: number;
  heardAt: number;
  /** What it gets now; undefined: nothing, because it is hidden or gone. */
  given: ReadonlySet<string> | undefined;
  /** It got nothing for a while. */
  missed: boolean;
}

type Follower = Pick<LiveFollower, 'setTopics' | 'load' | 'retryNow'> & AsyncIterable<LiveEvent>;

export class Keeper {
  readonly #watch: (options: LiveOptions) => Follower;
  readonly #pages = new Set<Page>();
  /** The last value of each state topic that is watched, for pages that come later. */
  readonly #values = new Map<string, TopicEvent>();
  #status: LiveStatus = { state: 'connecting' };
  #follower: Follower | undefined;
  #stop: AbortController | undefined;
  #topics: readonly string[] = [];
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #looking: ReturnType<typeof setInterval> | undefined;
  #refused: ReturnType<typeof setTimeout> | undefined;
  #assigning = false;

  /** @param watch opens a stream */
  constructor(watch: (options: LiveOptions) => Follower) {
    this.#watch = watch;
  }

  /** @returns takes what the page says */
  attach(send: (message: ToPage) => void): (message: ToKeeper) => void {
    const now = Date.now();
    const page: Page = {
      send,
      topics: new Set(),
      visible: true,
      hiddenAt: now,
      heardAt: now,
      given: undefined,
      missed: false,
    };
    send({ say: 'status', status: this.#status });
    return (message) => {
      page.heardAt = Date.now();
      switch (message.say) {
        case 'want':
          if (page.visible && !message.visible) page.hiddenAt = page.heardAt;
          page.visible = message.visible;
          page.topics = new Set(message.topics);
          this.#pages.add(page);
          this.#looking ??= setInterval(() => this.#look(), talkLimits.look);
          this.#gather();
          break;
        case 'load':
          void this.#load(page, message);
          break;
        case 'retry':
          this.#retry();
          break;
        case 'bye':
          this.#pages.delete(page);
          page.missed = true;
          page.given = undefined;
          this.#gather();
      }
    };
  }

  #isActive({ visible, hiddenAt, heardAt }: Page, now: number): boolean {
    return now - heardAt < talkLimits.silence && (visible || now - hiddenAt < talkLimits.hidden);
  }

  #look(): void {
    const now = Date.now();
    for (const page of this.#pages)
      if (page.given !== undefined && !this.#isActive(page, now)) {
        this.#gather();
        return;
      }
  }

  #gather(): void {
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      this.#update();
    }, talkLimits.gather);
  }

  /** Compares what the pages want with what is watched. */
  #update(): void {
    const now = Date.now();
    const wanted = new Set<string>();
    let active = 0;
    for (const page of this.#pages) {
      if (!this.#isActive(page, now)) {
        page.missed = true;
        page.given = undefined;
        // It says what it wants when it is back.
        if (now - page.heardAt >= talkLimits.silence) this.#pages.delete(page);
        continue;
      }
      active++;
      const earlier = page.given;
      page.given = page.topics;
      if (page.missed) page.send({ say: 'reset' });
      page.missed = false;
      for (const topic of page.given) {
        wanted.add(topic);
        const value = this.#values.get(topic);
        if (value !== undefined && !earlier?.has(topic)) page.send({ say: 'event', event: value });
      }
    }
    this.#topics = [...wanted].slice(0, apiLimits.values.liveTopics);
    for (const topic of this.#values.keys()) if (!wanted.has(topic)) this.#values.delete(topic);
    if (active === 0) this.#end();
    else if (this.#stop === undefined) this.#begin();
    else void this.#assign();
    if (this.#pages.size > 0) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  // --- the stream ------------------------------------------------------------------------------------------------------

  #begin(): void {
    if (this.#status.state === 'signedOut' || this.#refused !== undefined) return;
    const stop = new AbortController();
    this.#stop = stop;
    void this.#follow(stop.signal).finally(() => {
      if (this.#stop !== stop) return;
      this.#stop = undefined;
      this.#follower = undefined;
    });
  }

  #end(): void {
    clearTimeout(this.#refused);
    this.#refused = undefined;
    this.#stop?.abort();
    this.#stop = undefined;
    this.#follower = undefined;
    this.#values.clear();
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const follower = this.#watch({
      topics: this.#topics,
      patient: true,
      signal,
      lost: () => {
        if (!signal.aborted) this.#tell({ ...this.#status, state: 'lost' });
      },
    });
    this.#follower = follower;
    try {
      for await (const event of follower) if (!signal.aborted) this.#take(event);
    } catch (error) {
      if (signal.aborted) return;
      const isSignedOut = (error as Partial<Told>).code === 'UNAUTHORIZED';
      this.#values.clear();
      this.#tell({ ...this.#status, state: isSignedOut ? 'signedOut' : 'lost' });
      if (isSignedOut) return;
      this.#refused = setTimeout(() => {
        this.#refused = undefined;
        this.#update();
      }, talkLimits.refused);
    }
  }

  #take(event: LiveEvent): void {
    if (event.event === 'hello' || event.event === 'heartbeat') {
      const { time, version } = event;
      this.#tell({ state: 'live', heardAt: Date.now(), serviceTime: Date.parse(time), version });
    } else if (event.event === 'reset') {
      this.#values.clear();
      for (const page of this.#pages) if (page.given !== undefined) page.send({ say: 'reset' });
    } else {
      if (event.event === 'state' || event.event === 'gone') this.#values.set(event.topic, event);
      for (const page of this.#pages) if (page.given?.has(event.topic)) page.send({ say: 'event', event });
    }
  }

  #tell(status: LiveStatus): void {
    this.#status = status;
    for (const page of this.#pages) page.send({ say: 'status', status });
  }

  /** One request at a time, so that the last wish is the last that the service hears. */
  async #assign(): Promise<void> {
    if (this.#assigning) return;
    this.#assigning = true;
    let asked: readonly string[] | undefined;
    try {
      while (this.#follower !== undefined && asked !== this.#topics) {
        asked = this.#topics;
        await this.#follower.setTopics(asked);
      }
    } catch {
      // The connection is broken, or the service is too busy: the look after this one asks again.
      setTimeout(() => this.#gather(), talkLimits.look);
    } finally {
      this.#assigning = false;
    }
  }

  #retry(): void {
    clearTimeout(this.#refused);
    this.#refused = undefined;
    this.#follower?.retryNow();
    if (this.#status.state === 'signedOut') this.#tell({ ...this.#status, state: 'connecting' });
    this.#gather();
  }

  async #load(page: Page, { call, skipped }: Extract<ToKeeper, { say: 'load' }>): Promise<void> {
    try {
      if (this.#follower === undefined)
        throw Object.assign(new Error('There is no connection.'), { code: 'CLOSED' });
      page.send({ say: 'loaded', call, loaded: await this.#follower.load(skipped) });
    } catch (error) {
      const { code = 'INTERNAL', message = String(error) } = error as Partial<Told>;
      page.send({ say: 'failed', call, told: { code, message } });
    }
  }
}
