import { indiErrors } from '../catalogue.ts';
import type { RawElement } from './element.ts';
import type {
  AnyDefVector,
  AnyNewVector,
  AnySetVector,
  BlobPolicy,
  BlobValue,
  DefMember,
  IndiMessage,
  Permission,
  PropertyState,
  PropertyType,
  PropertyValue,
  SwitchRule,
} from './messages.ts';
import { parseNumber } from './number.ts';
import { parseTimestamp } from './time.ts';
import { parseXml, type XmlElement } from './xml.ts';

const VECTOR = /^(def|set|new)(Text|Number|Switch|Light|BLOB)Vector$/;
const STATES: ReadonlySet<string> = new Set<PropertyState>(['Idle', 'Ok', 'Busy', 'Alert']);
const RULES: ReadonlySet<string> = new Set<SwitchRule>(['OneOfMany', 'AtMostOne', 'AnyOfMany']);
const PERMISSIONS: ReadonlySet<string> = new Set<Permission>(['ro', 'wo', 'rw']);
const POLICIES: ReadonlySet<string> = new Set<BlobPolicy>(['Never', 'Also', 'Only']);

/**
 * Parses an element; undefined: it is not an element of INDI 1.7. Attributes may be in any order. Unknown attributes
 * and children are ignored, and attributes with a usual default may be missing. Throws `XML_*`,
 * `INDI_ATTRIBUTE_MISSING` and `INDI_VALUE_INVALID`; then use nothing of the element.
 */
export function parseMessage(element: RawElement | Buffer): IndiMessage | undefined {
  return messageOf(parseXml(element instanceof Uint8Array ? element : element.bytes));
}

/** Like {@link parseMessage}, for an element that is parsed into a tree already. */
export function messageOf(xml: XmlElement): IndiMessage | undefined {
  const { name: tag, attributes } = xml;
  const vector = VECTOR.exec(tag);
  if (vector !== null) {
    const type = vector[2] as PropertyType;
    if (vector[1] === 'def') return definition(xml, type);
    if (vector[1] === 'set') return change(xml, type);
    return type === 'Light' ? undefined : newVector(xml, type);
  }
  switch (tag) {
    case 'getProperties':
      return { tag, version: attributes.version, device: present(xml, 'device'), name: present(xml, 'name') };
    case 'delProperty':
      return { tag, device: required(xml, 'device'), name: present(xml, 'name'), ...note(xml) };
    case 'message':
      return { tag, device: present(xml, 'device'), ...note(xml), message: attributes.message ?? '' };
    case 'enableBLOB':
      return {
        tag,
        device: required(xml, 'device'),
        name: present(xml, 'name'),
        policy: word<BlobPolicy>(xml.text, POLICIES, 'Never, Also or Only', tag),
      };
    case 'pingRequest':
    case 'pingReply':
      return { tag, uid: required(xml, 'uid') };
    default:
      return undefined;
  }
}

function definition(xml: XmlElement, type: PropertyType): IndiMessage {
  const { attributes } = xml;
  const { device, name } = property(xml);
  const { rule, perm } = attributes;
  return {
    tag: `def${type}Vector`,
    type,
    device,
    name,
    label: attributes.label || name,
    group: attributes.group ?? '',
    state: state(attributes.state) ?? 'Idle',
    perm: type === 'Light' ? 'ro' : known<Permission>(perm, PERMISSIONS, 'rw'),
    timeout: seconds(attributes.timeout) ?? 0,
    rule: type === 'Switch' ? known<SwitchRule>(rule, RULES, 'AnyOfMany') : undefined,
    ...note(xml),
    members: members(xml, `def${type}`, (child, member) => defMember(child, member, type)),
  } as AnyDefVector;
}

function defMember(child: XmlElement, name: string, type: PropertyType): DefMember {
  const { attributes } = child;
  const label = attributes.label || name;
  if (type === 'BLOB') return { name, label } as DefMember;
  const member = { name, label, value: value(child, type, name) };
  if (type !== 'Number') return member as DefMember;
  const number = (text: string | undefined): number => parseNumber(text ?? '') ?? 0;
  return {
    ...member,
    format: attributes.format ?? '%g',
    min: number(attributes.min),
    max: number(attributes.max),
    step: number(attributes.step),
  } as DefMember;
}

