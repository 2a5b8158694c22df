import type { Clock, FairleadError } from '@fairlead/tcp';
import { indiLimits } from '../limits.ts';
import type { HubLog } from './options.ts';

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

/** How a client ends that is content. */
const ORDERLY: ReadonlySet<string> = new Set(['PEER_CLOSED', 'LINK_CLOSED', 'SERVER_STOPPED']);

/**
 * Clients that have ended, and why. The log has each orderly end at level debug, and others at level warn: of one code no
 * more than one in a while, as a stranger can be cut off thousands of times a second.
 */
export class EndedClients {
  readonly #log: HubLog;
  readonly #clock: Clock;
  readonly #recent: HubClientEnded[] = [];
  readonly #counts = new Map<string, number>();
  /** By code: when the log has told of it (monotonic milliseconds), and how many it has not told of since. */
  readonly #told = new Map<string, { at: number; untold: number }>();

  constructor(log: HubLog, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  add(remote: string, { code, message }: FairleadError): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
    this.#recent.push({ remote, time: this.#clock.now(), code, message });
    if (this.#recent.length > indiLimits.values.clientsEnded) this.#recent.shift();
    if (ORDERLY.has(code)) this.#log.debug({ client: remote, code }, message);
    else this.#tell(remote, code, message);
  }

  snapshot(): HubClientsEnded {
    return { recent: this.#recent.toReversed(), counts: Object.fromEntries(this.#counts) };
  }

  #tell(remote: string, code: string, message: string): void {
    const now = this.#clock.monotonic();
    const told = this.#told.get(code);
    if (told !== undefined && now - told.at < indiLimits.values.clientLog) {
      told.untold++;
      return;
    }
    const untold = told?.untold ?? 0;
    this.#told.set(code, { at: now, untold: 0 });
    this.#log.warn({ client: remote, code, ...(untold > 0 && { untold }) }, message);
  }
}
