import type { Link } from '../link/link.ts';

/** A link of a server, with the identity that `accept` returned for it. */
export interface Session<In, Out, Data> extends Link<In, Out> {
  /** `NAME-NUMBER`, unique within the server. */
  readonly id: string;
  /** Sessions of a server are numbered from 1. */
  readonly number: number;
  /** Unix milliseconds. */
  readonly openedAt: number;
  readonly handshaking: boolean;
  /** Whether it was refused by its address or a limit, before anything of its own was read. */
  readonly refused: boolean;
  /**
   * The peer failed to prove who it is: counts for `limits.lockout`.
   *
   * @param proof what it showed, such as a token that nobody has; the same again counts once
   */
  blame(proof: string): void;
  /** The result of `accept`; undefined during the handshake, unless the program sets it. */
  data: Data;
  /** Monotonic milliseconds at which bytes last arrived. */
  readonly lastReceived: number;
}
