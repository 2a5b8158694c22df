/**
 * MQTT's PUBLISH, written by hand: it is all that the fast path sends, and the library takes many small writes for it.
 *
 *     ┌───────────────┬──────────────────┬─────────────┬───────┬──────────────┬──────────────┬─────────┐
 *     │ 0011 0 QoS R  │ remaining length │ topic length│ topic │ packet id    │ properties   │ payload │
 *     │ 1 byte        │ 1 to 4 bytes     │ 2 bytes     │ UTF-8 │ 2, QoS 1 only│ MQTT 5 only  │         │
 *     └───────────────┴──────────────────┴─────────────┴───────┴──────────────┴──────────────┴─────────┘
 */

const PUBLISH = 0x30;
const RETAIN = 0x01;
const QOS_1 = 0x02;
/** Up to here a plain loop is quicker than a call into the runtime. */
const SHORT = 24;

export interface PublishForm {
  readonly qos: 0 | 1;
}

/** Bytes of a PUBLISH with this topic and properties (as encoded, with their lengths) and a payload of `payloadBytes`. */
export function publishSize(
  form: PublishForm,
  topic: Uint8Array,
  properties: Uint8Array,
  payloadBytes: number,
): number {
  const rest = topic.length + (form.qos === 1 ? 2 : 0) + properties.length + payloadBytes;
  return 1 + (rest < 0x80 ? 1 : rest < 0x4000 ? 2 : rest < 0x200000 ? 3 : 4) + rest;
}

/** Writes a PUBLISH of `size` bytes to `at`. The packet id is left 0; see {@link setPacketId}. */
export function writePublish(
  form: PublishForm,
  target: Buffer,
  at: number,
  size: number,
  topic: Uint8Array,
  properties: Uint8Array,
  payload: Uint8Array | string,
  retain: boolean,
): void {
  let to = at;
  target[to++] = PUBLISH | (form.qos === 1 ? QOS_1 : 0) | (retain ? RETAIN : 0);
  let rest = size - (size < 0x82 ? 2 : size < 0x4003 ? 3 : size < 0x200004 ? 4 : 5);
  for (; rest >= 0x80; rest >>>= 7) target[to++] = (rest & 0x7f) | 0x80;
  target[to++] = rest;
  to = put(target, to, topic);
  if (form.qos === 1) {
    target[to++] = 0;
    target[to++] = 0;
  }
  to = put(target, to, properties);
  if (typeof payload === 'string') target.write(payload, to, 'utf8');
  else put(target, to, payload);
}

function put(target: Buffer, at: number, bytes: Uint8Array): number {
  const size = bytes.length;
  if (size <= SHORT) for (let i = 0; i < size; i++) target[at + i] = bytes[i] as number;
  else target.set(bytes, at);
  return at + size;
}

interface PublishView {
  /** Where the next packet begins. */
  readonly end: number;
  readonly topicAt: number;
  readonly topicEnd: number;
  readonly retain: boolean;
}

/** Reads back what {@link writePublish} wrote at `at`. */
export function readPublish(source: Buffer, at: number): PublishView {
  let from = at + 1;
  let rest = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = source[from++] as number;
    rest |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  const topicEnd = from + 2 + source.readUInt16BE(from);
  return { end: from + rest, topicAt: from + 2, topicEnd, retain: ((source[at] as number) & RETAIN) !== 0 };
}

export function setPacketId(packet: Buffer, view: PublishView, id: number): void {
  packet.writeUInt16BE(id, view.topicEnd);
}

export function clearRetain(source: Buffer, at: number): void {
  source[at] = (source[at] as number) & ~RETAIN;
}
