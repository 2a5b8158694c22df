/** Devices whose names are kept at least. */
const LEAST_KEPT = 1_024;

/**
 * The newest unsettled call of each device. The names stay in the map when their calls are settled: V8 makes a map anew whose
 * entries come and go, and the garbage collector frees what the old ones held only in its slow runs.
 */
export class NewestCalls<Call> {
  #calls = new Map<string, Call | undefined>();
  #most = LEAST_KEPT;
  /** Devices with an unsettled call. */
  size = 0;

  get(device: string): Call | undefined {
    return this.#calls.get(device);
  }

  set(device: string, call: Call): void {
    if (this.#calls.get(device) === undefined) this.size += 1;
    this.#calls.set(device, call);
    if (this.#calls.size > this.#most) this.#forget();
  }

  settled(device: string): void {
    this.size -= 1;
    this.#calls.set(device, undefined);
  }

  #forget(): void {
    const unsettled = Array.from(this.#calls).filter(([, call]) => call !== undefined);
    this.#calls = new Map(unsettled);
    this.#most = Math.max(LEAST_KEPT, 2 * unsettled.length);
  }
}
