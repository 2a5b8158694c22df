import { ByteSink, tcpErrors } from '@fairlead/tcp';
import type { BlobValue, DefMember, IndiMessage, Member, NumberRange, PropertyType } from './messages.ts';
import { wireNumber } from './number.ts';
import { escapeAttribute, escapeContent, isPlain, notWritable } from './text.ts';
import { formatTimestamp } from './time.ts';

const CLOSE = '</oneBLOB>\n';

/**
 * Writes an element, one line per member, with BLOBs by reference. Throws `MESSAGE_NOT_ENCODABLE` before it writes
 * anything, for text that XML cannot contain and for numbers that are not finite.
 */
export function printMessage(message: IndiMessage, sink: ByteSink): void {
  const pieces = piecesOf(message);
  for (const piece of pieces) {
    if (typeof piece === 'string') sink.text(piece);
    else sink.bytes(piece);
  }
}

/** Encodes an element into a new buffer. */
export function encodeMessage(message: IndiMessage): Buffer {
  const sink = new ByteSink();
  printMessage(message, sink);
  const pieces = sink.flush();
  return pieces.length === 1 ? Buffer.from(pieces[0] as Uint8Array) : Buffer.concat(pieces);
}

function piecesOf(message: IndiMessage): (string | Buffer)[] {
  const { tag } = message;
  switch (tag) {
    case 'getProperties':
      return [empty(tag, { version: message.version, device: message.device, name: message.name })];
    case 'delProperty':
      return [empty(tag, { device: message.device, name: message.name, ...note(message) })];
    case 'message':
      return [empty(tag, { device: message.device, ...note(message) })];
    case 'enableBLOB':
      return [
        `<${tag}${attributes(tag, { device: message.device, name: message.name })}>${message.policy}</${tag}>\n`,
      ];
    case 'pingRequest':
    case 'pingReply':
      return [empty(tag, { uid: message.uid })];
    default:
      return vector(message);
  }
}

type Vector = Extract<IndiMessage, { type: PropertyType }>;

function vector(message: Vector): (string | Buffer)[] {
  const { tag, type } = message;
  const head = `<${tag}${attributes(tag, vectorAttributes(message))}>\n`;
  if (type === 'BLOB' && !tag.startsWith('def')) {
    const blobs = (message.members as readonly Member<'BLOB'>[]).flatMap(({ name, value }) =>
      blob(name, value),
    );
    return [head, ...blobs, `</${tag}>\n`];
  }
  let text = head;
  const isDefinition = tag.startsWith('def');
  for (const member of message.members as readonly (Member | DefMember)[])
    text += isDefinition ? defined(type, member as DefMember) : one(type, member as Member);
  return [`${text}</${tag}>\n`];
}

type Attribute = string | number | undefined;

function vectorAttributes(message: Vector): Record<string, Attribute> {
  const { device, name } = message;
  if (message.tag.startsWith('new')) return { device, name, timestamp: stamp(message.timestamp) };
  const { state, timeout } = message as Extract<Vector, { timeout?: number | undefined }>;
  const light = message.type === 'Light';
  if (!('perm' in message))
    return { device, name, state, timeout: light ? undefined : timeout, ...note(message) };
  return {
    device,
    name,
    label: message.label,
    group: message.group,
    state,
    perm: light ? undefined : message.perm,
    rule: message.rule,
    timeout: light ? undefined : timeout,
    ...note(message),
  };
}

function defined(type: PropertyType, member: DefMember): string {
  const { name, label } = member;
  const tag = `def${type}`;
  if (type === 'BLOB') return empty(tag, { name, label });
  const { value } = member as DefMember<'Text'>;
  const range = type === 'Number' ? rangeAttributes(name, member as DefMember<'Number'>) : {};
  return `<${tag}${attributes(tag, { name, label, ...range })}>${content(type, name, value)}</${tag}>\n`;
}

function one(type: PropertyType, member: Member): string {
  const tag = `one${type}`;
  const { name, value, ...range } = member as Member & Partial<NumberRange>;
  const { format: _, ...bounds } = range;
  const numbers = type === 'Number' && bounds.min !== undefined ? rangeAttributes(name, bounds) : {};
  return `<${tag}${attributes(tag, { name, ...numbers })}>${content(type, name, value)}</${tag}>\n`;
}

function rangeAttributes(name: string, range: Partial<NumberRange>): Record<string, Attribute> {
  const { format, min, max, step } = range;
  const number = (value: number | undefined): string | undefined =>
    value === undefined ? undefined : finite(name, value);
  return { format, min: number(min), max: number(max), step: number(step) };
}

function content(type: PropertyType, name: string, value: unknown): string {
  switch (type) {
    case 'Number':
      return finite(name, value as number);
    case 'Switch':
      return value === true ? 'On' : 'Off';
    case 'Text':
      if (isPlain(value as string)) return value as string;
      check(name, value as string);
      return escapeContent(value as string);
    default:
      return value as string;
  }
}

function blob(name: string, value: BlobValue): (string | Buffer)[] {
  const { size, format, base64 } = value;
  if (value.attached) throw notEncodable(`the BLOB ${name} was never received: it came beside the stream`);
  // No `enclen`: with it, C++ readers skip that many bytes and one line end per 72 bytes, and with them the closing tag.
  return [`<oneBLOB${attributes('oneBLOB', { name, size, format })}>`, base64, CLOSE];
}

function finite(name: string, value: number): string {
  if (!Number.isFinite(value)) throw notEncodable(`${name} is ${value}, which is no number`);
  return wireNumber(value);
}

function note(message: {
  timestamp?: number | undefined;
  message?: string | undefined;
}): Record<string, Attribute> {
  return { timestamp: stamp(message.timestamp), message: message.message };
}

function stamp(time: number | undefined): string | undefined {
  return time === undefined ? undefined : formatTimestamp(time);
}

function empty(tag: string, values: Record<string, Attribute>): string {
  return `<${tag}${attributes(tag, values)}/>\n`;
}

function attributes(tag: string, values: Record<string, Attribute>): string {
  let text = '';
  for (const name in values) {
    const value = values[name];
    if (value === undefined) continue;
    const shown = String(value);
    if (isPlain(shown)) text += ` ${name}="${shown}"`;
    else {
      check(`the ${name} of <${tag}>`, shown);
      text += ` ${name}="${escapeAttribute(shown)}"`;
    }
  }
  return text;
}

function check(what: string, text: string): void {
  const reason = notWritable(text);
  if (reason !== undefined) throw notEncodable(`${what}: ${reason}`);
}

function notEncodable(reason: string): Error {
  return tcpErrors.error('MESSAGE_NOT_ENCODABLE', { codec: 'indi', reason });
}
