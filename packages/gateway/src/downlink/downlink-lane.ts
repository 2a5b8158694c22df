import { asFairleadError, type Clock, type FairleadError, type Log, pause } from '@fairlead/core';
import { gatewayErrors } from '../catalogue.ts';
import type {
  AttachedSession,
  DownlinkQueue,
  DownlinkReceipt,
  DownlinkState,
  KeptDownlink,
} from '../downlink-ports.ts';
import { gatewayLimits } from '../limits.ts';
import type { DeviceDirectory } from '../ports.ts';
import { afterError, failed, retryDelay, step } from './ledger.ts';
import { termsOf } from './terms.ts';

const { answerTime, keptRetry, keptRetryMax } = gatewayLimits.values;

interface DownlinkLanePorts {
  readonly queue: DownlinkQueue;
  readonly directory: DeviceDirectory;
  readonly clock: Clock;
  readonly log: Log;
  /** Nothing is sent before this has settled. */
  readonly before?: Promise<void> | undefined;
  /** The downlink is now in this state, and that is on disk. */
  changed(downlink: KeptDownlink): void;
}

/** Sends the kept downlinks of one link, one after another, in the order in which they came. */
export class DownlinkLane {
  readonly #session: AttachedSession;
  readonly #ports: DownlinkLanePorts;
  readonly #end = new AbortController();
  #running: Promise<void> | undefined;
  #wanted = false;
  /** Monotonic milliseconds at which the last one was sent. */
  #sentAt = Number.NEGATIVE_INFINITY;

  constructor(session: AttachedSession, ports: DownlinkLanePorts) {
    this.#session = session;
    this.#ports = ports;
  }

  /** There may be downlinks to send. */
  wake(): void {
    this.#wanted = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#wanted && !this.#end.signal.aborted) this.wake();
    });
  }

  /** The link has ended: nothing more is sent. */
  close(): void {
    this.#end.abort();
  }

  /** Resolves when what was begun is recorded. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    const { queue, log } = this.#ports;
    const { id } = this.#session.device;
    await this.#ports.before;
    let failures = 0;
    while (this.#wanted && !signal.aborted) {
      this.#wanted = false;
      try {
        for (let next = await queue.next(id); next !== undefined; next = await queue.next(id)) {
          if (signal.aborted) return;
          await this.#send(next);
          failures = 0;
        }
      } catch (error) {
        // The storage fails. What was not recorded as attempted was not sent.
        const { code, message } = asFairleadError(error);
        log.error({ code }, `kept downlinks wait: ${message}`);
        this.#wanted = true;
        await this.#pause(Math.min(keptRetry * 2 ** failures++, keptRetryMax));
      }
    }
  }

  /** Rejects when the storage fails. */
  async #send(downlink: KeptDownlink): Promise<void> {
    const { directory, clock } = this.#ports;
    const device = directory.byName(downlink.device);
    if (device === undefined || device.id !== downlink.deviceId) {
      const error = gatewayErrors.error('DOWNLINK_DEVICE_UNKNOWN', { device: downlink.device });
      await this.#save(failed(downlink, error, clock.now()), 'queued');
      return;
    }
    const { gap = 0 } = termsOf(device, directory);
    const early = this.#sentAt + gap - clock.monotonic();
    if (early > 0) await this.#pause(early);
    if (this.#end.signal.aborted) return;
    if (downlink.expiresAt <= clock.now()) {
      await this.#save(step(downlink, 'expire', clock.now()), 'queued');
      return;
    }
    await this.#try(downlink, (attempt, written) =>
      this.#session.deliver({
        device,
        input: { kind: downlink.kind, values: JSON.parse(downlink.json) },
        until: 'settled',
        wait: 2 * answerTime,
        patient: true,
        attempt,
        written,
      }),
    );
  }

  async #try(
    queued: KeptDownlink,
    deliver: (
      attempt: (answerable: boolean) => Promise<void>,
      written: () => void,
    ) => Promise<DownlinkReceipt>,
  ): Promise<void> {
    const { clock } = this.#ports;
    let downlink = queued;
    /** What the queue has; behind `downlink` while that is being written. */
    let recorded = queued.state;
    let saving: Promise<void> | undefined;
    let storage: FairleadError | undefined;
    const attempt = async (answerable: boolean) => {
      const attempted = step(queued, 'attempt', clock.now(), { answerable });
      const saved = await this.#save(attempted, 'queued').catch((error) => {
        storage = asFairleadError(error);
        throw storage;
      });
      if (!saved) throw gatewayErrors.error('DOWNLINK_UNKNOWN', { id: queued.id }); // cancelled or expired meanwhile
      downlink = attempted;
      recorded = 'attempted';
      this.#sentAt = clock.monotonic();
    };
    const written = () => {
      downlink = step(downlink, 'write', clock.now());
      const record = async () => {
        if (await this.#save(downlink, 'attempted')) recorded = 'written';
      };
      saving = record().catch(() => {}); // then it is recorded with what becomes of it
    };
    try {
      const { status } = await deliver(attempt, written);
      await saving;
      if (status === 'acknowledged') await this.#record(step(downlink, 'acknowledge', clock.now()), recorded);
      else if (recorded === 'attempted') await this.#record(downlink, recorded);
    } catch (cause) {
      await saving;
      if (storage !== undefined) throw storage;
      const error = asFairleadError(cause);
      if (downlink.state === 'queued' && error.code === 'DOWNLINK_UNKNOWN') return;
      await this.#failed(downlink, recorded, error);
    }
  }

  async #failed(downlink: KeptDownlink, recorded: DownlinkState, error: FairleadError): Promise<void> {
    const { clock } = this.#ports;
    // Without a link nothing is sent, whatever the reason is called.
    if (downlink.state === 'queued' && this.#end.signal.aborted) return;
    const next = afterError(downlink, error, clock.now());
    if (next !== downlink) await this.#record(next, recorded);
    if (next.state === 'queued') await this.#pause(retryDelay(next, { min: keptRetry, max: keptRetryMax }));
  }

  /** What has happened is recorded, however long the storage takes: until then nothing else is sent on the link. */
  async #record(downlink: KeptDownlink, from: DownlinkState): Promise<void> {
    const { log } = this.#ports;
    for (let failures = 0; ; failures++) {
      try {
        await this.#save(downlink, from);
        return;
      } catch (error) {
        const { code, message } = asFairleadError(error);
        const { id, device, state } = downlink;
        log.error(
          { code, id, device, state },
          `a downlink is ${state}, which cannot be recorded: ${message}`,
        );
        if (this.#end.signal.aborted) return;
        await this.#pause(Math.min(keptRetry * 2 ** failures, keptRetryMax));
      }
    }
  }

  async #save(downlink: KeptDownlink, from: DownlinkState): Promise<boolean> {
    const saved = await this.#ports.queue.save(downlink, from);
    if (saved) this.#ports.changed(downlink);
    return saved;
  }

  #pause(ms: number): Promise<void> {
    return pause(this.#ports.clock, ms, this.#end.signal);
  }
}
