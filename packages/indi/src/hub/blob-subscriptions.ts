import type { Clock, Timer } from '@fairlead/core';
import type { HubClient } from './client.ts';
import { enableBlob } from './hub-messages.ts';
import type { BlobSubscription } from './interest.ts';
import type { Owners } from './owners.ts';
import type { Source } from './source.ts';

/** Up to this many requests are processed at once, whenever one of them changes. */
const AT_ONCE = 64;
/** With more, one millisecond of delay for this many: clients that change requests often must not keep the hub busy. */
const PER_MILLISECOND = 100;

interface BlobSubscriptionsOptions {
  readonly clients: ReadonlySet<HubClient>;
  readonly sources: readonly Source[];
  readonly owners: Owners;
  readonly clock: Clock;
}

/** Tells chained servers which BLOBs are requested here. Local drivers always send theirs. */
export class BlobSubscriptions {
  readonly #options: BlobSubscriptionsOptions;
  /** Number of requests at the last update. */
  #count = 0;
  #scheduled = false;
  #timer: Timer | undefined;

  constructor(options: BlobSubscriptionsOptions) {
    this.#options = options;
  }

  /** Requests or owners changed: the servers are updated soon, once for all changes until then. */
  changed(): void {
    if (this.#scheduled || !this.#options.sources.some(isChain)) return;
    this.#scheduled = true;
    if (this.#count <= AT_ONCE) queueMicrotask(() => this.#tell());
    else this.#timer = this.#options.clock.after(this.#count / PER_MILLISECOND, () => this.#tell());
  }

  close(): void {
    this.#scheduled = true;
    this.#options.clock.clear(this.#timer);
  }

  #tell(): void {
    this.#scheduled = false;
    this.#count = 0;
    for (const chain of this.#options.sources.filter(isChain)) this.#tellOne(chain);
  }

  #tellOne(chain: Source): void {
    const { owners } = this.#options;
    const wanted = new Map<string, BlobSubscription>();
    for (const { device: named, name } of this.#of(chain)) {
      const devices = named !== '' ? [named] : chain.only !== undefined ? [chain.only] : chain.devices;
      for (const device of devices) {
        this.#count++;
        // A server is not asked for devices of other sources: servers in a ring would keep each other's requests alive.
        const owner = owners.get(device) ?? chain;
        if (owner !== chain || (chain.only !== undefined && chain.only !== device)) continue;
        const request = { device, name };
        wanted.set(JSON.stringify(request), request);
      }
    }
    const told = [...chain.blobSubscriptions].filter((key) => !wanted.has(key));
    for (const key of told) {
      chain.blobSubscriptions.delete(key);
      const { device, name } = JSON.parse(key) as BlobSubscription;
      chain.queue.push(enableBlob(device, name, 'Never'));
    }
    for (const [key, { device, name }] of wanted) {
      if (chain.blobSubscriptions.has(key)) continue;
      chain.blobSubscriptions.add(key);
      chain.queue.push(enableBlob(device, name, 'Also'));
    }
  }

  *#of(chain: Source): Generator<BlobSubscription> {
    const { clients, sources } = this.#options;
    for (const { interest } of clients) yield* interest.blobSubscriptions();
    for (const source of sources) if (source !== chain) yield* source.interest.blobSubscriptions();
  }
}

function isChain({ kind, state }: Source): boolean {
  return kind === 'chain' && state === 'running';
}
