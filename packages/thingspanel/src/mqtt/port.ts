/** A bus over MQTT and what it is made of; `mqttBus` of `@fairlead/bus` and its port fit these shapes. */
import type { FairleadError } from '@fairlead/core';

export interface Message {
  readonly topic: string;
  readonly payload: Uint8Array | string;
}

type State = 'connecting' | 'connected' | 'down' | 'closed';

interface StateChange {
  readonly from: State;
  readonly to: State;
  readonly cause?: FairleadError | undefined;
}

interface Stats {
  readonly published: number;
  readonly received: number;
  readonly refused: number;
  readonly dropped: 0;
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  readonly reconnects: number;
}

export interface Connection extends AsyncDisposable {
  readonly state: State;
  readonly cause: FairleadError | undefined;
  on(event: 'state', listener: (change: StateChange) => void): () => void;
  check(batch: readonly Message[]): void;
  publish(batch: readonly Message[]): boolean;
  drained(signal?: AbortSignal): Promise<void>;
  flushed(signal?: AbortSignal): Promise<void>;
  ready(signal?: AbortSignal): Promise<void>;
  subscribe(
    filter: string,
    handler: (topic: string, payload: Buffer, delivery: object) => void,
  ): Promise<{ close(): Promise<void> }>;
  stats(): Stats;
  close(): Promise<void>;
}

/** Opens a connection of one device, whose token is the user name. It comes back by itself. */
export type OpenDeviceConnection = (token: string) => Promise<Connection>;
