import { CodeCounts } from '@fairlead/core';
import { Histogram, type HistogramSnapshot } from '../stats/histogram.ts';
import type { LinkStats } from '../stats/link.ts';
import { type Traffic, TrafficTotals } from '../stats/traffic.ts';
import type { ClientState } from './state.ts';

/** Counters of a client over all its links: a plain object. */
export interface ClientStats extends Traffic {
  readonly state: ClientState;
  /** Attempts to connect. */
  readonly attempts: number;
  /** Links that became ready. */
  readonly connections: number;
  /** Ready links that ended, whatever the reason. */
  readonly lost: number;
  /** Attempts after the first. */
  readonly reconnections: number;
  /** Unix milliseconds at which bytes were last sent or received; undefined before the first link. */
  readonly lastActivity: number | undefined;
  /** Bytes and messages that wait for a connection. */
  readonly queuedBytes: number;
  readonly queuedMessages: number;
  /** Messages that were dropped from a full queue. */
  readonly dropped: number;
  /** Bytes that wait to be sent on the link. */
  readonly backlog: number;
  /** Requests that wait for their reply, and those that wait for their turn. */
  readonly requestsInFlight: number;
  readonly requestsWaiting: number;
  /** From the start of an attempt to ready, in milliseconds. */
  readonly connectLatency: HistogramSnapshot;
  /** From sending a request to its reply, in milliseconds. */
  readonly requestLatency: HistogramSnapshot;
  /** Ended links and failed attempts, by code. */
  readonly closes: Readonly<Record<string, number>>;
}

/** The counters of a client over its links. */
export class ClientCounters {
  attempts = 0;
  connections = 0;
  lost = 0;
  lastActivity: number | undefined;
  readonly traffic = new TrafficTotals();
  readonly closes = new CodeCounts();
  readonly connectLatency = new Histogram();
  readonly requestLatency = new Histogram();

  /** @param link the current link */
  snapshot(link: { stats(): LinkStats } | undefined) {
    const { attempts, connections, lost } = this;
    const now = link?.stats();
    return {
      attempts,
      connections,
      lost,
      reconnections: Math.max(0, attempts - 1),
      lastActivity: now?.lastActivity ?? this.lastActivity,
      ...this.traffic.with(link === undefined ? [] : [link]),
      backlog: now?.backlog ?? 0,
      connectLatency: this.connectLatency.snapshot(),
      requestLatency: this.requestLatency.snapshot(),
      closes: this.closes.snapshot(),
    };
  }
}
