import {
  asFairleadError,
  type Clock,
  type FairleadError,
  type Log,
  type Timer,
  timeLimit,
} from '@fairlead/core';
import type { DownlinkLedger } from '../api.ts';
import { gatewayErrors } from '../catalogue.ts';
import type {
  AttachedSession,
  DeliveryPromise,
  DownlinkQuery,
  DownlinkQueue,
  DownlinkReceipt,
  KeptDownlink,
  ReplyTo,
} from '../downlink-ports.ts';
import { gatewayLimits } from '../limits.ts';
import { add } from '../log/link-log.ts';
import type { Device, DeviceDirectory, DownlinkInput } from '../ports.ts';
import { DownlinkLane } from './downlink-lane.ts';
import { afterCrash, step } from './ledger.ts';

const limits = gatewayLimits.values;

interface KeptPorts {
  readonly queue: DownlinkQueue;
  readonly directory: DeviceDirectory;
  readonly clock: Clock;
  readonly log: Log;
  /** The session of the device that has the link. @param id of the device */
  sessionOf(id: string): AttachedSession | undefined;
  /** A downlink is in a new state. */
  changed(downlink: KeptDownlink): void;
}

/** How a downlink is kept. */
interface KeepOptions {
  /** Milliseconds until it expires. */
  readonly ttl: number;
  readonly delivery?: DeliveryPromise | undefined;
  readonly key?: string | undefined;
  readonly replyTo?: ReplyTo | undefined;
}

/** The ledger: keeps downlinks, sends them when their devices are connected, and tells what becomes of them. */
export class KeptDownlinks implements DownlinkLedger {
  /** By what became of them: a state, or the code of the failure. */
  readonly counters: Map<string, number>;
  readonly #ports: KeptPorts;
  /** By the id of the device that has the link: those that had something to send. */
  readonly #lanes = new Map<string, DownlinkLane>();
  /** Ends of lanes whose links have ended, and that have something to record: the next lane of the device waits for them. */
  readonly #ending = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Set<(downlink: KeptDownlink) => void>>();
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(ports: KeptPorts, counters: Map<string, number>) {
    this.#ports = ports;
    this.counters = counters;
  }

  /** Settles what an earlier process had begun, before devices connect. Rejects when the storage fails. */
  async start(): Promise<void> {
    const { queue, clock } = this.#ports;
    for (let begun = await queue.begun(); begun.length > 0; begun = await queue.begun())
      for (const downlink of begun) {
        const next = afterCrash(downlink, clock.now());
        if (await queue.save(next, downlink.state)) this.#changed(next);
      }
    await this.#sweep();
  }

