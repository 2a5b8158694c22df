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
 * The data that the hub needs to route an element. Consecutive elements with the same head share one object, so that
 * their audience is computed once.
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
  /** Who gets it, and the epoch of subscriptions in which that was computed. Set by the router. */
  audience: readonly ElementQueue[] = [];
  epoch = -1;

  constructor(tag: string, device: string, name: string) {
    this.tag = tag;
    // A slice of a longer text would keep the whole text in memory as long as the name.
    this.device = Buffer.from(device).toString();
    this.name = Buffer.from(name).toString();
    this.traffic = trafficOf(tag);
    this.blob = tag === 'setBLOBVector' || tag === 'newBLOBVector';
  }
}

/** Longest head that is compared with the next one. */
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
 * Reads heads. Most elements of a driver have the head of the element before: while the bytes up to the end of device
 * and name are equal, nothing is parsed.
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
    // Each peer keeps its own short copy.
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

/** Offset after both device and name, in bytes; undefined if one of them is missing. */
function nameEnd(element: RawElement): number | undefined {
  const head = element.first.toString('latin1', 0, element.headLength);
  const attributes = /\s*([^\s=]+)\s*=\s*(?:"[^"]*"|'[^']*')/y;
  attributes.lastIndex = 1 + Buffer.byteLength(element.tag);
  const missing = new Set(['device', 'name']);
  for (let match = attributes.exec(head); match !== null; match = attributes.exec(head))
    if (missing.delete(match[1] as string) && missing.size === 0) return attributes.lastIndex;
  return undefined;
}
