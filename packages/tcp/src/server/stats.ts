import { CodeCounts } from '@fairlead/core';
import { Histogram, type HistogramSnapshot } from '../stats/histogram.ts';
import { type Traffic, TrafficTotals } from '../stats/traffic.ts';

/** Counters of a server over all its sessions: a plain object. */
export interface ServerStats extends Traffic {
  readonly state: 'listening' | 'suspended' | 'stopped';
  /** Sessions that have finished their handshake. */
  readonly active: number;
  readonly handshaking: number;
  /** Largest number of sessions at the same time. */
  readonly peakSessions: number;
  /** Accepted links, without those refused at once. */
  readonly accepted: number;
  /** Sessions that finished their handshake. */
  readonly connections: number;
  /** Ended sessions that had finished their handshake. */
  readonly lost: number;
  /** Links refused at once, by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Ended links that had been accepted, by code. */
  readonly closes: Readonly<Record<string, number>>;
  /** Unix milliseconds at which bytes were last sent or received; undefined before the first link. */
  readonly lastActivity: number | undefined;
  /** Bytes that wait to be sent on all links. */
  readonly backlog: number;
  /** Sessions that a broadcast skipped, because too many bytes waited for them. */
  readonly broadcastsSkipped: number;
  /** Addresses that are locked out now. */
  readonly lockedOut: number;
  /** From sending a request to its reply, in milliseconds. */
  readonly requestLatency: HistogramSnapshot;
}

/** The counters of a server over its sessions. */
export class ServerCounters {
  accepted = 0;
  connections = 0;
  lost = 0;
  peakSessions = 0;
  broadcastsSkipped = 0;
  lastActivity: number | undefined;
  readonly traffic = new TrafficTotals();
  readonly refused = new CodeCounts();
  readonly closes = new CodeCounts();
  readonly requestLatency = new Histogram();

  /** What they say now, with the open sessions. */
  of(sessions: ReadonlySet<CountedSession>, state: ServerStats['state'], lockedOut: number): ServerStats {
    const { accepted, connections, lost, peakSessions, traffic, broadcastsSkipped } = this;
    let { lastActivity } = this;
    let [handshaking, backlog] = [0, 0];
    for (const session of sessions) {
      if (session.handshaking) handshaking++;
      backlog += session.backlog;
      lastActivity = Math.max(lastActivity ?? 0, session.stats().lastActivity);
    }
    return {
      state,
      active: sessions.size - handshaking,
      handshaking,
      peakSessions,
      accepted,
      connections,
      lost,
      ...traffic.with(sessions),
      refused: this.refused.snapshot(),
      closes: this.closes.snapshot(),
      lastActivity,
      backlog,
      broadcastsSkipped,
      lockedOut,
      requestLatency: this.requestLatency.snapshot(),
    };
  }
}

interface CountedSession {
  readonly handshaking: boolean;
  readonly backlog: number;
  stats(): Traffic & { readonly lastActivity: number };
}
