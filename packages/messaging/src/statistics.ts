import type { ConnectionState } from './state.ts';

/** Counters of a messaging interface since it was made, over all its links: a plain object. */
export interface MessagingStatistics {
  /** Messages handed to links; a broadcast counts once a client. */
  readonly messagesSent: number;
  /** Valid messages of any type. */
  readonly messagesReceived: number;
  /** On the wire, lengths in front included. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly connectionsEstablished: number;
  /** Connections that ended without disconnect() of this side. */
  readonly connectionsLost: number;
  /** Attempts to connect beyond the first of each connect(). */
  readonly reconnectionAttempts: number;
  /** When something was last sent or received: Unix milliseconds; undefined: never. */
  readonly lastActivity: number | undefined;
  readonly connectionState: ConnectionState;
  /** A server's clients; for a client 1 while it is connected. */
  readonly activeClients: number;
  readonly isServer: boolean;
  /** Frames that were no valid message. */
  readonly messagesRefused: number;
  /** Messages that were dropped from a full inbox. */
  readonly messagesDropped: number;
  readonly handlerErrors: number;
  /** Handlers that run now. */
  readonly handlersRunning: number;
  /** Requests that wait for their answer. */
  readonly requestsOpen: number;
  /** Messages that wait to be sent. */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  /** Messages that wait for receive(). */
  readonly unreadMessages: number;
}

/** What the links of an interface have moved. */
interface Traffic {
  bytesIn: number;
  bytesOut: number;
}

/** The counters that an interface keeps itself. */
export class Counters {
  messagesReceived = 0;
  messagesRefused = 0;
  handlerErrors = 0;
  connectionsEstablished = 0;
  connectionsLost = 0;
  lastActivity: number | undefined;
  /** Of links that are gone. */
  readonly past: Traffic & { attempts: number; sent: number } = {
    bytesIn: 0,
    bytesOut: 0,
    attempts: 0,
    sent: 0,
  };
}
