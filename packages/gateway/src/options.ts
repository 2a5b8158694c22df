/** What a gateway is made of. */

import { type Clock, type DialTls, systemClock, type Tracer } from '@fairlead/core';
import type { Dial, Listen } from '@fairlead/tcp';
import { listenEndpoint } from '@fairlead/tcp/internal';
import type { DesiredStore, ReportedValues } from './desired-ports.ts';
import type { DownlinkQueue, DownlinkSource } from './downlink-ports.ts';
import type { JournalTerms } from './journal-port.ts';
import type {
  Bus,
  CreateDevice,
  DeviceDirectory,
  DeviceStateStore,
  InboxStore,
  Log,
  ScriptHost,
  SessionRegistry,
  UplinkObserver,
  UplinkSink,
} from './ports.ts';
import { customProtocol } from './protocol/custom.ts';
import { officialProtocol } from './protocol/official.ts';
import { profileProtocol } from './protocol/profile.ts';
import type { DeviceProtocol } from './protocol/protocol.ts';
import type { LivenessOptions } from './session/liveness.ts';
import type { TopicTemplates } from './topics.ts';

export interface GatewayOptions {
  readonly directory: DeviceDirectory;
  readonly bus: Bus;
  readonly scripts: ScriptHost;
  readonly log: Log;
  /** What devices may speak; by default the official and the custom protocol, and profiles. */
  readonly protocols?: readonly DeviceProtocol[];
  /** Where uplinks go; by default the bus. */
  readonly sink?: UplinkSink;
  /** Keeps uplinks of some listeners on disk until the bus has them. */
  readonly journal?: JournalTerms | undefined;
  /** Who holds which session; by default this process alone. */
  readonly registry?: SessionRegistry;
  /** Registers unknown devices, for listeners that say `create`. */
  readonly create?: CreateDevice;
  /** Keeps the entries of the inbox over restarts; by default they are lost. */
  readonly inboxStore?: InboxStore;
  /** Keeps downlinks over restarts; by default they are lost. */
  readonly downlinkQueue?: DownlinkQueue;
  /** Keeps the desired states of devices over restarts; by default they are lost. */
  readonly desiredStore?: DesiredStore;
  /** What devices have reported of their desired states; by default nothing. */
  readonly reported?: ReportedValues;
  /** Keeps what scripts keep of devices over restarts; by default it is lost. */
  readonly deviceStates?: DeviceStateStore;
  /** Where downlinks come from besides the bus and `send`. */
  readonly downlinkSources?: readonly DownlinkSource[];
  /** See everything that is published: the store, live streams. */
  readonly observers?: readonly UplinkObserver[];
  readonly topics?: Partial<TopicTemplates>;
  readonly clock?: Clock;
  /** How long devices may leave unanswered what is written to them; by default as the limits say. */
  readonly liveness?: LivenessOptions;
  /** Where links come from; sockets by default. */
  readonly listen?: Listen;
  /** How links to devices are opened; over sockets by default. */
  readonly dial?: Dial;
  /** How links to devices at tls:// are encrypted, if their address says nothing else. */
  readonly dialTls?: DialTls;
  /** 0 (included) to 1 (excluded): for the waits before a link is opened again. */
  readonly random?: () => number;
  /** Where traces are reported; by default nothing is traced. */
  readonly tracer?: Tracer | undefined;
}

/** The options that are always there: given, or by default. */
export type CompleteOptions = Required<
  Omit<
    GatewayOptions,
    | 'sink'
    | 'journal'
    | 'registry'
    | 'create'
    | 'inboxStore'
    | 'deviceStates'
    | 'downlinkQueue'
    | 'desiredStore'
    | 'reported'
    | 'dial'
    | 'dialTls'
    | 'random'
    | 'tracer'
  >
> &
  Pick<GatewayOptions, 'tracer'>;

export function completed(options: GatewayOptions): CompleteOptions {
  return {
    protocols: [officialProtocol(), customProtocol(), profileProtocol()],
    downlinkSources: [],
    observers: [],
    topics: {},
    clock: systemClock,
    listen: listenEndpoint,
    liveness: {},
    ...options,
  };
}
