/**
 * Runs rules as a listener on the link of a dialled device. A frame that the device sends unasked begins an exchange; later ones
 * belong to it until it ends; the next one after that begins the next exchange.
 */
import { asFairleadError, type Clock, type FairleadError } from '@fairlead/core';
import type { Payload, Reader } from '@fairlead/tcp';
import { type Budget, Share } from '../budget.ts';
import { Arrivals } from '../live/arrivals.ts';
import type { ExchangeLink } from '../live/live-exchange.ts';
import type { ConditionEvaluator } from '../match/condition-evaluator.ts';
import type { DeviceLinks, DeviceVisit } from '../ports.ts';
import type { Output } from '../run/output.ts';
import { Exchanges, type ExchangesOptions } from './exchanges.ts';
import type { TriggerTotals } from './totals.ts';
import type { TriggerCounters } from './trigger.ts';

interface DeviceTriggerPorts {
  readonly devices: DeviceLinks;
  readonly budget: Budget;
  readonly evaluator: ConditionEvaluator;
  readonly clock: Clock;
  readonly totals: TriggerTotals;
}

export class DeviceTrigger implements AsyncDisposable {
  readonly #name: string;
  readonly #device: string;
  readonly #totals: TriggerTotals;
  readonly #exchanges: Exchanges;
  readonly #share: Share;
  readonly #visit: DeviceVisit;
  /** Frames of the present link. */
  #arrivals: Arrivals;
  /** The exchange that has not ended. */
  #running: Promise<void> | undefined;

  /** Sees what the device sends from now on. Throws CODE_PAGE_UNKNOWN. */
  constructor(device: string, options: ExchangesOptions, ports: DeviceTriggerPorts) {
    this.#name = options.name;
    this.#device = device;
    this.#totals = ports.totals;
    this.#exchanges = new Exchanges(options, ports);
    this.#share = new Share(ports.budget);
    this.#arrivals = new Arrivals(device, this.#share);
    this.#visit = ports.devices.visit(device, {
      frame: (frame) => this.#frame(frame),
      lost: (cause) => this.#lost(cause),
    });
  }

  get output(): Output {
    return this.#exchanges.output;
  }

  get address(): string {
    return `device ${this.#device}`;
  }

  /** Why nothing can come from the device at present. */
  get cause(): FairleadError | undefined {
    return this.#visit.cause;
  }

  counters(): TriggerCounters {
    return { ...this.#totals, clients: this.#exchanges.size };
  }

  /** Ends the exchange. The link stays open: it is the gateway's. Idempotent. */
  async stop(reason = `the trigger "${this.#name}" was stopped`): Promise<void> {
    this.#visit[Symbol.dispose]();
    this.#exchanges.stop(reason);
    await this.#running;
    this.#share.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #frame(frame: Uint8Array): void {
    if (this.#exchanges.stopping) return;
    this.#totals.received++;
    this.#arrivals.push(frame);
    this.#begin();
  }

  /** What has come of this link is still received; then the exchange ends as its link has. */
  #lost(cause: FairleadError): void {
    this.#arrivals.fail(cause);
    this.#arrivals = new Arrivals(this.#device, this.#share);
  }

  /** Begins an exchange if there is a frame, and none has begun. */
  #begin(): void {
    if (this.#running !== undefined || this.#exchanges.stopping) return;
    const arrivals = this.#arrivals;
    const { link } = this.#visit;
    if (arrivals.length === 0 || link === undefined) return;
    try {
      const rules = new RulesLink(arrivals, this.#visit, this.#totals);
      const { remote, framing } = link;
      const running = this.#exchanges.begin({ link: rules, remote, framing, device: this.#device });
      // The frame came in the middle of a chunk: the rules go on once all of it was read.
      this.#running = new Promise<void>((resolve) => setImmediate(resolve))
        .then(() => this.#exchanges.run(running, () => {}))
        .finally(() => this.#ended(arrivals, rules.asked));
    } catch (error) {
      const { code, message } = asFairleadError(error);
      this.#totals.refused++;
      this.#exchanges.note(this.#device, message, code);
      arrivals.drop();
    }
  }

  /** @param received whether the exchange has received anything of its arrivals */
  #ended(arrivals: Arrivals, received: boolean): void {
    this.#running = undefined;
    arrivals.leave();
    // Rules without a receive would begin again with the same frame for ever.
    if (!received) arrivals.skip();
    if (arrivals.failed) arrivals.drop();
    if (arrivals.failed && arrivals === this.#arrivals)
      this.#arrivals = new Arrivals(this.#device, this.#share);
    this.#begin();
  }
}

/** What the rules of one exchange have of the link. */
class RulesLink implements ExchangeLink {
  /** Whether they have received. */
  asked = false;
  readonly #arrivals: Arrivals;
  readonly #visit: DeviceVisit;
  readonly #totals: TriggerTotals;
  #sent: Promise<void> = Promise.resolve();

  constructor(arrivals: Arrivals, visit: DeviceVisit, totals: TriggerTotals) {
    this.#arrivals = arrivals;
    this.#visit = visit;
    this.#totals = totals;
  }

  take(reader: Reader<Buffer>): Buffer | undefined {
    this.asked = true;
    return this.#arrivals.take(reader);
  }

  /** A message waits for its turn on the link: the rules go on when it is sent. */
  send(message: Payload): false {
    this.#totals.sent++;
    this.#sent = this.#visit.send(Buffer.from(message as Uint8Array));
    this.#sent.catch(() => {}); // drained() rejects, too
    return false;
  }

  drained(): Promise<void> {
    return this.#sent;
  }
}
