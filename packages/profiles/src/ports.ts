/** What this package needs of a script host. The sandbox of `@fairlead/sandbox` has it. */
import type { FairleadError } from '@fairlead/core';

export interface ScriptCall {
  /** Name of the device; empty until it is known. */
  readonly device: string;
  readonly type: 'standard' | 'gateway' | 'sub';
  readonly topic: string;
  /** When the bytes came, Unix milliseconds. */
  readonly time: number;
  readonly identity?: string | undefined;
  /** JSON texts of objects. */
  readonly state?: string | undefined;
  readonly deviceState?: string | undefined;
  readonly parameters?: string | undefined;
  readonly secret?: string | undefined;
  /** JSON text: `data` of the poll request that a frame answers. */
  readonly request?: string | undefined;
}

/** What a call left in the states, as JSON text; absent where it changed nothing. */
export interface StateChange {
  readonly state?: string | undefined;
  readonly deviceState?: string | undefined;
}

export interface ScriptMessage {
  readonly kind: 'attributes' | 'events';
  /** The values as JSON text. */
  readonly json: string;
  /** Unix milliseconds. */
  readonly time?: number | undefined;
  /** Address of the sub-device that it is of. */
  readonly device?: string | undefined;
}

export type UplinkResult =
  | {
      readonly messages: readonly ScriptMessage[];
      readonly replies: readonly Buffer[];
      readonly error?: undefined;
    }
  | { readonly error: FairleadError };

/** What `identify` says of a frame: an identity, a challenge to answer, or nothing yet. */
export interface IdentifyResult {
  readonly id?: string | undefined;
  readonly secret?: Buffer | undefined;
  readonly replies: readonly Buffer[];
  readonly refusal: readonly Buffer[];
  readonly consumed: boolean;
}

export interface PollRequest {
  readonly send: Buffer;
  readonly expect: readonly {
    readonly at: number;
    readonly bytes: Buffer;
    readonly mask?: Buffer | undefined;
  }[];
  /** JSON text. */
  readonly data?: string | undefined;
  readonly every?: number | undefined;
  readonly timeout?: number | undefined;
  readonly answer: boolean;
}

export interface ProfileScript {
  readonly hasIdentify: boolean;
  readonly hasUplink: boolean;
  readonly hasDownlink: boolean;
  readonly hasPoll: boolean;
  identify(
    frame: Uint8Array,
    call: ScriptCall,
  ): Promise<{ readonly result?: IdentifyResult | undefined } & StateChange>;
  uplink(
    frames: readonly Uint8Array[],
    call: ScriptCall,
  ): Promise<{ readonly results: readonly UplinkResult[] } & StateChange>;
  downlink(
    input: { readonly kind: 'attributes' | 'command'; readonly values: unknown },
    call: ScriptCall,
  ): Promise<
    {
      readonly bytes: readonly Buffer[];
      /** The same bytes as requests, where the script says which answers they have. */
      readonly requests?: readonly PollRequest[] | undefined;
    } & StateChange
  >;
  poll(call: ScriptCall): Promise<{ readonly requests: readonly PollRequest[] } & StateChange>;
}

export interface ProfileScripts {
  load(source: string): Promise<ProfileScript>;
}
