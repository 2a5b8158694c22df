/** One message of an exchange, in either direction. */
export interface Message {
  readonly text: string;
  /** As on the wire, without the framing. */
  readonly bytes: Uint8Array;
  readonly direction: 'sent' | 'received';
  /** The bytes as the output shows them, for messages that are sent repeatedly. */
  readonly hex?: string;
}

/** A message in the result list. */
export interface Result {
  readonly key: string;
  readonly text: string;
}
