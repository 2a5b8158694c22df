import { indiErrors } from '../catalogue.ts';
import { indiLimits } from '../limits.ts';
import type { BlobPolicy } from '../wire/index.ts';
import type { Heading } from './heading.ts';

/** A request for BLOBs, as sent to chained servers. */
export interface BlobSubscription {
  /** Empty: all devices. */
  readonly device: string;
  /** Empty: all of the device. */
  readonly name: string;
}

/** The policy of one property, and how many policies for all had been set before it. */
interface OwnPolicy {
  readonly policy: BlobPolicy;
  readonly said: number;
}

/**
 * The elements that one peer wants, according to its requests so far.
 *
 * - Nothing before its first `getProperties` or another element that names a device.
 * - `getProperties` without a device: everything, unless the peer named a device before.
 * - An element that names a device, `enableBLOB` too: that device, or that property.
 * - BLOBs by policy, Never at first. `enableBLOB` with device and name sets it for that property, else for everything that
 *   the peer gets. Only, set for everything, suppresses all other elements.
 */
export class Interest {
  #all = false;
  #policy: BlobPolicy = 'Never';
  /** How often a policy has been set for everything. */
  #said = 0;
  /** Names by device; an empty name means all. A name has a policy if one was set for that property. */
  readonly #named = new Map<string, Map<string, OwnPolicy | undefined>>();
  /** The devices named with the policy for everything: sent to chained servers. */
  readonly #policyOf = new Set<string>();
  #count = 0;
  #bytes = 0;
  readonly #holds: (bytes: number) => void;

  /** @param holds called with the memory of the names whenever it changes; an error that it throws is thrown here */
  constructor(holds: (bytes: number) => void = () => {}) {
    this.#holds = holds;
  }

  /** Memory of the names. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Throws `TOO_MANY_SUBSCRIPTIONS` and `SUBSCRIPTIONS_TOO_LARGE`. Returns whether it changed. */
  subscribe(device: string, name: string): boolean {
    if (device === '') {
      if (this.#all || this.#named.size > 0) return false;
      this.#all = true;
      return true;
    }
    const names = this.#named.get(device);
    if (names?.has('') || names?.has(name)) return false;
    this.#enter(device, name, undefined);
    return true;
  }

  /** Throws as {@link subscribe} does. */
  enableBlob(device: string, name: string, policy: BlobPolicy): void {
    if (name !== '' && device !== '') {
      this.#enter(device, name, policy);
      return;
    }
    if (device !== '' && !this.#named.get(device)?.has('')) this.subscribe(device, '');
    this.#policy = policy;
    this.#said++;
    if (policy === 'Never') {
      const bytes = [...this.#policyOf].reduce((sum, name) => sum + costOf(name), 0);
      this.#policyOf.clear();
      this.#grow(-bytes);
    } else if (!this.#policyOf.has(device) && this.#policyOf.size < indiLimits.values.subscriptions) {
      this.#grow(costOf(device));
      this.#policyOf.add(device);
    }
  }

  wants({ device, name, blob }: Heading): boolean {
    const names = this.#named.get(device);
    // An element about a whole device goes to each peer that gets a part of the device.
    const named = names !== undefined && (name === '' || names.has('') || names.has(name));
    if (device !== '' && !this.#all && !named) return false;
    if (!blob) return this.#policy !== 'Only';
    return this.#policyFor(names?.get(name)) !== 'Never';
  }

  /** Whether it wants anything of `device`. */
  covers(device: string): boolean {
    return this.#all || this.#named.has(device);
  }

  /** Devices and properties whose BLOBs are wanted. */
  *blobSubscriptions(): Generator<BlobSubscription> {
    for (const device of this.#policyOf) yield { device, name: '' };
    for (const [device, names] of this.#named)
      for (const [name, own] of names)
        if (own !== undefined && this.#policyFor(own) !== 'Never') yield { device, name };
  }

  /** A later policy for everything overrides the policy of a property. */
  #policyFor(own: OwnPolicy | undefined): BlobPolicy {
    return own === undefined || own.said < this.#said ? this.#policy : own.policy;
  }

  #enter(device: string, name: string, policy: BlobPolicy | undefined): void {
    let names = this.#named.get(device);
    if (!names?.has(name)) {
      const { subscriptions: limit } = indiLimits.values;
      if (this.#count >= limit) throw indiErrors.error('TOO_MANY_SUBSCRIPTIONS', { limit });
      this.#grow((names === undefined ? costOf(device) : 0) + costOf(name));
      this.#count++;
    }
    if (names === undefined) {
      names = new Map();
      this.#named.set(device, names);
    }
    names.set(name, policy && { policy, said: this.#said });
  }

  #grow(bytes: number): void {
    const { subscriptionBytes: limit } = indiLimits.values;
    if (this.#bytes + bytes > limit) throw indiErrors.error('SUBSCRIPTIONS_TOO_LARGE', { limit });
    this.#bytes += bytes;
    this.#holds(this.#bytes);
  }
}

/** Memory of a name, with its entry in a map. */
function costOf(name: string): number {
  return 2 * name.length + 100;
}
