import { indiErrors } from '../catalogue.ts';
import type { DeviceLink } from '../property/device-link.ts';

/** The link of a device in simulation: a function of the driver simulates the device, if there is one. */
export class SimulatedLink<In, Out> implements DeviceLink<In, Out> {
  readonly remote = 'simulation';
  readonly #simulator: ((message: Out) => In | undefined) | undefined;

  constructor(simulator: ((message: Out) => In | undefined) | undefined) {
    this.#simulator = simulator;
  }

  async request(message: Out): Promise<In> {
    const answer = this.#simulator?.(message);
    if (answer === undefined) throw indiErrors.error('NOT_SIMULATED', {});
    return answer;
  }

  async inquire(message: Out): Promise<In | undefined> {
    return this.#simulator?.(message);
  }

  async send(message: Out): Promise<void> {
    this.#simulator?.(message);
  }

  async receive(): Promise<In> {
    throw indiErrors.error('NOT_SIMULATED', {});
  }
}
