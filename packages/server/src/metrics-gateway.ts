/**
 * Metrics of links, devices and profiles. Their labels are names of listeners and profiles and codes of the catalogue: all
 * bounded. There is none by device or address.
 */
import type { GatewayCounters, ProfileCounts, Traffic } from '@fairlead/gateway';

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** One metric: what it is called, and how it is read. Names that end in `_total` are counters, the others gauges. */
interface GatewayMetric {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  samples(counters: GatewayCounters): Iterable<Sample>;
}

/** From counts whose keys contain the label values, separated by spaces. */
const keyed = (
  name: string,
  help: string,
  labels: readonly string[],
  counts: (counters: GatewayCounters) => ReadonlyMap<string, number>,
): GatewayMetric => ({
  name,
  help,
  labels,
  *samples(counters) {
    for (const [key, value] of counts(counters)) {
      const words = key.split(' ');
      yield [Object.fromEntries(labels.map((label, i) => [label, words[i] ?? ''])), value];
    }
  },
});

const ofProfiles = (name: string, help: string, value: (counts: ProfileCounts) => number): GatewayMetric => ({
  name,
  help,
  labels: ['profile'],
  *samples({ profiles }) {
    for (const [profile, counts] of profiles) yield [{ profile }, value(counts)];
  },
});

const ofDirections = (name: string, help: string, key: 'bytes' | 'frames'): GatewayMetric => ({
  name,
  help,
  labels: ['listener', 'direction'],
  *samples({ traffic }) {
    for (const [listener, counts] of traffic) {
      yield [{ listener, direction: 'in' }, counts[`${key}In` satisfies keyof Traffic]];
      yield [{ listener, direction: 'out' }, counts[`${key}Out` satisfies keyof Traffic]];
    }
  },
});

export const gatewayMetrics: readonly GatewayMetric[] = [
  keyed('fairlead_links_opened_total', 'Links that devices opened.', ['listener'], (c) => c.linksOpened),
  keyed(
    'fairlead_links_closed_total',
    'Links that ended, by why.',
    ['listener', 'code'],
    (c) => c.linksClosed,
  ),
  {
    name: 'fairlead_links_open',
    help: 'Links that are open.',
    labels: ['listener'],
    *samples({ traffic }) {
      for (const [listener, { open }] of traffic) yield [{ listener }, open];
    },
  },
  ofDirections('fairlead_link_bytes_total', 'Bytes on links of devices.', 'bytes'),
  ofDirections('fairlead_link_frames_total', 'Frames on links of devices.', 'frames'),
  keyed(
    'fairlead_refusals_total',
    'Messages refused while their link stayed open, by why.',
    ['listener', 'code'],
    (c) => c.refusals,
  ),
  keyed('fairlead_uplinks_total', 'Messages from devices handed to the bus.', ['kind'], (c) => c.uplinks),
  keyed(
    'fairlead_downlinks_total',
    'Messages to devices, by what became of them.',
    ['outcome'],
    (c) => c.downlinks,
  ),
  {
    name: 'fairlead_devices_online',
    help: 'Devices that are online.',
    labels: [],
    *samples({ online }) {
      yield [{}, online];
    },
  },
  {
    name: 'fairlead_devices_suspect',
    help: 'Devices that are online and should have answered.',
    labels: [],
    *samples({ suspect }) {
      yield [{}, suspect];
    },
  },
  {
    name: 'fairlead_devices_flapping',
    help: 'Devices whose links replace each other again and again.',
    labels: [],
    *samples({ flapping }) {
      yield [{}, flapping];
    },
  },
  {
    name: 'fairlead_devices_slowed',
    help: 'Devices that are not read at present because they send more than their rate.',
    labels: [],
    *samples({ slowed }) {
      yield [{}, slowed];
    },
  },
  {
    name: 'fairlead_addresses_locked_out',
    help: 'Addresses that are locked out because of wrong tokens.',
    labels: ['listener'],
    *samples({ lockedOut }) {
      for (const [listener, count] of lockedOut) yield [{ listener }, count];
    },
  },
  ofProfiles(
    'fairlead_profile_devices_online',
    'Devices of a profile that are connected.',
    (c) => c.connected,
  ),
  ofProfiles('fairlead_profile_uplinks_total', 'Messages from devices of a profile.', (c) => c.messages),
  ofProfiles(
    'fairlead_profile_script_calls_total',
    'Calls of the uplink script of a profile.',
    (c) => c.scriptCalls,
  ),
  ofProfiles(
    'fairlead_profile_script_seconds_total',
    'Time until the results of the uplink script of a profile were there, waiting included.',
    (c) => c.scriptMs / 1_000,
  ),
  keyed(
    'fairlead_profile_links_closed_total',
    'Links of devices of a profile that ended, by why.',
    ['profile', 'code'],
    (c) => c.profileClosed,
  ),
  keyed(
    'fairlead_profile_refusals_total',
    'Messages of devices of a profile that were refused, by why.',
    ['profile', 'code'],
    (c) => c.profileRefusals,
  ),
];
