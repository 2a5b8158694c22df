/** What a trigger has counted since the service began; it outlives each time that it listens. */
export class TriggerTotals {
  /** Clients that came, those refused left out. */
  accepted = 0;
  /** Clients beyond the maximum. */
  refused = 0;
  /** Clients that never came to an exchange: their TLS handshake failed. */
  handshakeFailures = 0;
  fires = 0;
  /** Exchanges that failed. */
  failures = 0;
  /** Messages of listeners that are closed; one that listens still counts its own. */
  received = 0;
  sent = 0;
}
