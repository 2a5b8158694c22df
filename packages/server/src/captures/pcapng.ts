/**
 * A capture as pcapng (draft-ietf-opsawg-pcapng), for Wireshark. Links have no packets: Ethernet, IP and TCP are made up, so that the
 * streams can be followed. Each direction counts its own sequence numbers.
 *
 *     section header | interface description | enhanced packet ...
 *     enhanced packet: type 6, length, interface, time (high, low; microseconds), captured, original, packet, options, length
 */
import { isIP, isIPv6 } from 'node:net';
import type { CaptureHeader, CaptureLine } from './lines.ts';

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const PACKET = 6;
const BYTE_ORDER = 0x1a2b3c4d;
const ETHERNET = 1;
/** Options of blocks. */
const [COMMENT, FLAGS, NAME, APPLICATION] = [1, 2, 2, 4];
const [INBOUND, OUTBOUND] = [1, 2];

const [FIN, SYN, PSH, ACK] = [0x01, 0x02, 0x08, 0x10];
/** Bytes of one made-up segment: well within the window. */
const SEGMENT = 16_384;
const WINDOW = 65_535;
/** Characters of a comment. */
const SHOWN = 1_000;

/** One side of a link. */
interface Side {
  readonly address: Buffer;
  readonly port: number;
  readonly mac: Buffer;
  readonly isDevice: boolean;
  /** The next sequence number. */
  seq: number;
}

interface Stream {
  readonly device: Side;
  readonly service: Side;
  /** A packet that acknowledges the last data; what the data led to is written to it. */
  held: { from: Side; to: Side; time: string; comments: string[] } | undefined;
}

/** The pieces of the file. */
export async function* pcapng(
  lines: AsyncIterable<CaptureLine | CaptureHeader> | Iterable<CaptureLine | CaptureHeader>,
): AsyncGenerator<Buffer> {
  const streams = new Map<string, Stream>();
  let begun = false;
  for await (const line of lines) {
    if (!begun) {
      begun = true;
      yield head(line.what === 'capture' ? line : undefined);
    }
    if (line.what === 'capture' || line.what === 'end' || line.what === 'missed') continue;
    yield* packets(streams, line);
  }
  for (const stream of streams.values()) yield* release(stream);
}

function head(capture: CaptureHeader | undefined): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt32LE(BYTE_ORDER, 0);
  body.writeUInt16LE(1, 4);
  body.writeBigInt64LE(-1n, 8);
  const about =
    capture === undefined
      ? []
      : [
          option(
            COMMENT,
            Buffer.from(`Capture of the ${capture.of} ${capture.target} by Fairlead. Headers are made up.`),
          ),
        ];
  const section = block(SECTION, [body, ...about, option(APPLICATION, Buffer.from('Fairlead'))]);
  const face = Buffer.alloc(8);
  face.writeUInt16LE(ETHERNET, 0);
  return Buffer.concat([section, block(INTERFACE, [face, option(NAME, Buffer.from('fairlead'))])]);
}

function* packets(streams: Map<string, Stream>, line: CaptureLine): Generator<Buffer> {
  const { what, time, link = '' } = line;
  let stream = streams.get(link);
  if (stream === undefined || what === 'opened') {
    stream = streamOf(line, streams.size);
    streams.set(link, stream);
  }
  const { device, service } = stream;
  switch (what) {
    case 'opened':
      yield packet(device, service, SYN, time, { comments: [`link ${link} opened`] });
      device.seq++;
      yield packet(service, device, SYN | ACK, time);
      service.seq++;
      yield packet(device, service, ACK, time);
      return;
    case 'received':
    case 'sent': {
      yield* release(stream);
      const [from, to] = what === 'received' ? [device, service] : [service, device];
      const bytes = line.hex === undefined ? Buffer.alloc(line.size ?? 0, '*') : Buffer.from(line.hex, 'hex');
      for (let at = 0; at < bytes.length; at += SEGMENT) {
        yield* release(stream);
        const payload = bytes.subarray(at, at + SEGMENT);
        const comments = line.device === undefined ? [] : [`device ${line.device}`];
        yield packet(from, to, PSH | ACK, time, { payload, comments: at === 0 ? comments : [] });
        from.seq = (from.seq + payload.length) >>> 0;
        stream.held = { from: to, to: from, time, comments: [] };
      }
      return;
    }
    case 'message':
      note(stream, time, `message ${line.of} ${line.kind} ${JSON.stringify(line.values) ?? line.hex ?? ''}`);
      return;
    case 'refused':
      note(stream, time, `refused ${line.code}: ${line.reason}`);
      return;
    case 'closed': {
      yield* release(stream);
      yield packet(device, service, FIN | ACK, time, {
        comments: [`link ${link} closed: ${line.code}: ${line.reason}`],
      });
      device.seq = (device.seq + 1) >>> 0;
      yield packet(service, device, FIN | ACK, time);
      service.seq = (service.seq + 1) >>> 0;
      yield packet(device, service, ACK, time);
      streams.delete(link);
    }
  }
}

function note({ held }: Stream, time: string, text: string): void {
  if (held === undefined) return;
  held.time = time;
  if (held.comments.length < 100) held.comments.push(text.slice(0, SHOWN));
}

function* release(stream: Stream): Generator<Buffer> {
  const { held } = stream;
  if (held === undefined) return;
  stream.held = undefined;
  yield packet(held.from, held.to, ACK, held.time, held);
}

