import type { UplinkSink } from '../ports.ts';
import { Lanes } from './lanes.ts';
import type { DeviceSession } from './session.ts';

/** A sink, and whether it asks for a pause. */
export class Outlet {
  readonly lanes: Lanes<DeviceSession>;
  full = false;
  /** Bytes that were written during the pause. */
  excess = 0;

  constructor(sink: UplinkSink, emptied: (session: DeviceSession) => void) {
    this.lanes = new Lanes(sink, emptied);
  }
}

/** Uplinks of some listeners go another way than those of the others. */
interface OtherWay {
  readonly sink: UplinkSink;
  keeps(listener: string): boolean;
}

/** Where the uplinks of each listener go. A sink that asks for a pause stops the devices of its own listeners only. */
export class Outlets {
  readonly usual: Outlet;
  readonly #other: Outlet | undefined;
  readonly #way: OtherWay | undefined;
  readonly #byListener = new Map<string, Outlet>();

  /** Called when nothing of a session waits for its turn any more. */
  whenEmptied: (session: DeviceSession) => void = () => {};

  constructor(usual: UplinkSink, way?: OtherWay) {
    const emptied = (session: DeviceSession) => this.whenEmptied(session);
    this.usual = new Outlet(usual, emptied);
    this.#way = way;
    this.#other = way && new Outlet(way.sink, emptied);
  }

  /** Writes at once what waits for its turn. */
  end(): void {
    this.usual.lanes.endAll();
    this.#other?.lanes.endAll();
  }

  of(listener: string): Outlet {
    const known = this.#byListener.get(listener);
    if (known !== undefined) return known;
    const outlet = (this.#way?.keeps(listener) ? this.#other : undefined) ?? this.usual;
    this.#byListener.set(listener, outlet);
    return outlet;
  }
}