function change(xml: XmlElement, type: PropertyType): IndiMessage {
  const { attributes } = xml;
  return {
    tag: `set${type}Vector`,
    type,
    ...property(xml),
    state: state(attributes.state),
    timeout: seconds(attributes.timeout),
    ...note(xml),
    members: members(xml, `one${type}`, (child, name) => {
      const member = { name, value: value(child, type, name) };
      return type === 'Number' ? { ...member, ...changedRange(child) } : member;
    }),
  } as AnySetVector;
}

/** A driver may send a new range of a number with its value. */
function changedRange(child: XmlElement): object {
  const range: Record<string, number> = {};
  for (const key of ['min', 'max', 'step']) {
    const number = parseNumber(child.attributes[key] ?? '');
    if (number !== undefined) range[key] = number;
  }
  return range;
}

function newVector(xml: XmlElement, type: PropertyType): IndiMessage {
  return {
    tag: `new${type}Vector`,
    type,
    ...property(xml),
    timestamp: note(xml).timestamp,
    members: members(xml, `one${type}`, (child, name) => ({ name, value: value(child, type, name) })),
  } as AnyNewVector;
}

/** The name of a member may be empty: some drivers have a single member without a name. */
function members<M>(xml: XmlElement, tag: string, make: (child: XmlElement, name: string) => M): M[] {
  const asks = xml.name.startsWith('new');
  return xml.children
    .filter((child) => child.name === tag)
    .map((child) => make(child, child.attributes.name ?? (asks ? required(child, 'name') : '')));
}

function value(child: XmlElement, type: PropertyType, name: string): PropertyValue {
  if (type === 'BLOB') return blob(child, name);
  const { text } = child;
  if (type === 'Text') return text;
  if (type === 'Switch') return word<'On' | 'Off'>(text, SWITCHES, 'On or Off', name) === 'On';
  if (type === 'Light') return word<PropertyState>(text, STATES, 'Idle, Ok, Busy or Alert', name);
  const number = parseNumber(text);
  if (number === undefined) throw invalid(name, text, 'a number');
  return number;
}

const SWITCHES: ReadonlySet<string> = new Set(['On', 'Off']);

function blob(child: XmlElement, name: string): BlobValue {
  const { attributes } = child;
  const size = Number(required(child, 'size').trim());
  if (!Number.isSafeInteger(size) || size < 0)
    throw invalid(`the size of ${name}`, attributes.size ?? '', 'a number of bytes');
  const attached = attributes.attached === 'true';
  return { size, format: attributes.format ?? '', base64: child.rawText, ...(attached && { attached }) };
}

function property(xml: XmlElement): { device: string; name: string } {
  return { device: required(xml, 'device'), name: required(xml, 'name') };
}

function note(xml: XmlElement): { timestamp?: number | undefined; message?: string | undefined } {
  const { timestamp, message } = xml.attributes;
  return { timestamp: timestamp === undefined ? undefined : parseTimestamp(timestamp), message };
}

/** An attribute whose empty value means that it is absent. */
function present(xml: XmlElement, attribute: string): string | undefined {
  return xml.attributes[attribute] || undefined;
}

function required(xml: XmlElement, attribute: string): string {
  const found = xml.attributes[attribute];
  if (found) return found;
  throw indiErrors.error('INDI_ATTRIBUTE_MISSING', { tag: xml.name, attribute });
}

function state(text: string | undefined): PropertyState | undefined {
  return text !== undefined && STATES.has(text) ? (text as PropertyState) : undefined;
}

function seconds(text: string | undefined): number | undefined {
  const number = text === undefined ? undefined : parseNumber(text);
  return number !== undefined && number >= 0 ? number : undefined;
}

function known<W extends string>(text: string | undefined, words: ReadonlySet<string>, otherwise: W): W {
  return text !== undefined && words.has(text) ? (text as W) : otherwise;
}

function word<W extends string>(
  text: string,
  words: ReadonlySet<string>,
  expected: string,
  where: string,
): W {
  if (words.has(text)) return text as W;
  throw invalid(where, text, expected);
}

function invalid(where: string, text: string, expected: string): Error {
  const found = text === '' ? 'nothing' : `"${text.slice(0, 40)}"`;
  return indiErrors.error('INDI_VALUE_INVALID', { where, found, expected });
}
