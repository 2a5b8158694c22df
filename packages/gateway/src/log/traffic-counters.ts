/** What went through the gateway since the start, by listener and by profile. */
import type { ProfileCounts, Traffic } from '../api.ts';
import { gatewayLimits } from '../limits.ts';
import type { Profile } from '../ports.ts';
import type { SessionLink } from '../session/session.ts';

/** Profiles that belong to one device, and those beyond the limit. These are no names of profiles. */
const OWN = '(own)';
const FURTHER = '(further)';

type MutableCounts = { -readonly [K in keyof ProfileCounts]: ProfileCounts[K] };
type MutableTraffic = { -readonly [K in keyof Traffic]: Traffic[K] };

/** Counters of each profile. Their number is bounded, because profiles come and go while the service runs. */
export class ProfileCounters {
  readonly #counts = new Map<string, MutableCounts>();

  of({ name = OWN }: Profile): MutableCounts {
    return this.#counts.get(name) ?? this.#added(name);
  }

  #added(name: string): MutableCounts {
    const key = this.#counts.size < gatewayLimits.values.profileCounters || name === OWN ? name : FURTHER;
    let counts = this.#counts.get(key);
    if (counts === undefined) {
      counts = { messages: 0, scriptCalls: 0, scriptMs: 0, connected: 0 };
      this.#counts.set(key, counts);
    }
    return counts;
  }

  /** @param connected profiles of the devices that are connected now, each as often as it has devices */
  list(connected: Iterable<Profile>): ReadonlyMap<string, ProfileCounts> {
    for (const counts of this.#counts.values()) counts.connected = 0;
    for (const profile of connected) this.of(profile).connected++;
    return this.#counts;
  }

  /** Under which name a profile is counted. */
  nameOf({ name = OWN }: Profile): string {
    const { profileCounters } = gatewayLimits.values;
    return this.#counts.has(name) || this.#counts.size < profileCounters || name === OWN ? name : FURTHER;
  }
}

/** Bytes and frames of links that have ended; those of open links are added when they are read. */
export class TrafficCounters {
  readonly #ended = new Map<string, MutableTraffic>();

  end(listener: string, link: SessionLink): void {
    let traffic = this.#ended.get(listener);
    if (traffic === undefined) {
      traffic = nothing();
      this.#ended.set(listener, traffic);
    }
    addLink(traffic, link);
  }

  /** Of all listeners that had a link. */
  list(open: Iterable<{ readonly listener: string; readonly link: SessionLink }>): Map<string, Traffic> {
    const all = new Map<string, MutableTraffic>();
    for (const [listener, traffic] of this.#ended) all.set(listener, { ...traffic });
    for (const { listener, link } of open) {
      let traffic = all.get(listener);
      if (traffic === undefined) {
        traffic = nothing();
        all.set(listener, traffic);
      }
      traffic.open++;
      addLink(traffic, link);
    }
    return all;
  }
}

const nothing = (): MutableTraffic => ({ open: 0, bytesIn: 0, bytesOut: 0, framesIn: 0, framesOut: 0 });

function addLink(traffic: MutableTraffic, link: SessionLink): void {
  const { bytesIn, bytesOut, framesIn, framesOut } = link.stats();
  traffic.bytesIn += bytesIn;
  traffic.bytesOut += bytesOut;
  traffic.framesIn += framesIn;
  traffic.framesOut += framesOut;
}