function streamOf({ remote = '', local = '' }: CaptureLine, number: number): Stream {
  const [device, service] = [endpointOf(remote), endpointOf(local)];
  const both = device.address?.length === service.address?.length;
  const [first, second] = both ? [device.address, service.address] : [];
  return {
    device: {
      address: first ?? Buffer.from([192, 0, 2, 1]),
      port: device.port ?? 49_152 + (number % 16_384),
      mac: Buffer.from([2, 0, 0, 0, 0, 1]),
      isDevice: true,
      seq: 0,
    },
    service: {
      address: second ?? Buffer.from([192, 0, 2, 2]),
      port: service.port ?? 7_653,
      mac: Buffer.from([2, 0, 0, 0, 0, 2]),
      isDevice: false,
      seq: 0,
    },
    held: undefined,
  };
}

/** `10.0.0.9:41002`, `[::1]:41002`; other forms have no address here. */
function endpointOf(text: string): { address?: Buffer | undefined; port?: number | undefined } {
  const [, bracketed, plain, port] = /^(?:\[([^\]%]+)(?:%[^\]]*)?\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = (bracketed ?? plain ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
  const number = Number(port);
  if (isIP(host) === 0 || !(number > 0 && number < 65_536)) return {};
  return { address: isIPv6(host) ? v6(host) : Buffer.from(host.split('.').map(Number)), port: number };
}

function v6(host: string): Buffer {
  const words = (part: string): number[] =>
    part === ''
      ? []
      : part.split(':').flatMap((word) => (word.includes('.') ? dotted(word) : [Number.parseInt(word, 16)]));
  const [left = '', right] = host.split('::');
  const [before, after] = [words(left), words(right ?? '')];
  const all = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  const bytes = Buffer.alloc(16);
  for (const [i, word] of all.entries()) bytes.writeUInt16BE(word, 2 * i);
  return bytes;
}

function dotted(text: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}

interface PacketParts {
  readonly payload?: Buffer;
  readonly comments?: readonly string[];
}

/** An enhanced packet block around one segment. */
function packet(
  from: Side,
  to: Side,
  flags: number,
  time: string,
  { payload = Buffer.alloc(0), comments = [] }: PacketParts = {},
): Buffer {
  const frame = ethernet(from, to, tcp(from, to, flags, payload));
  const micros = BigInt(Math.max(0, Date.parse(time))) * 1_000n;
  const fields = Buffer.alloc(20);
  fields.writeUInt32LE(Number(micros >> 32n), 4);
  fields.writeUInt32LE(Number(micros & 0xffffffffn), 8);
  fields.writeUInt32LE(frame.length, 12);
  fields.writeUInt32LE(frame.length, 16);
  const direction = Buffer.alloc(4);
  direction.writeUInt32LE(from.isDevice ? INBOUND : OUTBOUND);
  const options = comments.map((text) => option(COMMENT, Buffer.from(text)));
  return block(PACKET, [fields, padded(frame), ...options, option(FLAGS, direction)]);
}

function tcp(from: Side, to: Side, flags: number, payload: Buffer): Buffer {
  const segment = Buffer.alloc(20 + payload.length);
  segment.writeUInt16BE(from.port, 0);
  segment.writeUInt16BE(to.port, 2);
  segment.writeUInt32BE(from.seq, 4);
  segment.writeUInt32BE((flags & ACK) === 0 ? 0 : to.seq, 8);
  segment.writeUInt16BE((5 << 12) | flags, 12);
  segment.writeUInt16BE(WINDOW, 14);
  payload.copy(segment, 20);
  const pseudo = Buffer.alloc(8);
  pseudo.writeUInt32BE(segment.length, 0);
  pseudo.writeUInt32BE(6, 4);
  segment.writeUInt16BE(checksum(Buffer.concat([from.address, to.address, pseudo, segment])), 16);
  return segment;
}

function ethernet(from: Side, to: Side, segment: Buffer): Buffer {
  const isV6 = from.address.length === 16;
  const type = Buffer.from(isV6 ? [0x86, 0xdd] : [0x08, 0x00]);
  return Buffer.concat([
    to.mac,
    from.mac,
    type,
    isV6 ? ipv6(from, to, segment) : ipv4(from, to, segment),
    segment,
  ]);
}

function ipv4(from: Side, to: Side, segment: Buffer): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(0x4500, 0);
  header.writeUInt16BE(20 + segment.length, 2);
  header.writeUInt16BE(0x4000, 6);
  header.writeUInt16BE((64 << 8) | 6, 8);
  from.address.copy(header, 12);
  to.address.copy(header, 16);
  header.writeUInt16BE(checksum(header), 10);
  return header;
}

function ipv6(from: Side, to: Side, segment: Buffer): Buffer {
  const header = Buffer.alloc(40);
  header.writeUInt32BE(0x60000000, 0);
  header.writeUInt16BE(segment.length, 4);
  header.writeUInt16BE((6 << 8) | 64, 6);
  from.address.copy(header, 8);
  to.address.copy(header, 24);
  return header;
}

/** The Internet checksum (RFC 1071). */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at + 1 < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  if (bytes.length % 2 === 1) sum += (bytes[bytes.length - 1] as number) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

function option(code: number, value: Buffer): Buffer {
  const start = Buffer.alloc(4);
  start.writeUInt16LE(code, 0);
  start.writeUInt16LE(value.length, 2);
  return Buffer.concat([start, padded(value)]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

/** A block, with the end of its options. */
function block(type: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat([...parts, Buffer.alloc(4)]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length + 12);
  const start = Buffer.alloc(4);
  start.writeUInt32LE(type);
  return Buffer.concat([start, size, body, size]);
}
