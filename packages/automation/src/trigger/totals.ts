/** Totals of a trigger since the service started, over all its listeners. */
export class TriggerTotals {
  /** Accepted clients, without refused ones. */
  accepted = 0;
  /** Clients above the maximum. */
  refused = 0;
  /** Clients whose TLS handshake failed. */
  handshakeFailures = 0;
  fires = 0;
  /** Exchanges that failed. */
  failures = 0;
  /** Messages of closed listeners. An open listener counts its own. */
  received = 0;
  sent = 0;
}
