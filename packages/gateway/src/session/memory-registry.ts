import { type Clock, coreErrors, systemClock } from '@fairlead/core';
import type { Device, SessionClaim, SessionOwner, SessionRegistry } from '../ports.ts';

type Lost = (id: string, epoch: number) => void;

interface Holding {
  readonly registry: MemoryRegistry;
  readonly owner: SessionOwner;
}

/** Which registry holds which session, by the id of the device. Nodes of one process may share it, as tests do. */
export type SharedSessions = Map<string, Holding>;

/** The registry of a gateway that is alone: nothing outlives the process. */
export class MemoryRegistry implements SessionRegistry {
  readonly #node: string;
  readonly #clock: Clock;
  readonly #shared: SharedSessions;
  readonly #listeners: Lost[] = [];
  #lastEpoch = 0;

  /** @param options `above`: epochs are higher than this, also when the clock was set back */
  constructor(
    options: { node?: string; clock?: Clock; shared?: SharedSessions; above?: number | undefined } = {},
  ) {
    this.#node = options.node ?? 'local';
    this.#clock = options.clock ?? systemClock;
    this.#shared = options.shared ?? new Map();
    this.#lastEpoch = options.above ?? 0;
  }

  async claim({ id }: Device, since: number, signal: AbortSignal): Promise<SessionClaim> {
    if (signal.aborted) throw coreErrors.error('ABORTED', {}, signal.reason);
    const earlier = this.#shared.get(id);
    const last = Math.max(this.#lastEpoch, earlier?.owner.epoch ?? 0);
    // The wall clock keeps epochs growing over restarts.
    const epoch = Math.max(last + 1, Math.trunc(this.#clock.now()));
    this.#lastEpoch = epoch;
    this.#shared.set(id, { registry: this, owner: { node: this.#node, epoch, since } });
    if (earlier !== undefined && earlier.registry !== this) earlier.registry.#lose(id, earlier.owner.epoch);
    return { epoch };
  }

  release({ id }: Device, epoch: number): void {
    const held = this.#shared.get(id);
    if (held?.registry === this && held.owner.epoch === epoch) this.#shared.delete(id);
  }

  async owner(id: string): Promise<SessionOwner | undefined> {
    return this.#shared.get(id)?.owner;
  }

  onLost(lost: Lost): void {
    this.#listeners.push(lost);
  }

  #lose(id: string, epoch: number): void {
    for (const lost of this.#listeners) lost(id, epoch);
  }
}
