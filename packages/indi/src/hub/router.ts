import { type Clock, type FairleadError, isFairleadError } from '@fairlead/tcp';
import { indiErrors } from '../catalogue.ts';
import { indiLimits } from '../limits.ts';
import {
  encodeMessage,
  type GetProperties,
  INDI_VERSION,
  type IndiMessage,
  parseMessage,
  type RawElement,
} from '../wire/index.ts';
import { blobFault } from './blob-check.ts';
import type { HubClient } from './client.ts';
import type { Heading } from './heading.ts';
import type { BlobWish } from './interest.ts';
import type { HubLog } from './options.ts';
import type { Outbox } from './outbox.ts';
import { forEachRun, pack, type Run } from './parcel.ts';
import type { Source } from './source.ts';

/**
 * Who gets what. Elements pass as they came, unparsed; only what is said to the hub itself is read.
 *
 *     source  def* set* message delProperty  --> clients that want it, sources that snoop on the device
 *             getProperties, enableBLOB      --> kept as what it snoops on; its owner is asked for definitions
 *     client  getProperties, enableBLOB      --> kept as what it wants; sources are asked for definitions, chains for BLOBs
 *             new*                           --> the source that owns the device; an echo to other clients
 *             def* set* message delProperty  --> sources that snoop (the client is a server that we are chained to)
 *     both    pingRequest                    --> answered
 *
 * A device belongs to the source that showed it first, a driver of our own before a chain: what another one says of it is
 * dropped, so that servers chained in a ring do not pass the same element round for ever.
 */
export class Router {
  readonly clients = new Set<HubClient>();
  readonly sources: Source[] = [];
  readonly #owners = new Map<string, Source>();
  readonly #log: HubLog;
  readonly #clock: Clock;
  /** Moves on when any answer to "who gets this?" may be another. */
  #epoch = 0;

