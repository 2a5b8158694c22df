import { CodeCounts } from '@fairlead/core';
import { Histogram, type HistogramSnapshot } from '../stats/histogram.ts';
import { type Traffic, TrafficTotals } from '../stats/traffic.ts';

/** Counters of a server over all its sessions: a plain object. */
export interface ServerStats extends Traffic {
  readonly state: 'listening' | 'suspended' | 'stopped';
  /** Sessions that are past their handshake. */
  readonly active: number;
  readonly handshaking: number;
  /** Most sessions that there ever were at the same time. */
  readonly peakSessions: number;
  /** Links accepted, those refused at once not counted. */
  readonly accepted: number;
  /** Sessions that finished their handshake. */
  readonly connections: number;
  /** Of these, those that ended. */
  readonly lost: number;
  /** Links refused at once: how often each code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Why links ended that were accepted: how often each code. */
  readonly closes: Readonly<Record<string, number>>;
  /** Unix milliseconds at which bytes last went either way; undefined before the first link. */
  readonly lastActivity: number | undefined;
  /** Bytes that wait to be sent on all links. */
  readonly backlog: number;
  /** Sessions that a broadcast left out, because they were behind. */
  readonly broadcastsSkipped: number;
  /** From sending a request to its reply, in milliseconds. */
  readonly requestLatency: HistogramSnapshot;
}

/** What a server counts over its sessions. */
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
}
