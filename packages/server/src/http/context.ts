/** The parts of the service that routes use. */

import { parseMoment, type Readiness } from '@fairlead/api';
import type { Automation } from '@fairlead/automation';
import type { BusAdapter } from '@fairlead/bus';
import type { Clock, Log, Tracer } from '@fairlead/core';
import type { Gateway, ReplayedUplinks, ScriptHost } from '@fairlead/gateway';
import type { Sandbox } from '@fairlead/sandbox';
import type { Store } from '@fairlead/store';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Absences } from '../absences.ts';
import type { Backups } from '../backup/write.ts';
import type { Captures } from '../captures/captures.ts';
import type { Drivers } from '../drivers/drivers.ts';
import type { Changes } from '../live/changes.ts';
import type { LiveHub } from '../live/live-hub.ts';
import type { LiveStream } from '../live/stream.ts';
import type { Metrics } from '../metrics.ts';
import type { ProcessHealth } from '../process-health.ts';

export interface ApiContext {
  readonly store: Store;
  readonly gateway: Gateway;
  readonly scripts: ScriptHost;
  /** Runs the examples of profiles. */
  readonly profileScripts: Pick<Sandbox, 'load'>;
  readonly automation: Automation;
  readonly bus: Pick<BusAdapter, 'kind' | 'state' | 'stats'>;
  readonly live: LiveStream;
  /** The live streams of browsers. */
  readonly hub: LiveHub;
  readonly absences: Pick<Absences, 'read'>;
  readonly health: Pick<ProcessHealth, 'read'>;
  /** Tells live streams what requests changed. */
  readonly changes: Changes;
  readonly captures: Captures;
  /** Publishes what a replay of a capture yields. */
  readonly replayed: Pick<ReplayedUplinks, 'begin'>;
  readonly metrics: Metrics;
  readonly backups: Backups;
  readonly log: Log;
  /** Absent if nothing is traced. */
  readonly tracer?: Tracer | undefined;
  /** Absent if none is configured. */
  readonly drivers?: Drivers | undefined;
  /** Why a device is connected although its platform did not confirm it. */
  readonly doubt?: ((device: string) => Error | undefined) | undefined;
  readonly clock: Clock;
  readonly version: string;
  /** Start of the service in monotonic milliseconds. */
  readonly begun: number;
  readiness(): Readiness;
}

/** The application with the schemas of zod. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** The latest time that a Date can represent, in Unix milliseconds. */
const LAST_MOMENT = 8.64e15;

/** RFC 3339 in UTC with milliseconds. A time beyond the range of a Date becomes its nearest end: one bad row must not fail the request. */
export const iso = (ms: number): string =>
  new Date(Math.min(Math.max(Number(ms) || 0, -LAST_MOMENT), LAST_MOMENT)).toISOString();

/** A query with the moments of its time range as Unix milliseconds. */
export function ranged<Q extends { since?: string | undefined; until?: string | undefined }>(
  query: Q,
  now: number,
): Omit<Q, 'since' | 'until'> & { since: number | undefined; until: number | undefined } {
  const at = (text: string | undefined) => (text === undefined ? undefined : parseMoment(text, now));
  return { ...query, since: at(query.since), until: at(query.until) };
}

export const isoMaybe = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : iso(ms);
