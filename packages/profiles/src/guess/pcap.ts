/**
 * TCP payloads out of a packet capture: libpcap (https://www.tcpdump.org/manpages/pcap-savefile.5.html) or pcapng
 * (draft-ietf-opsawg-pcapng). Broken packets are left out.
 */

/** What one side of a connection sent, in order. */
interface CapturedStream {
  readonly from: string;
  readonly to: string;
  /** Payloads of segments, in the order of their sequence numbers. */
  readonly chunks: readonly Buffer[];
}

interface Segment {
  readonly from: string;
  readonly to: string;
  readonly seq: number;
  readonly payload: Buffer;
}

const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
const PCAPNG = 0x0a0d0d0a;

export function isCapture(bytes: Buffer): boolean {
  if (bytes.length < 24) return false;
  return endianOf(bytes) !== undefined || bytes.readUInt32BE(0) === PCAPNG;
}

export function streamsOf(bytes: Buffer): CapturedStream[] {
  const segments = new Map<string, Segment[]>();
  for (const { link, packet } of bytes.readUInt32BE(0) === PCAPNG ? ngPackets(bytes) : packets(bytes)) {
    const segment = segmentOf(link, packet);
    if (segment === undefined || segment.payload.length === 0) continue;
    const key = `${segment.from} ${segment.to}`;
    const known = segments.get(key);
    if (known === undefined) segments.set(key, [segment]);
    else known.push(segment);
  }
  return [...segments.values()].map(inOrder);
}

/** Segments by their sequence numbers, what was sent twice left out. */
function inOrder(segments: readonly Segment[]): CapturedStream {
  const [{ from, to, seq: first }] = segments as [Segment];
  // Numbers wrap around after 2^32: they are counted from the first.
  const placed = segments.map((segment) => ({ ...segment, at: (segment.seq - first) | 0 }));
  placed.sort((a, b) => a.at - b.at);
  const chunks: Buffer[] = [];
  let next = placed[0]?.at ?? 0;
  for (const { at, payload } of placed) {
    const fresh = payload.subarray(Math.max(0, next - at));
    if (fresh.length > 0) chunks.push(fresh);
    next = Math.max(next, at + payload.length);
  }
  return { from, to, chunks };
}

interface Packet {
  readonly link: number;
  readonly packet: Buffer;
}

function endianOf(bytes: Buffer): 'LE' | 'BE' | undefined {
  if ([MICROSECONDS, NANOSECONDS].includes(bytes.readUInt32BE(0))) return 'BE';
  return [MICROSECONDS, NANOSECONDS].includes(bytes.readUInt32LE(0)) ? 'LE' : undefined;
}

function* packets(bytes: Buffer): Generator<Packet, void, undefined> {
  const u32 = endianOf(bytes) === 'BE' ? bytes.readUInt32BE : bytes.readUInt32LE;
  const link = u32.call(bytes, 20) & 0xffff;
  for (let at = 24; at + 16 <= bytes.length; ) {
    const size = u32.call(bytes, at + 8);
    if (at + 16 + size > bytes.length) return;
    yield { link, packet: bytes.subarray(at + 16, at + 16 + size) };
    at += 16 + size;
  }
}

function* ngPackets(bytes: Buffer): Generator<Packet, void, undefined> {
  let little = true;
  let links: number[] = [];
  const u32 = (at: number) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const u16 = (at: number) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  for (let at = 0; at + 12 <= bytes.length; ) {
    if (bytes.readUInt32BE(at) === PCAPNG) {
      little = bytes.readUInt32LE(at + 8) === 0x1a2b3c4d;
      links = [];
    }
    const [type, size] = [u32(at), u32(at + 4)];
    if (size < 12 || at + size > bytes.length) return;
    if (type === 1 && size >= 20) links.push(u16(at + 8));
    if (type === 6 && size >= 32) {
      const captured = u32(at + 20);
      const link = links[u32(at + 8)];
      if (link !== undefined && captured <= size - 32)
        yield { link, packet: bytes.subarray(at + 28, at + 28 + captured) };
    }
    at += size;
  }
}

/** Bytes before the IP header, by link type (https://www.tcpdump.org/linktypes.html). */
const LINK_HEADERS: Readonly<Record<number, number>> = {
  0: 4,
  1: 14,
  12: 0,
  101: 0,
  108: 4,
  113: 16,
  276: 20,
};

function segmentOf(link: number, packet: Buffer): Segment | undefined {
  let at = LINK_HEADERS[link];
  if (at === undefined) return undefined;
  while (link === 1 && packet.length >= at + 4 && packet.readUInt16BE(at - 2) === 0x8100) at += 4;
  const ip = packet.subarray(at);
  const version = (ip[0] ?? 0) >> 4;
  if (version === 4 && ip.length >= 20 && ip[9] === 6) {
    const header = ((ip[0] as number) & 15) * 4;
    const whole = ip.subarray(0, Math.max(header, ip.readUInt16BE(2)) || ip.length);
    return tcpOf(whole.subarray(header), ip.subarray(12, 16).join('.'), ip.subarray(16, 20).join('.'));
  }
  if (version === 6 && ip.length >= 40 && ip[6] === 6)
    return tcpOf(
      ip.subarray(40, 40 + ip.readUInt16BE(4)),
      ip.toString('hex', 8, 24),
      ip.toString('hex', 24, 40),
    );
  return undefined;
}

function tcpOf(tcp: Buffer, source: string, target: string): Segment | undefined {
  if (tcp.length < 20) return undefined;
  const header = ((tcp[12] as number) >> 4) * 4;
  if (header < 20) return undefined;
  return {
    from: `${source}:${tcp.readUInt16BE(0)}`,
    to: `${target}:${tcp.readUInt16BE(2)}`,
    seq: tcp.readUInt32BE(4),
    payload: tcp.subarray(header),
  };
}
