import { type Clock, CodeCounts, type FairleadError, type Log, Ring } from '@fairlead/core';
import { indiLimits } from '../limits.ts';

/** A client of the hub that has ended. */
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

/** Codes of an orderly end. */
const ORDERLY: ReadonlySet<string> = new Set(['PEER_CLOSED', 'PEER_RESET', 'LINK_CLOSED', 'SERVER_STOPPED']);

/** Clients that have ended, and why. An orderly end is logged at level debug, any other at level warn. */
export class EndedClients {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #recent = new Ring<HubClientEnded>(indiLimits.values.clientsEnded);
  readonly #counts = new CodeCounts();

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  add(remote: string, { code, message }: FairleadError): void {
    this.#counts.add(code);
    this.#recent.push({ remote, time: this.#clock.now(), code, message });
    this.#log[ORDERLY.has(code) ? 'debug' : 'warn']({ remote, code }, message);
  }

  snapshot(): HubClientsEnded {
    return { recent: [...this.#recent].reverse(), counts: this.#counts.snapshot() };
  }
}
