import { type ApiClient, ProblemError } from '@fairlead/api';
import { isFairleadError } from '@fairlead/core';
import { cliLimits } from '../limits.ts';

/** Number of names in use that a fleet skips before it stops searching for free names. */
const MOST_TAKEN = 20_000;

/** Codes of a name or an identity that another device has. */
const TAKEN: readonly string[] = ['DEVICE_EXISTS', 'IDENTITY_TAKEN'];

/** Devices that are registered through the API during a simulation. {@link Fleet.remove} removes them again. */
export class Fleet {
  readonly devices: { readonly name: string; readonly number: number; readonly token: string | undefined }[] =
    [];
  readonly #api: ApiClient;
  readonly #signal: AbortSignal;

  /** @param signal between two batches: stop adding */
  constructor(api: ApiClient, signal: AbortSignal) {
    this.#api = api.withoutSignal();
    this.#signal = signal;
  }

  /**
   * Adds `count` devices named `prefix-0001` and so on. Names and identities in use are skipped.
   * @param definition of the device with a number
   */
  async add(
    prefix: string,
    count: number,
    definition: (number: number) => object | Promise<object>,
  ): Promise<void> {
    const wanted = this.devices.length + count;
    let number = 1;
    while (this.devices.length < wanted && !this.#signal.aborted) {
      const batch = Math.min(wanted - this.devices.length, cliLimits.values.simBatch);
      const first = number;
      const definitions: object[] = [];
      while (number < first + batch) {
        const name = `${prefix}-${String(number).padStart(4, '0')}`;
        definitions.push({ name, ...(await definition(number++)) });
      }
      await this.#import(definitions, first, number > count + MOST_TAKEN);
    }
  }

  /** Removes all devices of the fleet. Devices that were already removed are not an error. */
  async remove(): Promise<void> {
    while (this.devices.length > 0) {
      const some = this.devices.splice(-16);
      await Promise.all(some.map(({ name }) => this.#remove(name)));
    }
  }

  /** @param first number of the first device */
  async #import(definitions: readonly object[], first: number, last: boolean): Promise<void> {
    const content = definitions.map((definition) => `${JSON.stringify(definition)}\n`).join('');
    let refusal: ProblemError | undefined;
    for await (const result of this.#api.devices.import({ body: content })) {
      const { line, name, token, code, message = '' } = result;
      if (name !== undefined && code === undefined)
        this.devices.push({ name, number: first + line - 1, token });
      else if (code !== undefined && (!TAKEN.includes(code) || last)) {
        refusal ??= new ProblemError(TAKEN.includes(code) ? 409 : 400, code, message, undefined, {});
      }
    }
    if (refusal !== undefined) throw refusal;
  }

  async #remove(name: string): Promise<void> {
    try {
      await this.#api.devices.remove({ params: { name }, revision: '*' });
    } catch (error) {
      if (!isFairleadError(error, 'DEVICE_UNKNOWN')) throw error;
    }
  }
}