  /** A device has connected. @param id of the device */
  connected(id: string): void {
    if (this.#ports.queue.hasWaiting(id)) this.#wake(id);
  }

  /** The session of a device has ended. @param id of the device */
  disconnected(id: string): void {
    const lane = this.#lanes.get(id);
    if (lane !== undefined) this.#end(id, lane);
  }

  /**
   * Keeps a downlink. The earlier one where the device has one with its key. Rejects with DOWNLINK_INVALID, DOWNLINK_KEY_REUSED,
   * DOWNLINKS_FULL, or when the storage fails; then it is not kept.
   *
   * @param owner the device that has the link
   */
  async put(
    device: Device,
    owner: Device,
    input: DownlinkInput,
    options: KeepOptions,
  ): Promise<KeptDownlink> {
    const { queue, clock } = this.#ports;
    const { kind, values } = input;
    const { delivery = 'at-most-once', key, replyTo } = options;
    const json = JSON.stringify(values);
    checkSizes(device.name, json, options);
    const now = clock.now();
    const { downlink, added } = await queue.put({
      device: device.name,
      deviceId: device.id,
      owner: owner.id,
      kind,
      json,
      delivery,
      key,
      replyTo,
      state: 'queued',
      createdAt: now,
      expiresAt: now + options.ttl,
      attempts: 0,
      answerable: false,
    });
    if (!added) {
      if (downlink.json !== json || downlink.kind !== kind)
        throw gatewayErrors.error('DOWNLINK_KEY_REUSED', { device: device.name, id: downlink.id });
      return downlink;
    }
    this.#changed(downlink);
    this.#wakeAt(downlink.expiresAt);
    this.#wake(owner.id);
    return downlink;
  }

  /**
   * Waits for what becomes of a downlink. Rejects with DOWNLINK_FAILED, DOWNLINK_ONLY_WRITTEN, DOWNLINK_PENDING at the end of the
   * time, or ABORTED.
   */
  async outcome(
    put: KeptDownlink,
    until: 'written' | 'acknowledged',
    wait: number,
    signal?: AbortSignal,
  ): Promise<DownlinkReceipt> {
    const { id } = put;
    let latest = put;
    const { promise, resolve, reject } = Promise.withResolvers<DownlinkReceipt>();
    const look = (downlink: KeptDownlink) => {
      latest = downlink;
      try {
        if (isReached(downlink, until)) resolve(receiptOf(downlink));
      } catch (error) {
        reject(error);
      }
    };
    using limit = timeLimit(this.#ports.clock, wait, signal, () =>
      gatewayErrors.error('DOWNLINK_PENDING', { id, device: put.device, state: latest.state, limit: wait }),
    );
    const looks = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, looks.add(look));
    try {
      // It may have changed since it was put.
      look((await this.#ports.queue.get(id)) ?? put);
      return await limit.race(promise);
    } finally {
      looks.delete(look);
      if (looks.size === 0) this.#waiting.delete(id);
    }
  }

  list(query: DownlinkQuery): Promise<readonly KeptDownlink[]> {
    return this.#ports.queue.list(query);
  }

  async get(id: string): Promise<KeptDownlink> {
    const found = await this.#ports.queue.get(id);
    if (found === undefined) throw gatewayErrors.error('DOWNLINK_UNKNOWN', { id });
    return found;
  }

  async cancel(id: string): Promise<KeptDownlink> {
    const { queue, clock } = this.#ports;
    const found = await this.get(id);
    if (found.state === 'queued') {
      const cancelled = step(found, 'cancel', clock.now());
      if (await queue.save(cancelled, 'queued')) {
        this.#changed(cancelled);
        return cancelled;
      }
    }
    const state = (await queue.get(id))?.state ?? found.state;
    throw gatewayErrors.error('DOWNLINK_NOT_CANCELLABLE', { id, state });
  }

  /** Sends nothing more. Resolves when what was begun is recorded. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#ports.clock.clear(this.#timer);
    for (const [id, lane] of this.#lanes) this.#end(id, lane);
    await Promise.all(this.#ending.values());
  }

  /** There may be something to send to the device, if it is connected. */
  #wake(id: string): void {
    const session = this.#ports.sessionOf(id);
    if (session === undefined || this.#closed) return;
    let lane = this.#lanes.get(id);
    if (lane === undefined) {
      const { queue, directory, clock, log } = this.#ports;
      const changed = (downlink: KeptDownlink) => this.#changed(downlink);
      lane = new DownlinkLane(session, {
        queue,
        directory,
        clock,
        log,
        changed,
        before: this.#ending.get(id),
      });
      this.#lanes.set(id, lane);
    }
    lane.wake();
  }

  #end(id: string, lane: DownlinkLane): void {
    lane.close();
    this.#lanes.delete(id);
    const settled = lane.settled().finally(() => {
      if (this.#ending.get(id) === settled) this.#ending.delete(id);
    });
    this.#ending.set(id, settled);
  }

  #changed(downlink: KeptDownlink): void {
    const { state, code, finishedAt, id } = downlink;
    if (finishedAt !== undefined) add(this.counters, state === 'failed' ? (code ?? state) : state);
    for (const look of this.#waiting.get(id) ?? []) look(downlink);
    this.#ports.changed(downlink);
  }

  // --- expiry ----------------------------------------------------------------------------------------------------------

  async #sweep(): Promise<void> {
    const { queue, clock, log } = this.#ports;
    let next: number | undefined;
    try {
      for (;;) {
        const expired = await queue.expired(clock.now());
        if (expired.length === 0) break;
        for (const downlink of expired) {
          const over = step(downlink, 'expire', clock.now());
          if (await queue.save(over, 'queued')) this.#changed(over);
        }
      }
      next = await queue.nextExpiry();
    } catch (error) {
      const { code, message } = asFairleadError(error);
      log.error({ code }, `expired downlinks cannot be recorded: ${message}`);
      next = clock.now() + limits.keptSweep;
    }
    if (next !== undefined) this.#wakeAt(next);
  }

  /** @param time Unix milliseconds. The clock may be set, so that the timer is never longer than a sweep. */
  #wakeAt(time: number): void {
    if (this.#closed || time >= this.#timerAt) return;
    const { clock } = this.#ports;
    clock.clear(this.#timer);
    const ms = Math.min(Math.max(0, time - clock.now()), limits.keptSweep);
    this.#timerAt = time;
    this.#timer = clock.after(ms, () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      void this.#sweep();
    });
  }
}

/** Throws DOWNLINK_INVALID. */
function checkSizes(device: string, json: string, { key, ttl }: KeepOptions): void {
  const invalid = (reason: string) => gatewayErrors.error('DOWNLINK_INVALID', { device, reason });
  if (json.length > limits.keptValues)
    throw invalid(`a kept one has at most ${limits.keptValues} characters of JSON; got ${json.length}`);
  if (key !== undefined && (key.length === 0 || key.length > limits.keptKey))
    throw invalid(`a key has 1 to ${limits.keptKey} characters; got ${key.length}`);
  if (!(ttl > 0 && ttl <= limits.keptLongest))
    throw invalid(`it can be kept for 1 to ${limits.keptLongest} ms; got ${ttl}`);
}

/** Whether it has come as far as its sender waits. Throws DOWNLINK_FAILED or DOWNLINK_ONLY_WRITTEN when it never will. */
function isReached(downlink: KeptDownlink, until: 'written' | 'acknowledged'): boolean {
  const { id, device, state, finishedAt, code, reason } = downlink;
  if (state === 'acknowledged' || (state === 'written' && until === 'written')) return true;
  if (finishedAt === undefined) return false;
  if (state === 'written') throw gatewayErrors.error('DOWNLINK_ONLY_WRITTEN', { id, device });
  throw failureOf(downlink, reason ?? 'nothing was sent', code ?? state);
}

function failureOf({ id, device, state }: KeptDownlink, reason: string, cause: string): FairleadError {
  return gatewayErrors.error('DOWNLINK_FAILED', { id, device, state, reason, cause });
}

/** What its sender is told. */
export function receiptOf({ id, device, state }: KeptDownlink): DownlinkReceipt {
  return { id, device, status: state === 'written' || state === 'acknowledged' ? state : 'queued' };
}
