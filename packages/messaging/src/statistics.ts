import type { ConnectionState } from './state.ts';

/** Counters of a messaging interface since its creation, over all its links: a plain object. */
export interface MessagingStatistics {
  /** Messages passed to links; a broadcast counts once for each client. */
  readonly messagesSent: number;
  /** Valid messages of any type. */
  readonly messagesReceived: number;
  /** Bytes on the wire, including length fields. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly connectionsEstablished: number;
  /** Connections that ended without a call of disconnect() on this side. */
  readonly connectionsLost: number;
  /** Attempts to connect beyond the first of each connect(). */
  readonly reconnectionAttempts: number;
  /** Time of the last sent or received message: Unix milliseconds; undefined: never. */
  readonly lastActivity: number | undefined;
  readonly connectionState: ConnectionState;
  /** Connected clients of a server; for a client, 1 while it is connected. */
  readonly activeClients: number;
  readonly isServer: boolean;
  /** Frames that were not a valid message. */
  readonly messagesRefused: number;
  /** Messages that were dropped from a full inbox. */
  readonly messagesDropped: number;
  readonly handlerErrors: number;
  /** Running handlers. */
  readonly handlersRunning: number;
  /** Requests that wait for their answer. */
  readonly requestsOpen: number;
  /** Messages that wait to be sent. */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  /** Messages that wait for receive(). */
  readonly unreadMessages: number;
}

/** Traffic of the links of an interface. */
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
  /** Traffic of ended links. */
  readonly past: Traffic & { attempts: number; sent: number } = {
    bytesIn: 0,
    bytesOut: 0,
    attempts: 0,
    sent: 0,
  };
}
