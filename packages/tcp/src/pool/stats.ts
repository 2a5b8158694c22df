import type { HistogramSnapshot } from '../stats/histogram.ts';

/** Counters of a pool: a plain object. */
export interface PoolStats {
  /** Open clients: idle, being validated, or leased. */
  readonly size: number;
  readonly idle: number;
  readonly leased: number;
  readonly opening: number;
  /** Callers that wait for a client. */
  readonly waiting: number;
  /** Leases given. */
  readonly acquired: number;
  /** Waits that ended without a client: timeouts, aborts, and failed attempts to open. */
  readonly unserved: number;
  readonly opened: number;
  readonly openFailed: number;
  readonly closed: number;
  /** From the call of acquire() to the lease, in milliseconds. */
  readonly acquireLatency: HistogramSnapshot;
}
