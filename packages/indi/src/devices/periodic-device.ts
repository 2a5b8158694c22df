import { DefaultDevice } from '../driver/device.ts';
import { indiLimits } from '../limits.ts';
import type { NumberVector, SwitchVector } from '../property/property.ts';

/**
 * A device that is read periodically, with a period separate from POLLING_PERIOD, and when a client requests it:
 * properties {prefix}_UPDATE (PERIOD, in seconds; 0: only on request) and {prefix}_REFRESH (REFRESH).
 */
export abstract class PeriodicDevice<In = string, Out = In> extends DefaultDevice<In, Out> {
  protected readonly period: NumberVector<'PERIOD'>;
  protected readonly refresh: SwitchVector<'REFRESH'>;
  #readAt = Number.NEGATIVE_INFINITY;
  /** Whether the last reading failed. */
  #failed = false;

  /** @param seconds the initial period */
  constructor(name: string, prefix: string, label: string, seconds: number) {
    super(name);
    this.addAuxControls();
    this.period = this.numbers(`${prefix}_UPDATE`, {
      label: 'Update',
      persistent: true,
      members: {
        PERIOD: { label: 'Period (s)', format: '%.f', min: 0, max: 3_600, step: 60, value: seconds },
      },
    });
    this.refresh = this.switches(`${prefix}_REFRESH`, {
      label,
      rule: 'AtMostOne',
      timeout: 0,
      members: { REFRESH: { label: 'Refresh' } },
    });
    this.refresh.onNew(async () => {
      await this.#read();
      this.refresh.turnOn().apply('Ok');
      return 'shown';
    });
  }

  /** Reads the device and shows the result. An error is reported to the clients, and the device is read again soon. */
  protected abstract read(): Promise<void>;

  override async poll(): Promise<void> {
    if (this.clock.monotonic() - this.#readAt >= this.#wait) await this.#read();
  }

  override updateProperties(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  override reconnected(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  /** The interval between readings, in milliseconds. */
  get #wait(): number {
    const period = this.period.get('PERIOD') * 1_000 || Number.POSITIVE_INFINITY;
    return this.#failed ? Math.min(period, indiLimits.values.readAgain) : period;
  }

  async #read(): Promise<void> {
    this.#readAt = this.clock.monotonic();
    this.#failed = true;
    await this.read();
    this.#failed = false;
  }
}
