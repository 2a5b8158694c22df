import type { Clock, FairleadError, Log } from '@fairlead/core';
import { indiLimits } from '../limits.ts';

/** A client of the hub that is gone. */
export interface HubClientEnded {
  readonly remote: string;
  /** Unix milliseconds. */
  readonly time: number;
  readonly code: string;
  readonly message: string;
}

export interface HubClientsEnded {
  /** Those that ended last, the latest first. */
  readonly recent: readonly HubClientEnded[];
  /** How many have ended, by code. */
  readonly counts: Readonly<Record<string, number>>;
}

/** How a client ends that was not cut off. */
const ORDERLY: ReadonlySet<string> = new Set(['PEER_CLOSED', 'PEER_RESET', 'LINK_CLOSED', 'SERVER_STOPPED']);

/** Clients that have ended, and why. The log tells of those that were cut off at level warn, of others at level debug. */
export class EndedClients {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #recent: HubClientEnded[] = [];
  readonly #counts = new Map<string, number>();

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  add(remote: string, { code, message }: FairleadError): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
    this.#recent.push({ remote, time: this.#clock.now(), code, message });
    if (this.#recent.length > indiLimits.values.clientsEnded) this.#recent.shift();
    this.#log[ORDERLY.has(code) ? 'debug' : 'warn']({ remote, code }, message);
  }

  snapshot(): HubClientsEnded {
    return { recent: this.#recent.toReversed(), counts: Object.fromEntries(this.#counts) };
  }
}
