import { type Clock, type FairleadError, isFairleadError, type Log } from '@fairlead/core';
import { indiErrors } from '../catalogue.ts';
import { beat } from '../heartbeat.ts';
import type { RawElement } from '../wire/index.ts';
import { blobFault } from './blob-check.ts';
import { blobParcels } from './blob-lines.ts';
import { blobPolicy } from './blob-policy.ts';
import { BlobSubscriptions } from './blob-subscriptions.ts';
import { HubClient } from './client.ts';
import { Connections } from './connections.ts';
import type { ElementQueue } from './element-queue.ts';
import { type ElementRun, forEachRun, pack } from './element-runs.ts';
import type { Heading } from './heading.ts';
import { getProperties, notice, pong, removal } from './hub-messages.ts';
import { Owners } from './owners.ts';
import type { Parcel } from './parcel.ts';
import type { Source } from './source.ts';
import { ViaPath } from './via-path.ts';

/** The device name in a request of a chained server for all devices: `indiserver` sends snooped elements only to such clients. */
const EVERY = '*';

/**
 * Routes elements. They pass unchanged and unparsed; the hub reads only elements that are addressed to it.
 *
 *     source  def* set* message delProperty  --> clients that want it, sources that snoop on the device
 *             getProperties, enableBLOB      --> kept as what it snoops on; its owner is asked for definitions
 *     client  getProperties, enableBLOB      --> kept as what it wants; sources are asked for definitions, chains for BLOBs
 *             new*                           --> the source that owns the device; an echo to other clients
 *             def* set* message delProperty  --> sources that snoop (the client is a server that we are chained to)
 *     both    pingRequest                    --> answered
 */
export class Router {
  readonly clients = new Set<HubClient>();
  readonly sources: Source[] = [];
  readonly #owners: Owners;
  readonly #blobSubscriptions: BlobSubscriptions;
  readonly #connections: Connections;
  /** The number of each source in the `via` paths of our requests; never reused. */
  readonly #numbers = new WeakMap<Source, number>();
  #added = 0;
  readonly #log: Log;
  readonly #clock: Clock;
  /** The empty path, where requests of this hub begin. */
  readonly #origin: ViaPath;
  /** Increases when the audience of any element may have changed. */
  #epoch = 0;