  constructor(log: HubLog, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** The source that has shown `device`. */
  ownerOf(device: string): Source | undefined {
    return this.#owners.get(device);
  }

  // --- clients -------------------------------------------------------------------------------------------------------

  join(client: HubClient): void {
    this.clients.add(client);
    this.#epoch++;
  }

  leave(client: HubClient): void {
    client.outbox.close();
    if (!this.clients.delete(client)) return;
    this.#epoch++;
    this.#tellWishes();
  }

  /** Throws what is wrong with the client: it has to end. */
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

  #clientRun(client: HubClient, run: Run): void {
    const { heading, elements } = run;
    const { device, name } = heading;
    switch (heading.traffic) {
      case 'get':
        if (client.interest.subscribe(device, name)) this.#epoch++;
        this.#ask(device, name, undefined);
        return;
      case 'enable':
        for (const element of elements) this.#enable(client.interest, element);
        return;
      case 'wish':
        if (heading.blob) for (const element of elements) refuseFault(element);
        if (device !== '' && client.interest.subscribe(device, name)) this.#epoch++;
        this.#wish(client, run);
        return;
      case 'ping':
        for (const element of elements) client.outbox.push(pong(element));
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

  #wish(client: HubClient, run: Run): void {
    const { heading } = run;
    const { device } = heading;
    const owner = this.#owners.get(device);
    if (owner?.state === 'running') {
      const parcels = pack(run);
      for (const parcel of parcels) owner.outbox.push(parcel);
      for (const outbox of this.#audience(heading, client.outbox))
        for (const parcel of parcels) outbox.push(parcel);
      return;
    }
    const text = `No driver serves the device "${device.slice(0, 100)}" at this time.`;
    const message: IndiMessage = { tag: 'message', device, timestamp: this.#clock.now(), message: text };
    // A name that XML cannot hold came over no XML reader of ours; it is not worth more than silence.
    client.outbox.push({ bytes: encodeMessage(message), stream: false });
  }

  /** A client that speaks as a server does: what it says of its devices is for drivers that snoop on them. */
  #fromUpstream(run: Run): void {
    const { heading } = run;
    if (this.#owners.has(heading.device) || heading.device === '') return;
    if (heading.blob && run.elements.some((element) => blobFault(element) !== undefined)) return;
    const snoopers = this.sources.filter(
      ({ interest, state }) => state === 'running' && interest.wants(heading),
    );
    if (snoopers.length === 0) return;
    for (const parcel of pack(run)) for (const { outbox } of snoopers) outbox.push(parcel);
  }

  // --- sources -------------------------------------------------------------------------------------------------------

  up(source: Source): void {
    this.#epoch++;
    source.outbox.push({ bytes: getProperties(source.only ?? '', ''), stream: false });
    this.#tellWishes();
  }

  /** Its devices are gone until they are defined again. */
  down(source: Source): void {
    for (const device of source.devices) {
      this.#owners.delete(device);
      const gone: IndiMessage = { tag: 'delProperty', device, timestamp: this.#clock.now() };
      const bytes = encodeMessage(gone);
      for (const { interest, outbox } of this.clients)
        if (interest.covers(device)) outbox.push({ bytes, stream: false });
    }
    source.devices.clear();
    this.#epoch++;
  }

  fromSource(source: Source, batch: readonly RawElement[]): void {
    forEachRun(
      batch,
      source.reader,
      (run) => this.#sourceRun(source, run),
      (error) => this.#complain(source, error),
    );
  }

  #sourceRun(source: Source, run: Run): void {
    const { heading, elements } = run;
    const { device, name } = heading;
    switch (heading.traffic) {
      case 'definition':
      case 'change':
        if (this.#owns(source, device)) this.#pass(source, run);
        return;
      case 'message':
        if (device === '' ? source.kind === 'driver' : this.#owns(source, device)) this.#pass(source, run);
        return;
      case 'removal':
        if (this.#owners.get(device) !== source) return;
        this.#pass(source, run);
        if (name === '') this.#forget(source, device);
        return;
      case 'wish': // the echo of what another client of a chained server wants
        if (this.#owners.get(device) === source) this.#pass(source, run);
        return;
      case 'get':
        this.#snoop(source, device, name);
        return;
      case 'enable':
        for (const element of elements) {
          try {
            this.#enable(source.interest, element);
          } catch (error) {
            this.#complain(source, error);
          }
        }
        return;
      case 'ping':
        for (const element of elements) source.outbox.push(pong(element));
        return;
      default:
    }
  }

  #pass(source: Source, run: Run): void {
    const { heading } = run;
    const audience = this.#audience(heading, source.outbox);
    if (audience.length === 0) return;
    const sound = heading.blob ? { heading, elements: this.#sound(source, run) } : run;
    if (sound.elements.length === 0) return;
    const parcels = pack(sound);
    for (const outbox of audience) for (const parcel of parcels) outbox.push(parcel);
  }

  /** BLOBs that nobody can read would end clients. */
  #sound(source: Source, { elements }: Run): RawElement[] {
    return elements.filter((element) => {
      const fault = blobFault(element);
      if (fault !== undefined) this.#complain(source, fault);
      return fault === undefined;
    });
  }

  #snoop(source: Source, device: string, name: string): void {
    if (device === '') return; // nobody can want everything of everybody
    try {
      if (source.interest.subscribe(device, name)) this.#epoch++;
    } catch (error) {
      this.#complain(source, error);
      return;
    }
    this.#ask(device, name, source);
    if (this.#owners.has(device)) return;
    // It may be served where we are chained to: those servers are among our clients.
    const bytes = getProperties(device, name);
    for (const { outbox } of this.clients) outbox.push({ bytes, stream: false });
  }

  #owns(source: Source, device: string): boolean {
    const owner = this.#owners.get(device);
    if (owner === source) return true;
    if (device === '' || (source.only !== undefined && source.only !== device)) return false;
    if (owner !== undefined && (owner.kind === 'driver' || source.kind === 'chain')) return false;
    if (source.devices.size >= indiLimits.values.devices) {
      this.#complain(source, indiErrors.error('TOO_MANY_DEVICES', { limit: indiLimits.values.devices }));
      return false;
    }
    owner?.devices.delete(device);
    this.#owners.set(device, source);
    source.devices.add(device);
    return true;
  }

  #forget(source: Source, device: string): void {
    source.devices.delete(device);
    this.#owners.delete(device);
  }

  #complain(source: Source, error: unknown): void {
    if (!isFairleadError(error)) throw error;
    this.#log.warn({ [source.kind]: source.name, code: error.code }, error.message);
  }

  // --- both ----------------------------------------------------------------------------------------------------------

  /** Asks for definitions: the owner, or, where there is none, all that may have the device. */
  #ask(device: string, name: string, from: Source | undefined): void {
    const owner = this.#owners.get(device);
    const asked = owner === undefined ? this.sources : [owner];
    for (const source of asked) {
      if (source === from || source.state !== 'running') continue;
      const { only } = source;
      if (device !== '' && only !== undefined && only !== device) continue;
      source.outbox.push({ bytes: getProperties(device || only || '', name), stream: false });
    }
  }

  /** Throws what is wrong with the element. */
  #enable(interest: HubClient['interest'], element: RawElement): void {
    const message = parseMessage(element);
    if (message?.tag !== 'enableBLOB') return;
    interest.enableBlob(message.device, message.name ?? '', message.policy);
    this.#epoch++;
    this.#tellWishes();
  }

  /** Tells chained servers whose BLOBs are wanted here. Local drivers send theirs anyway. */
  #tellWishes(): void {
    for (const chain of this.sources) {
      if (chain.kind !== 'chain' || chain.state !== 'running') continue;
      const wanted = new Map<string, BlobWish>();
      for (const wish of this.#wishes(chain))
        if (chain.only === undefined || chain.only === wish.device) wanted.set(JSON.stringify(wish), wish);
      const told = [...chain.wishes].filter((key) => !wanted.has(key));
      for (const key of told) {
        chain.wishes.delete(key);
        const { device, name } = JSON.parse(key) as BlobWish;
        chain.outbox.push(enableBlob(device, name, 'Never'));
      }
      for (const [key, { device, name }] of wanted) {
        if (chain.wishes.has(key)) continue;
        chain.wishes.add(key);
        chain.outbox.push(enableBlob(device, name, 'Also'));
      }
    }
  }

  *#wishes(chain: Source): Generator<BlobWish> {
    for (const { interest } of this.clients) yield* interest.blobWishes();
    for (const source of this.sources) if (source !== chain) yield* source.interest.blobWishes();
  }

