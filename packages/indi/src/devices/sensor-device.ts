import { indiErrors } from '../catalogue.ts';
import { DriverInterface } from '../driver/device-runtime.ts';
import type { MemberOptions, NumberVector } from '../property/property.ts';
import { PeriodicDevice } from './periodic-device.ts';

export interface Reading {
  /** The label, with its unit: `Voltage (V)`. */
  readonly label: string;
  /** printf format. Default `%g`. */
  readonly format?: string;
  readonly min?: number;
  readonly max?: number;
}

/**
 * A device that measures numbers. Name its readings in the constructor with {@link addReading} and implement {@link
 * readSensor}.
 *
 * Properties: SENSOR_UPDATE, SENSOR_REFRESH, SENSOR_READINGS (one number for each reading; Alert while one is missing).
 */
export abstract class SensorDevice<In = string, Out = In> extends PeriodicDevice<In, Out> {
  readonly #declared = new Map<string, MemberOptions<'Number'>>();
  #readings: NumberVector | undefined;

  constructor(name: string) {
    super(name, 'SENSOR', 'Sensor', 1);
    this.driverInterface = DriverInterface.Auxiliary;
  }

  addReading(name: string, reading: Reading): void {
    this.#declared.set(name, reading);
  }

  /** The readings; defined once the device runs. */
  get readings(): NumberVector {
    return this.#readings as NumberVector;
  }

  /** The present values. A reading that is missing or not a number keeps its last value, and the property is Alert. */
  protected abstract readSensor(): Promise<Readonly<Record<string, number>>>;

  override initProperties(): void {
    this.#readings = this.numbers('SENSOR_READINGS', {
      label: 'Readings',
      perm: 'ro',
      members: Object.fromEntries(this.#declared),
    });
  }

  override updateProperties(): void {
    super.updateProperties();
    const all = [this.period, this.refresh, this.readings];
    if (this.connected) this.define(...all);
    else this.remove(...all);
  }

  protected override async read(): Promise<void> {
    const { readings } = this;
    try {
      const read = await this.readSensor();
      const missing = readings.names.filter((name) => !Number.isFinite(read[name]));
      const known = Object.entries(read).filter(([name]) => readings.has(name) && !missing.includes(name));
      readings.update(Object.fromEntries(known), missing.length === 0 ? 'Ok' : 'Alert');
      if (missing.length > 0) throw indiErrors.error('READING_MISSING', { names: missing.join(', ') });
    } catch (error) {
      if (readings.state !== 'Alert') readings.apply('Alert');
      throw error;
    }
  }
}