  constructor(log: Log, clock: Clock, random: () => number) {
    this.#log = log;
    this.#clock = clock;
    this.#origin = ViaPath.origin(random);
    this.#owners = new Owners(clock, {
      changed: () => this.#blobSubscriptions.changed(),
      complain: (source, error) => this.#complain(source, error),
    });
    this.#blobSubscriptions = new BlobSubscriptions({
      clients: this.clients,
      sources: this.sources,
      owners: this.#owners,
      clock,
    });
    this.#connections = new Connections(clock, random, log);
  }

  add(source: Source): void {
    this.sources.push(source);
    this.#numbers.set(source, this.#added++);
  }

  /** Sends it no more requests. Its elements are still routed until it has ended. */
  remove(source: Source): void {
    const at = this.sources.indexOf(source);
    if (at >= 0) this.sources.splice(at, 1);
    this.#epoch++;
  }

  close(): void {
    this.#blobSubscriptions.close();
  }

  /** The source that defined `device`. */
  ownerOf(device: string): Source | undefined {
    return this.#owners.get(device);
  }

  // --- clients -------------------------------------------------------------------------------------------------------

  join(client: HubClient): void {
    this.clients.add(client);
    this.#epoch++;
  }

  leave(client: HubClient): void {
    if (!this.clients.delete(client)) return;
    for (const { mirrors } of this.sources) mirrors.delete(client.queue);
    this.#epoch++;
    this.#blobSubscriptions.changed();
  }

  /** Throws an error for which the client must be closed. */
  fromClient(client: HubClient, batch: readonly RawElement[]): void {
    forEachRun(
      batch,
      client.reader,
      (run) => this.#clientRun(client, run),
      (error) => {
        throw error;
      },
    );
  }

  #clientRun(client: HubClient, run: ElementRun): void {
    const { heading, elements } = run;
    const { device, name } = heading;
    switch (heading.traffic) {
      case 'get':
        this.#get(client, device === EVERY ? '' : device, name, elements);
        return;
      case 'enable':
        for (const element of elements) this.#enableFor(client, heading, element);
        return;
      case 'request':
        if (heading.blob) for (const element of elements) refuseFault(element);
        if (device !== '' && client.interest.subscribe(device, name)) this.#epoch++;
        this.#request(client, run);
        return;
      case 'ping':
        for (const element of elements) client.queue.push(pong(element));
        return;
      case 'definition':
      case 'change':
      case 'message':
      case 'removal':
        this.#fromUpstream(run);
        return;
      default:
    }
  }

  #get(client: HubClient, device: string, name: string, elements: readonly RawElement[]): void {
    if (client.interest.subscribe(device, name)) this.#epoch++;
    for (const path of this.#origin.of(elements)) {
      if (path.returns) this.#looped(path, client);
      this.#ask(device, name, client, path);
    }
  }

  /** An unknown policy changes nothing, as with other servers; the client gets a message. */
  #enableFor(client: HubClient, heading: Heading, element: RawElement): void {
    try {
      this.#enable(client.interest, heading, element);
    } catch (error) {
      if (!isFairleadError(error, 'INDI_VALUE_INVALID')) throw error;
      client.queue.push(notice(heading.device, error.message, this.#clock.now()));
    }
  }

  /** Sends a parcel to a driver on behalf of a client. */
  #hand(client: HubClient, source: Source, parcel: Parcel): void {
    const isFarAhead = client.owe(source.queue, parcel.size);
    source.queue.push(parcel, client);
    if (!isFarAhead) return;
    this.#complain(
      source,
      indiErrors.error('DRIVER_BEHIND', { driver: source.name, client: client.link.remote }),
    );
  }

  #request(client: HubClient, run: ElementRun): void {
    const { heading } = run;
    const { device } = heading;
    const owner = this.#owners.get(device);
    if (owner?.state === 'running') {
      this.#connections.fromClient(owner, run);
      const parcels = pack(run);
      for (const parcel of parcels) this.#hand(client, owner, parcel);
      for (const queue of this.#audience(heading, client.queue))
        for (const parcel of parcels) queue.push(parcel);
      return;
    }
    const text = `No driver serves the device "${device.slice(0, 100)}" at this time.`;
    client.queue.push(notice(device, text, this.#clock.now()));
  }

  /** A client that acts as a server: elements for its devices go to drivers that snoop on them. */
  #fromUpstream(run: ElementRun): void {
    const { heading } = run;
    if (this.#owners.has(heading.device) || heading.device === '') return;
    if (heading.blob && run.elements.some((element) => blobFault(element) !== undefined)) return;
    const snoopers = this.sources.filter(
      ({ interest, state }) => state === 'running' && interest.wants(heading),
    );
    if (snoopers.length === 0) return;
    for (const parcel of pack(run)) for (const { queue } of snoopers) queue.push(parcel);
  }

  // --- sources -------------------------------------------------------------------------------------------------------

  up(source: Source): void {
    this.#epoch++;
    source.warning = undefined;
    source.mirrors.clear();
    source.queue.push(this.#question(source, '', '', this.#origin));
    source.asked?.();
    this.#blobSubscriptions.changed();
  }

  /** Removes its devices until they are defined again. */
  down(source: Source): void {
    this.#connections.down(source);
    for (const device of [...source.devices]) {
      this.#owners.forget(source, device);
      const parcel = removal(device, this.#clock.now());
      for (const { interest, queue } of this.clients) if (interest.covers(device)) queue.push(parcel);
    }
    this.#epoch++;
    // Other sources with the same devices were ignored so far.
    for (const other of this.sources) {
      if (!isFairleadError(other.warning, 'DEVICE_TAKEN')) continue;
      other.warning = undefined;
      other.queue.push(this.#question(other, '', '', this.#origin));
    }
  }

  fromSource(source: Source, batch: readonly RawElement[]): void {
    forEachRun(
      batch,
      source.reader,
      (run) => this.#sourceRun(source, run),
      (error) => this.#complain(source, error),
    );
  }

  #sourceRun(source: Source, run: ElementRun): void {
    const { heading, elements } = run;
    const { device, name } = heading;
    switch (heading.traffic) {
      case 'definition':
      case 'change':
        if (!this.#owners.take(source, device)) return;
        this.#pass(source, run);
        this.#connections.fromSource(source, run);
        return;
      case 'message':
        if (device === '' ? source.kind === 'driver' : this.#owners.take(source, device))
          this.#pass(source, run);
        return;
      case 'removal':
        if (this.#owners.get(device) !== source) return;
        this.#pass(source, run);
        if (name === '') this.#owners.forget(source, device);
        return;
      case 'request': // the echo of what another client of a chained server wants
        if (this.#owners.get(device) === source) this.#pass(source, run);
        return;
      case 'get':
        this.#attempt(source, () => {
          for (const path of this.#origin.of(elements)) this.#snoop(source, device, name, path);
        });
        return;
      case 'enable':
        for (const element of elements)
          this.#attempt(source, () => this.#enable(source.interest, heading, element));
        return;
      case 'ping':
        for (const element of elements) {
          source.queue.push(pong(element));
          this.#attempt(source, () => element.attributes.uid === beat.uid && source.beat?.());
        }
        return;
      default:
    }
  }

  #pass(source: Source, run: ElementRun): void {
    const { heading } = run;
    const audience = this.#audience(heading, source.queue, source.mirrors);
    if (audience.length === 0) return;
    if (heading.blob) {
      this.#passBlobs(source, run, audience);
      return;
    }
    const parcels = pack(run);
    for (const queue of audience) for (const parcel of parcels) queue.push(parcel);
  }

  /** Drops invalid BLOBs, which would end clients. Clients need base64 in one line, C++ drivers in the lines of a C++ driver. */
  #passBlobs(source: Source, { elements }: ElementRun, audience: readonly ElementQueue[]): void {
    const snoopers = this.sources.map(({ queue }) => queue).filter((queue) => audience.includes(queue));
    for (const element of elements) {
      const fault = blobFault(element);
      if (fault !== undefined) {
        this.#complain(source, fault);
        continue;
      }
      const { original, joined } = blobParcels(element, snoopers.length > 0);
      for (const queue of audience)
        for (const parcel of snoopers.includes(queue) ? original : joined) queue.push(parcel);
    }
  }

  #snoop(source: Source, device: string, name: string, path: ViaPath): void {
    if (path.returns) return;
    if (device === '' || device === EVERY) return; // a driver cannot snoop on all devices
    if (source.interest.subscribe(device, name)) this.#epoch++;
    this.#ask(device, name, source, path);
    if (this.#owners.has(device)) return;
    // It may be served where we are chained to: those servers are among our clients.
    const parcel = getProperties(device, name, path.extended(0));
    for (const { queue } of this.clients) if (!source.mirrors.has(queue)) queue.push(parcel);
  }

  /** An invalid element of a source does not end the source. */
  #attempt(source: Source, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#complain(source, error);
    }
  }

  #complain(source: Source, error: unknown): void {
    if (!isFairleadError(error)) throw error;
    this.#log.warn({ [source.kind]: source.name, code: error.code }, error.message);
  }

  // --- both ----------------------------------------------------------------------------------------------------------

  /** Requests definitions from the owner, or, without an owner, from all sources that may have the device. */
  #ask(device: string, name: string, from: Source | HubClient, path: ViaPath): void {
    const owner = this.#owners.get(device);
    const asked = owner === undefined ? this.sources : [owner];
    for (const source of asked) {
      if (source === from || source.state !== 'running') continue;
      const { only, kind } = source;
      if (device !== '' && only !== undefined && only !== device) continue;
      if (kind === 'chain' && path.returns) continue;
      const question = this.#question(source, device, name, path);
      if (from instanceof HubClient) this.#hand(from, source, question);
      else source.queue.push(question);
      if (name === '' && (device === '' || source === owner)) source.asked?.();
    }
  }

  #question(source: Source, device: string, name: string, path: ViaPath): Parcel {
    const { kind, only } = source;
    if (kind === 'driver') return getProperties(device, name);
    const via = path.extended(this.#numbers.get(source) as number);
    return getProperties(device || only || EVERY, name, via);
  }

  /** A request of this hub came back from a client: the client is the chained server, or is connected to it. */
  #looped(path: ViaPath, client: HubClient): void {
    const chain = this.sources.find((source) => this.#numbers.get(source) === path.lastChain);
    if (chain === undefined) return;
    if (path.isDirect && !chain.mirrors.has(client.queue)) {
      chain.mirrors.add(client.queue);
      this.#epoch++;
    }
    if (chain.warning !== undefined) return;
    const reason = path.lastIsOurs
      ? 'is this server itself, or one that passes on what this one says'
      : path.isDirect
        ? 'is chained to this one too'
        : 'leads back to this one over others';
    chain.warning = indiErrors.error('CHAIN_LOOP', { chain: chain.name, reason });
    this.#complain(chain, chain.warning);
  }

  /** Throws if the element is invalid. */
  #enable(interest: HubClient['interest'], { device, name }: Heading, element: RawElement): void {
    interest.enableBlob(device, name, blobPolicy(element));
    this.#epoch++;
    this.#blobSubscriptions.changed();
  }

  /** Who gets elements of this head that come from `from`. */
  #audience(heading: Heading, from: ElementQueue, not?: ReadonlySet<ElementQueue>): readonly ElementQueue[] {
    if (heading.epoch === this.#epoch) return heading.audience;
    const audience: ElementQueue[] = [];
    for (const { interest, queue } of this.clients)
      if (queue !== from && !not?.has(queue) && interest.wants(heading)) audience.push(queue);
    if (heading.device !== '' && heading.traffic !== 'request')
      for (const { interest, queue, state } of this.sources)
        if (queue !== from && state === 'running' && interest.wants(heading)) audience.push(queue);
    heading.epoch = this.#epoch;
    heading.audience = audience;
    return audience;
  }
}

function refuseFault(element: RawElement): void {
  const fault: FairleadError | undefined = blobFault(element);
  if (fault !== undefined) throw fault;
}
