import { indiErrors } from '../catalogue.ts';
import { indiLimits } from '../limits.ts';
import type { RawElement } from '../wire/index.ts';
import { notWritable } from '../wire/text.ts';
import type { ElementQueue } from './element-queue.ts';

/** What the hub does with an element. */
type Traffic =
  | 'get'
  | 'enable'
  | 'definition'
  | 'change'
  | 'request'
  | 'removal'
  | 'message'
  | 'ping'
  | 'other';

/**
 * What the hub must know of an element to pass it on: of one object, as long as elements with the same head follow each
 * other, so that who gets them is found once.
 */
export class Heading {
  readonly tag: string;
  readonly traffic: Traffic;
  /** Empty: of no device. */
  readonly device: string;
  /** Of the property; empty: of all. */
  readonly name: string;
  /** Whether BLOBs are in it. */
  readonly blob: boolean;
  /** Who gets it, and at which epoch of subscriptions that was found. The hub's own notes. */
  audience: readonly ElementQueue[] = [];
  epoch = -1;

  constructor(tag: string, device: string, name: string) {
    this.tag = tag;
    // Pieces of a longer text would keep all of it, for as long as the names are remembered.
    this.device = Buffer.from(device).toString();
    this.name = Buffer.from(name).toString();
    this.traffic = trafficOf(tag);
    this.blob = tag === 'setBLOBVector' || tag === 'newBLOBVector';
  }
}

/** Bytes of a head that are compared with the next one's. */
const KEPT = 4_096;
const VECTOR = /^(?:def|set|new)(?:Text|Number|Switch|Light|BLOB)Vector$/;

function trafficOf(tag: string): Traffic {
  if (VECTOR.test(tag)) {
    if (tag.startsWith('set')) return 'change';
    return tag.startsWith('def') ? 'definition' : 'request';
  }
  switch (tag) {
    case 'getProperties':
      return 'get';
    case 'enableBLOB':
      return 'enable';
    case 'delProperty':
      return 'removal';
    case 'message':
      return 'message';
    case 'pingRequest':
      return 'ping';
    default:
      return 'other';
  }
}

/**
 * Reads heads. A driver mostly repeats itself: while the bytes up to the end of device and name are those of the element
 * before, nothing is parsed.
 *
 *     <setNumberVector device="Mount" name="EQUATORIAL_EOD_COORD" state="Ok" timestamp="...">
 *     |----------------- compared as bytes -----------------------|
 */
export class HeadingReader {
  #same: Buffer | undefined;
  #last: Heading | undefined;

  /**
   * Throws `INDI_NAME_TOO_LONG` for device or name, and `XML_SYNTAX`, also where the hub itself could not write one of them.
   */
  read(element: RawElement): Heading {
    const same = this.#same;
    if (same !== undefined && startsWith(element.first, same)) return this.#last as Heading;
    const { device = '', name = '' } = element.attributes;
    checkLength(device);
    checkLength(name);
    const reason = notWritable(device) ?? notWritable(name);
    if (reason !== undefined)
      throw indiErrors.error('XML_SYNTAX', { reason, found: device.slice(0, 40) || name.slice(0, 40) });
    const heading = new Heading(element.tag, device, name);
    const length = nameEnd(element);
    // A copy of its own is kept for each peer: a short one.
    const keeps = length !== undefined && length <= KEPT;
    this.#same = keeps ? Buffer.from(element.first.subarray(0, length)) : undefined;
    this.#last = heading;
    return heading;
  }
}

function checkLength(name: string): void {
  const { name: limit } = indiLimits.values;
  if (name.length > limit)
    throw indiErrors.error('INDI_NAME_TOO_LONG', { name: name.slice(0, 40), size: name.length, limit });
}

function startsWith(bytes: Buffer, head: Buffer): boolean {
  return bytes.length > head.length && bytes.compare(head, 0, head.length, 0, head.length) === 0;
}

/** Where both device and name have been read, in bytes; undefined where one of them is missing. */
function nameEnd(element: RawElement): number | undefined {
  const head = element.first.toString('latin1', 0, element.headLength);
  const attributes = /\s*([^\s=]+)\s*=\s*(?:"[^"]*"|'[^']*')/y;
  attributes.lastIndex = 1 + Buffer.byteLength(element.tag);
  const missing = new Set(['device', 'name']);
  for (let match = attributes.exec(head); match !== null; match = attributes.exec(head))
    if (missing.delete(match[1] as string) && missing.size === 0) return attributes.lastIndex;
  return undefined;
}
