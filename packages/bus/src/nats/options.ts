/** The options of the NATS bus, which need no types of its library. */
import type { Duration, Size } from '@fairlead/core';
import type { Secret } from '../options.ts';
import type { RemoteOptions } from '../remote-options.ts';

export interface NatsStream {
  /** Name of a stream of JetStream. */
  readonly name: string;
  /** Create it, if it is not there, for these subjects (before the prefix). Default: it must be there. */
  readonly subjects?: readonly string[];
  /** Of a stream that is created: its copies, and when its messages go. Defaults 1, 7 days, no bound. */
  readonly replicas?: number;
  readonly maxAge?: Duration;
  readonly maxBytes?: Size;
}

export interface NatsBusOptions extends RemoteOptions {
  /** `nats://host:port` (4222) or `tls://host:port`; several, separated by commas, are servers of one cluster. */
  readonly url: string;
  readonly user?: string;
  readonly password?: Secret;
  readonly token?: Secret;
  /** The text of a credentials file (JWT and seed), or the file. */
  readonly credentials?: Secret;
  readonly tls?: { readonly ca?: Secret; readonly cert?: Secret; readonly key?: Secret };
  /** Put in front of all subjects, such as `plant1.`; default none. */
  readonly prefix?: string;
  /** With a stream, messages whose subject it takes count when it has stored them; without, when the server has read them. */
  readonly stream?: NatsStream;
  /** Messages in flight; default 1,000. */
  readonly inFlight?: number;
  /** Time for the stream to store a message; default 10 s. */
  readonly ackTimeout?: Duration;
  readonly keepalive?: Duration;
  readonly connectTimeout?: Duration;
}
