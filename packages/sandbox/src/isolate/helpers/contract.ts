/** `fairlead:helpers`: the types of what a script gets and returns. `docs/scripts.md` tells them in words. */

/** What is sent: bytes, a text in UTF-8, or several of them. */
export type Bytes = Uint8Array | string;
export type Several<T> = T | readonly T[];

/** The second argument of `uplink`, `downlink` and `identify`, and the only one of `poll`. */
export interface Context {
  /** Name of the device; empty until it is known. */
  readonly device: string;
  readonly type: 'standard' | 'gateway' | 'sub';
  /** Where the result is published. */
  readonly topic: string;
  /** When the bytes came, Unix milliseconds. */
  readonly time: number;
  /** What the device calls itself. */
  readonly identity?: string;
  readonly link?: string;
  /** Kept for the link, and for the device across links: plain JSON of at most 4 KiB. Change it in place. */
  // biome-ignore lint/suspicious/noExplicitAny: what it holds is up to the script
  state: any;
  // biome-ignore lint/suspicious/noExplicitAny: what it holds is up to the script
  deviceState: any;
  /** The defaults of the profile, with those of the device over them. It cannot be changed. */
  // biome-ignore lint/suspicious/noExplicitAny: what it holds is up to the profile
  readonly parameters: any;
  readonly secret?: string;
  /** `data` of the request that these bytes answer. */
  // biome-ignore lint/suspicious/noExplicitAny: what it holds is up to the script
  readonly request?: any;
}

/** A message of `uplink`, a reply, or both. */
export interface Result {
  /** Default attributes. */
  kind?: 'attributes' | 'events';
  /** Of an event: `{ method, params }`. */
  values?: object;
  /** When it was measured: a Date, ISO 8601, or Unix milliseconds. */
  time?: Date | string | number;
  reply?: Several<Bytes>;
  /** `id` of the request of `downlink` that these bytes answer; of several with this `id`, the oldest. */
  answers?: string | number;
  /** Why the device refused that request. */
  refused?: string | false;
  /** Address of the sub-device that it is of. */
  device?: string;
}

/** The first argument of `downlink`. */
export interface Downlink {
  kind: 'attributes' | 'command';
  // biome-ignore lint/suspicious/noExplicitAny: what it holds is up to who sends it
  values: any;
}

/** What `identify` returns: who it is, or the answer to a challenge. */
export type Identity =
  | {
      /** 1 to 128 printable characters without white space. */
      id: string;
      /** Compared with the device's secret, if it has one. Undefined or empty: the frame holds none, and the device is refused. */
      secret?: Bytes | undefined;
      /** Sent when the device is admitted. */
      reply?: Several<Bytes>;
      /** Sent when it is refused. */
      refusal?: Several<Bytes>;
      /** The frame holds nothing for `uplink`. */
      consumed?: boolean;
    }
  | { reply: Several<Bytes> };

/** What `poll` returns; and `downlink`, where its messages are answered. */
export interface Request {
  send: Bytes;
  /** How the answer calls it: `uplink` returns it as `answers`. */
  id?: string | number;
  /** What the answer has at these places. Default: any frame is the answer. Bytes or hex digits. */
  expect?: readonly { at: number; bytes: Bytes; mask?: Bytes }[];
  /** For `ctx.request` of the answer: any JSON. */
  data?: unknown;
  /**
   * A number that Fairlead counts up with each request of the link is written there, big-endian, before it is sent; the answer
   * has it at the same place. `size`: 1, 2 or 4 bytes. A check over these bytes is not made anew.
   */
  sequence?: { at: number; size: number };
  /** Milliseconds between two of these requests. */
  every?: number;
  /** Milliseconds to wait for the answer. */
  timeout?: number;
  /** false: no answer is expected. */
  answer?: boolean;
}
