import type { Clock, Log } from '@fairlead/core';
import type { Dial, Listen } from '@fairlead/tcp';
import { indiLimits } from '../limits.ts';
import type { DriverCommand } from './process.ts';

export interface HubOptions {
  /** Where clients connect, `127.0.0.1:7624` by custom; without it only {@link Hub.connect} leads to the hub. */
  readonly listen?: string | undefined;
  /** Drivers that the hub runs, by a name for each. */
  readonly run?: Readonly<Record<string, DriverCommand>>;
  /** Other servers whose devices are served too: `device@host:port` for one, `@host` for all (port 7624). */
  readonly chain?: readonly string[];
  readonly limits?: Partial<HubLimits>;
  readonly log?: Log;
  readonly clock?: Clock;
  /** 0 (included) to 1 (excluded): for the jitter of waits. */
  readonly random?: () => number;
  /** How chained servers are reached and clients accepted; sockets by default. */
  readonly dial?: Dial;
  readonly listenWith?: Listen;
}

/** Bounds of a hub: `docs/limits.md` explains each. Sizes in bytes, times in milliseconds. */
export interface HubLimits {
  readonly clients: number;
  readonly clientQueue: number;
  readonly streamQueue: number;
  readonly clientsQueue: number;
  readonly clientsInput: number;
  readonly clientsNames: number;
  readonly clientsAhead: number;
  readonly driverQueue: number;
  readonly maxElement: number;
  readonly maxBlob: number;
  readonly restartMin: number;
  readonly restartMax: number;
  readonly restartStable: number;
  readonly driverGrace: number;
  readonly driverSilence: number;
}

export function hubLimits(given: Partial<HubLimits> = {}): HubLimits {
  const { values } = indiLimits;
  return {
    clients: values.clients,
    clientQueue: values.clientQueue,
    streamQueue: values.streamQueue,
    clientsQueue: values.clientsQueue,
    clientsInput: values.clientsInput,
    clientsNames: values.clientsNames,
    clientsAhead: values.clientsAhead,
    driverQueue: values.driverQueue,
    maxElement: values.element,
    maxBlob: values.blobElement,
    restartMin: values.restartMin,
    restartMax: values.restartMax,
    restartStable: values.restartStable,
    driverGrace: values.driverGrace,
    driverSilence: values.driverSilence,
    ...given,
  };
}

/** What a source needs of its hub's options. */
export interface SourceContext {
  readonly limits: HubLimits;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: () => number;
  readonly dial: Dial | undefined;
}
