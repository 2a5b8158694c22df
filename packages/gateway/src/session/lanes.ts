/**
 * Devices take turns at a sink that is behind, so that one that sends much delays no other: each has a lane, and the sink gets
 * a piece of each lane in turn.
 *
 *     device A  ████████████ ──┐
 *     device B  █ ─────────────┼──> A B C A A A ...  while the sink is not behind
 *     device C  █ ─────────────┘
 *
 * While the sink is not behind and a device has little, its messages go there at once. A device whose lane is not empty is not
 * read.
 */
import { type FairleadError, Fifo, Waiters } from '@fairlead/core';
import { gatewayLimits } from '../limits.ts';
import type { Uplink, UplinkSink } from '../ports.ts';

const { turnMessages, laneBytes } = gatewayLimits.values;

type Refused = (uplink: Uplink, error: FairleadError) => void;
type Safe = (error?: FairleadError) => void;

/** Who has a lane: a session. */
interface Owner {
  lane: Lane | undefined;
}

/** A batch of which a part waits. It is safe when all its pieces are. */
class Batch {
  readonly #uplinks: readonly Uplink[];
  readonly refused: Refused;
  readonly safe: Safe | undefined;
  #at = 0;
  #unsafe: number;
  #error: FairleadError | undefined;

  constructor(uplinks: readonly Uplink[], refused: Refused, safe: Safe | undefined) {
    this.#uplinks = uplinks;
    this.refused = refused;
    this.#unsafe = Math.ceil(uplinks.length / turnMessages);
    if (safe === undefined) return;
    this.safe = (error) => {
      this.#error ??= error;
      if (--this.#unsafe === 0) safe(this.#error);
    };
  }

  piece(): readonly Uplink[] {
    const from = this.#at;
    this.#at = Math.min(this.#uplinks.length, from + turnMessages);
    return this.#uplinks.slice(from, this.#at);
  }

  get isDone(): boolean {
    return this.#at === this.#uplinks.length;
  }
}

/** What a device has for the sink, in order. */
export class Lane {
  readonly batches = new Fifo<Batch>();
}

export class Lanes<O extends Owner> {
  readonly #sink: UplinkSink;
  readonly #emptied: (owner: O) => void;
  /** Whose turn is next comes first. */
  readonly #owners = new Set<O>();
  readonly #room = new Waiters();
  #bytes = 0;
  #waits = false;

  /** @param emptied called when nothing of an owner waits any more */
  constructor(sink: UplinkSink, emptied: (owner: O) => void) {
    this.#sink = sink;
    this.#emptied = emptied;
  }

  /** As {@link UplinkSink.write}, in the turn of the owner. false: stop reading until {@link drained}. */
  write(owner: O, uplinks: readonly Uplink[], refused: Refused, safe: Safe | undefined): boolean {
    const { behind } = this.#sink;
    if (behind === undefined || (!behind && owner.lane === undefined && uplinks.length <= turnMessages))
      return this.#sink.write(uplinks, refused, safe);
    owner.lane ??= new Lane();
    owner.lane.batches.push(new Batch(uplinks, refused, safe));
    this.#owners.add(owner);
    for (const { payload } of uplinks) this.#bytes += payload.length;
    return this.#goOn() && this.#bytes <= laneBytes;
  }

  /** Resolves when `write` may go on. */
  async drained(): Promise<void> {
    await this.#sink.drained();
    if (this.#bytes > laneBytes / 2) await this.#room.wait();
  }

  /** Writes at once what waits of the owner: it has left. */
  end(owner: O): void {
    while (owner.lane !== undefined) this.#turn(owner);
  }

  /** Writes at once what waits of all. */
  endAll(): void {
    for (const owner of this.#owners) this.end(owner);
  }

  /** Gives each owner its turn until the sink is behind. Returns whether the sink takes more. */
  #goOn(): boolean {
    let more = true;
    for (const owner of this.#owners) {
      if (this.#sink.behind === true) break;
      more = this.#turn(owner);
    }
    if (this.#owners.size > 0) this.#wait();
    return more;
  }

  #turn(owner: O): boolean {
    this.#owners.delete(owner);
    const { batches } = owner.lane as Lane;
    const batch = batches.first as Batch;
    const piece = batch.piece();
    if (batch.isDone) batches.shift();
    for (const { payload } of piece) this.#bytes -= payload.length;
    const more = this.#sink.write(piece, batch.refused, batch.safe);
    if (this.#bytes <= laneBytes / 2) this.#room.resolve();
    if (batches.length > 0) this.#owners.add(owner);
    else {
      owner.lane = undefined;
      this.#emptied(owner);
    }
    return more;
  }

  #wait(): void {
    if (this.#waits) return;
    this.#waits = true;
    const goOn = () => {
      this.#waits = false;
      this.#goOn();
    };
    // Not at once: sockets are read in between.
    this.#caughtUp().then(
      () => setImmediate(goOn),
      () => {
        this.#waits = false;
        this.endAll(); // the sink is closed, and refuses them
      },
    );
  }

  async #caughtUp(): Promise<void> {
    await this.#sink.caughtUp?.();
  }
}
