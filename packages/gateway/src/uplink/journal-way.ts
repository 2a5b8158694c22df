import type { JournalTerms } from '../journal-port.ts';
import type { UplinkSink } from '../ports.ts';
import { Forwarder, type ForwarderPorts } from './forwarder.ts';
import { JournalSink } from './journal-sink.ts';

/** The way of uplinks over the journal: from the listeners that journal to the disk, and from there to the bus. */
export class JournalWay {
  readonly sink: UplinkSink;
  /** Of the epochs of sessions: new ones must be higher. */
  readonly mark: number;
  readonly #terms: JournalTerms;
  readonly #forwarder: Forwarder;

  constructor(terms: JournalTerms, ports: Omit<ForwarderPorts, keyof JournalTerms>) {
    this.sink = new JournalSink(terms.journal);
    this.mark = terms.journal.mark;
    this.#terms = terms;
    this.#forwarder = new Forwarder({ ...ports, ...terms });
  }

  /** Whether uplinks of the listener go this way. */
  keeps(listener: string): boolean {
    return this.#terms.keeps(listener);
  }

  start(): void {
    this.#forwarder.start();
  }

  /** When nothing is written any more. */
  async close(): Promise<void> {
    await this.#terms.journal.flushed().catch(() => {}); // the journal names it when it closes
    await this.#forwarder.close();
  }
}
