import type { UplinkSink } from '../ports.ts';

/** A sink, and whether it asks for a pause. */
export class Outlet {
  readonly sink: UplinkSink;
  full = false;
  /** Bytes that were written during the pause. */
  excess = 0;

  constructor(sink: UplinkSink) {
    this.sink = sink;
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

  constructor(usual: UplinkSink, way?: OtherWay) {
    this.usual = new Outlet(usual);
    this.#way = way;
    this.#other = way && new Outlet(way.sink);
  }

  of(listener: string): Outlet {
    const known = this.#byListener.get(listener);
    if (known !== undefined) return known;
    const outlet = (this.#way?.keeps(listener) ? this.#other : undefined) ?? this.usual;
    this.#byListener.set(listener, outlet);
    return outlet;
  }
}
