/**
 * The latest events of a stream with their numbers, and the readers that follow them. A reader that was away, or is slow,
 * goes on in the ring; only what the ring has dropped is lost to it.
 */

/** The output of one reader. */
export interface LiveSink {
  /** Bytes that wait for the reader. */
  readonly waiting: number;
  write(text: string): void;
}

export interface LiveReader {
  /** Id of the last event that the reader was sent, or had nothing to do with: what it may resume from. */
  readonly position: string;
  /** Called when the reader has caught up: sends what it has not got yet. */
  caughtUp(): void;
  close(): void;
}

interface EventRingOptions {
  /** Tells this ring from those of other starts of the service. */
  readonly epoch: string;
  /** Characters of events that are kept. */
  readonly size: number;
  /** Characters that may wait for one reader. */
  readonly buffer: number;
}

interface ReaderTerms {
  takes(key: string): boolean;
  /** Id of the last event that the reader has. Absent: it begins with the next one. */
  readonly after?: string | undefined;
  /** Makes the event that says how many events the ring dropped before they were sent. */
  missed(count: number): string;
  /** Makes the event that says that there is no way to resume from `after`. */
  reset(): string;
}

interface Entry {
  readonly key: string;
  readonly text: string;
  /** It replaces the event before of the same key. */
  readonly state: boolean;
}

export class EventRing {
  readonly #options: EventRingOptions;
  readonly #readers = new Set<Reader>();
  #entries: Entry[] = [];
  /** Index of the oldest entry. */
  #head = 0;
  #size = 0;
  /** Number of the newest state event of each key. */
  readonly #latest = new Map<string, number>();
  /** Number of the next event. */
  #next = 1;

  constructor(options: EventRingOptions) {
    this.#options = options;
  }

  get readers(): number {
    return this.#readers.size;
  }

  get next(): number {
    return this.#next;
  }

  /** Number of the oldest event that is kept. */
  get first(): number {
    return this.#next - (this.#entries.length - this.#head);
  }

  get buffer(): number {
    return this.#options.buffer;
  }

  open(sink: LiveSink, terms: ReaderTerms): LiveReader {
    const from = terms.after === undefined ? this.#next : this.#numberAfter(terms.after);
    if (from === undefined) sink.write(`${this.idLine(this.#next - 1)}${terms.reset()}`);
    const reader = new Reader(this, sink, terms, from ?? this.#next);
    this.#readers.add(reader);
    reader.send();
    return {
      get position() {
        return reader.position;
      },
      caughtUp: () => {
        if (this.#readers.has(reader)) reader.send();
      },
      close: () => this.#readers.delete(reader),
    };
  }

  /**
   * Adds an event. Readers get it with the next {@link deliver}.
   *
   * @param key what readers select by
   * @param text the fields of the event without its id, with the line end of the last one
   * @param state it replaces the event before of the same key: a reader that has not got that one yet does not need it
   */
  append(key: string, text: string, state = false): void {
    this.#entries.push({ key, text, state });
    if (state) this.#latest.set(key, this.#next);
    this.#next++;
    this.#size += text.length;
    if (this.#size <= this.#options.size) return;
    // Whoever can take what is about to be dropped gets it first.
    this.deliver();
    while (this.#size > this.#options.size && this.#entries.length - this.#head > 1) this.#drop();
  }

  deliver(): void {
    for (const reader of this.#readers) reader.send();
  }

  /** No more state events of the key follow. */
  forget(key: string): void {
    this.#latest.delete(key);
  }

  /** Whether a newer event has replaced it. */
  isReplaced(number: number, { key, state }: Entry): boolean {
    return state && this.#latest.get(key) !== number;
  }

  at(number: number): Entry {
    return this.#entries[this.#head + number - this.first] as Entry;
  }

  /** Forgets all events. Nobody can resume from before. */
  clear(): void {
    this.#entries = [];
    this.#head = 0;
    this.#size = 0;
    // The number that is left out stands for the events that nobody recorded.
    this.#next++;
  }

  id(number: number): string {
    return `${this.#options.epoch}-${number}`;
  }

  idLine(number: number): string {
    return `id: ${this.id(number)}\n`;
  }

  /** undefined: the id is of another ring, or events after it are dropped. */
  #numberAfter(id: string): number | undefined {
    const { epoch } = this.#options;
    if (!id.startsWith(`${epoch}-`)) return undefined;
    const digits = id.slice(epoch.length + 1);
    if (!/^\d{1,15}$/.test(digits)) return undefined;
    const number = Number(digits) + 1;
    return number < this.first || number > this.#next ? undefined : number;
  }

  #drop(): void {
    const number = this.first;
    const entry = this.#entries[this.#head] as Entry;
    for (const reader of this.#readers) reader.dropped(number, entry);
    this.#entries[this.#head++] = undefined as unknown as Entry;
    this.#size -= entry.text.length;
    if (this.#head < 1_024 || this.#head * 2 < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }
}

class Reader {
  readonly #ring: EventRing;
  readonly #sink: LiveSink;
  readonly #terms: ReaderTerms;
  /** Number of the next event to send. */
  #at: number;
  #missed = 0;

  constructor(ring: EventRing, sink: LiveSink, terms: ReaderTerms, at: number) {
    this.#ring = ring;
    this.#sink = sink;
    this.#terms = terms;
    this.#at = at;
  }

  get position(): string {
    return this.#ring.id(this.#at - 1);
  }

  /** Sends all that the sink can take. */
  send(): void {
    const ring = this.#ring;
    if (this.#at === ring.next && this.#missed === 0) return;
    const room = ring.buffer - this.#sink.waiting;
    if (room < 0) return;
    let chunk = '';
    if (this.#missed > 0) {
      chunk = ring.idLine(this.#at - 1) + this.#terms.missed(this.#missed);
      this.#missed = 0;
    }
    while (this.#at < ring.next && chunk.length <= room) {
      const entry = ring.at(this.#at);
      if (this.#terms.takes(entry.key) && !ring.isReplaced(this.#at, entry))
        chunk += `${ring.idLine(this.#at)}${entry.text}\n`;
      this.#at++;
    }
    if (chunk !== '') this.#sink.write(chunk);
  }

  /** The ring drops an event. */
  dropped(number: number, entry: Entry): void {
    if (number < this.#at) return;
    this.#at = number + 1;
    if (this.#terms.takes(entry.key) && !this.#ring.isReplaced(number, entry)) this.#missed++;
  }
}