  /** Who gets elements of this head that come from `from`. */
  #audience(heading: Heading, from: Outbox): readonly Outbox[] {
    if (heading.epoch === this.#epoch) return heading.audience;
    const audience: Outbox[] = [];
    for (const { interest, outbox } of this.clients)
      if (outbox !== from && interest.wants(heading)) audience.push(outbox);
    if (heading.device !== '' && heading.traffic !== 'wish')
      for (const { interest, outbox, state } of this.sources)
        if (outbox !== from && state === 'running' && interest.wants(heading)) audience.push(outbox);
    heading.epoch = this.#epoch;
    heading.audience = audience;
    return audience;
  }
}

function refuseFault(element: RawElement): void {
  const fault: FairleadError | undefined = blobFault(element);
  if (fault !== undefined) throw fault;
}

/** Written by us: with no version, or one above 1.7, a C++ driver would exit. */
function getProperties(device: string, name: string): Buffer {
  const message: GetProperties = {
    tag: 'getProperties',
    version: INDI_VERSION,
    device: device || undefined,
    name: (device && name) || undefined,
  };
  return encodeMessage(message);
}

function enableBlob(
  device: string,
  name: string,
  policy: 'Also' | 'Never',
): { bytes: Buffer; stream: false } {
  const bytes = encodeMessage({ tag: 'enableBLOB', device, name: name || undefined, policy });
  return { bytes, stream: false };
}

/** The answer to a ping: the same attributes. */
function pong(element: RawElement): { bytes: Buffer; stream: false } {
  const head = element.bytes
    .toString('latin1', '<pingRequest'.length, element.headLength)
    .replace(/\/?>$/, '');
  return { bytes: Buffer.from(`<pingReply${head}/>\n`, 'latin1'), stream: false };
}
