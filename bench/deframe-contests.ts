/** Framings, each with a hand-written loop that returns the same array of views. */
import {
  ByteSink,
  type Codec,
  checksum,
  Deframer,
  delimited,
  type FramingSpec,
  fixed,
  framingFromSpec,
  length,
  line,
  type Payload,
  tp,
} from '@fairlead/tcp';

const CHUNK = 65_536;

export interface Contest {
  readonly name: string;
  /** Required minimum ratio. */
  readonly target: number;
  readonly frames: number;
  /** Both return the number of frames. */
  readonly ours: () => number;
  readonly byHand: () => number;
}

const text = 'x'.repeat(31);
/** A published frame of a GT06 tracker: see examples/gt06. */
const GT06 = '78781f120f0a140e150bc505e51e780293a9e800540000f601006e0055da00035f240d0a';

const spec = (...rules: FramingSpec['rules']): Codec<Buffer, Payload> => framingFromSpec({ rules });

const gt06 = (checked: boolean): Codec<Buffer, Payload> => {
  const common = {
    ...{ kind: 'length' as const, offset: 2, adjust: 2, endsWith: '0d0a', strip: 0 },
    ...(checked && { checksum: { kind: 'crc16/x25', from: 2, to: -4, at: -4 } }),
  };
  return spec(
    { match: { bytes: '7878' }, size: 1, ...common },
    { match: { bytes: '7979' }, size: 2, ...common },
  );
};

const slip = spec({ kind: 'markers', end: 'c0', escape: { byte: 'db', map: { dc: 'c0', dd: 'db' } } });
const hdlc = spec({
  ...{ kind: 'markers', start: '7e', end: '7e', strip: [0, 2] },
  escape: { byte: '7d', xor: '20' },
  checksum: { kind: 'crc16/x25', over: 'content', to: -2, at: -2, endian: 'little' },
});
const plainMarkers = spec({ kind: 'markers', start: '02', end: '03' });
const checked = spec({
  ...{ kind: 'length', size: 2, strip: [2, 2] },
  adjust: 2,
  checksum: { kind: 'crc16/modbus', from: 2, to: -2, at: -2, endian: 'little' },
});
const summed = spec({
  ...{ kind: 'length', size: 2, strip: [2, 1] },
  adjust: 1,
  checksum: { kind: 'sum8', from: 2, to: -1, at: -1 },
});

const nmea = spec({
  ...{ kind: 'delimiter', match: { bytes: '24' }, end: ['0d0a', '0a'], max: 512 },
  checksum: {
    kind: 'xor8',
    from: 1,
    to: { find: '2a' },
    at: { find: '2a', plus: 1 },
    as: 'hex',
    optional: true,
  },
});
const NMEA = '$GPVTG,0.0,T,359.3,M,0.0,N,0.0,K,A*2F';

/** All contests, by name. */
export const contests: Readonly<Record<string, () => Contest>> = Object.fromEntries(
  [
    contest('tp, 32 bytes payload', 0.9, tp(), { command: 1, payload: text }, tpByHand),
    contest('length:4, 32 bytes', 0.9, length(), text, lengthByHand),
    contest('length, 2 bytes, little', 0.9, length({ bytes: 2, endian: 'little' }), text, length2ByHand),
    contest('fixed:32', 0.9, fixed(32), `${text}x`, fixedByHand),
    contest('delimited by LF, 32 bytes', 0.9, delimited({ delimiter: '\n' }), text, (chunk) =>
      search(chunk, 10, 1),
    ),
    contest('delimited by LF, 256 bytes', 0.9, delimited({ delimiter: '\n' }), 'x'.repeat(255), (chunk) =>
      search(chunk, 10, 1),
    ),
    contest('delimited by CR LF', 0.9, delimited({ delimiter: '\r\n' }), text, (chunk) =>
      search(chunk, CRLF, 2),
    ),
    contest('line, 32 bytes', 0.9, line(), text, linesByHand),
    contest('spec: length:4', 0.9, spec({ kind: 'length' }), text, lengthByHand),
    contest('spec: fixed:32', 0.9, spec({ kind: 'fixed', size: 32 }), `${text}x`, fixedByHand),
    contest('spec: LF', 0.9, spec({ kind: 'delimiter', end: '0a' }), text, (chunk) => search(chunk, 10, 1)),
    contest('spec: CR LF or LF', 0.9, spec({ kind: 'delimiter', end: ['0d0a', '0a'] }), text, lfOrCrLfByHand),
    contest('spec: two rules', 0.8, gt06(false), Buffer.from(GT06, 'hex'), (chunk) =>
      gt06ByHand(chunk, false),
    ),
    contest('spec: two rules with CRC', 0.8, gt06(true), Buffer.from(GT06, 'hex'), (chunk) =>
      gt06ByHand(chunk, true),
    ),
    contest('spec: length with CRC', 0.8, checked, text, checkedByHand),
    contest('spec: length with sum', 0.8, summed, text, summedByHand),
    contest('spec: markers', 0.8, plainMarkers, text, markersByHand),
    contest('spec: NMEA 0183', 0.8, nmea, NMEA, nmeaByHand),
    contest('spec: SLIP, nothing escaped', 0.8, slip, text, slipByHand),
    contest('spec: SLIP, one byte escaped', 0.8, slip, Buffer.from(`${text}\xc0`, 'latin1'), slipByHand),
    contest('spec: HDLC with CRC', 0.8, hdlc, Buffer.from(`${text}~`, 'latin1'), hdlcByHand),
  ].map(([name, make]) => [name, make]),
);

/** Enough messages to fill a chunk, so that the deframer is measured and not the joining of chunks. */
function contest<In, Out>(
  name: string,
  target: number,
  codec: Codec<In, Out>,
  message: NoInfer<Out>,
  byHand: (chunk: Buffer) => unknown[],
): [string, () => Contest] {
  return [
    name,
    () => {
      const sink = new ByteSink();
      const encoder = codec.encoder();
      let frames = 0;
      for (; sink.length < CHUNK; frames++) encoder.encode(message, sink);
      const chunk = Buffer.concat(sink.flush());
      const deframer = new Deframer(codec.decoder(), codec.name);
      const ours = (): number => deframer.push(chunk).length;
      return { name, target, frames, ours, byHand: () => byHand(chunk).length };
    },
  ];
}

const CRLF = Buffer.from('\r\n');
const x25 = checksum('crc16/x25')?.of as NonNullable<ReturnType<typeof checksum>>['of'];
const modbus = checksum('crc16/modbus')?.of as NonNullable<ReturnType<typeof checksum>>['of'];

function tpByHand(chunk: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  while (chunk.length - at >= 8) {
    const end = at + 8 + chunk.readUInt32BE(at + 4);
    if (end > chunk.length) break;
    frames.push(chunk.subarray(at + 8, end));
    at = end;
  }
  return frames;
}

function lengthByHand(chunk: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  while (chunk.length - at >= 4) {
    const end = at + 4 + chunk.readUInt32BE(at);
    if (end > chunk.length) break;
    frames.push(chunk.subarray(at + 4, end));
    at = end;
  }
  return frames;
}

function length2ByHand(chunk: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  while (chunk.length - at >= 2) {
    const end = at + 2 + chunk.readUInt16LE(at);
    if (end > chunk.length) break;
    frames.push(chunk.subarray(at + 2, end));
    at = end;
  }
  return frames;
}

function fixedByHand(chunk: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at + 32 <= chunk.length; at += 32) frames.push(chunk.subarray(at, at + 32));
  return frames;
}

function search(chunk: Buffer, delimiter: number | Buffer, size: number): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  for (let end = chunk.indexOf(delimiter); end >= 0; end = chunk.indexOf(delimiter, at)) {
    frames.push(chunk.subarray(at, end));
    at = end + size;
  }
  return frames;
}

function lfOrCrLfByHand(chunk: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, at)) {
    frames.push(chunk.subarray(at, chunk[end - 1] === 13 ? end - 1 : end));
    at = end + 1;
  }
  return frames;
}

function linesByHand(chunk: Buffer): string[] {
  const frames: string[] = [];
  let at = 0;
  for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, at)) {
    frames.push(chunk.toString('utf8', at, chunk[end - 1] === 13 ? end - 1 : end));
    at = end + 1;
  }
  return frames;
}

function gt06ByHand(chunk: Buffer, check: boolean): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  while (chunk.length - at >= 4) {
    const short = chunk[at] === 0x78 && chunk[at + 1] === 0x78;
    if (!short && !(chunk[at] === 0x79 && chunk[at + 1] === 0x79)) throw new Error('neither');
    const end = at + (short ? 5 + (chunk[at + 2] as number) : 6 + chunk.readUInt16BE(at + 2));
    if (end > chunk.length) break;
    if (chunk[end - 2] !== 13 || chunk[end - 1] !== 10) throw new Error('no trailer');
    if (check && x25(chunk, at + 2, end - 4) !== chunk.readUInt16BE(end - 4)) throw new Error('wrong CRC');
    frames.push(chunk.subarray(at, end));
    at = end;
  }
  return frames;
}

function checkedByHand(chunk: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  while (chunk.length - at >= 2) {
    const end = at + 4 + chunk.readUInt16BE(at);
    if (end > chunk.length) break;
    if (modbus(chunk, at + 2, end - 2) !== chunk.readUInt16LE(end - 2)) throw new Error('wrong CRC');
    frames.push(chunk.subarray(at + 2, end - 2));
    at = end;
  }
  return frames;
}

function summedByHand(chunk: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  while (chunk.length - at >= 2) {
    const end = at + 3 + chunk.readUInt16BE(at);
    if (end > chunk.length) break;
    let sum = 0;
    for (let i = at + 2; i < end - 1; i++) sum += chunk[i] as number;
    if ((sum & 0xff) !== chunk[end - 1]) throw new Error('wrong sum');
    frames.push(chunk.subarray(at + 2, end - 1));
    at = end;
  }
  return frames;
}

function nmeaByHand(chunk: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, at)) {
    if (chunk[at] !== 0x24) throw new Error('no sentence');
    const to = chunk[end - 1] === 13 ? end - 1 : end;
    const star = chunk.indexOf(0x2a, at);
    if (star > 0 && star < to) {
      let sum = 0;
      for (let i = at + 1; i < star; i++) sum ^= chunk[i] as number;
      if (sum !== Number.parseInt(chunk.toString('latin1', star + 1, star + 3), 16))
        throw new Error('wrong sum');
    }
    frames.push(chunk.subarray(at, to));
    at = end + 1;
  }
  return frames;
}

function markersByHand(chunk: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  while (at < chunk.length) {
    if (chunk[at] !== 2) throw new Error('no start');
    const end = chunk.indexOf(3, at + 1);
    if (end < 0) break;
    frames.push(chunk.subarray(at + 1, end));
    at = end + 1;
  }
  return frames;
}

function slipByHand(chunk: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  for (let end = chunk.indexOf(0xc0); end >= 0; end = chunk.indexOf(0xc0, at)) {
    const frame = chunk.subarray(at, end);
    frames.push(frame.includes(0xdb) ? unslipped(frame) : frame);
    at = end + 1;
  }
  return frames;
}

function unslipped(frame: Buffer): Buffer {
  const out = Buffer.allocUnsafeSlow(frame.length);
  let size = 0;
  for (let i = 0; i < frame.length; i++) {
    let byte = frame[i] as number;
    if (byte === 0xdb) {
      const code = frame[++i];
      if (code !== 0xdc && code !== 0xdd) throw new Error('no escape');
      byte = code === 0xdc ? 0xc0 : 0xdb;
    }
    out[size++] = byte;
  }
  return out.subarray(0, size);
}

function hdlcByHand(chunk: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  while (at < chunk.length) {
    if (chunk[at] !== 0x7e) throw new Error('no flag');
    const end = chunk.indexOf(0x7e, at + 1);
    if (end < 0) break;
    let frame = chunk.subarray(at + 1, end);
    if (frame.includes(0x7d)) {
      const out = Buffer.allocUnsafeSlow(frame.length);
      let size = 0;
      for (let i = 0; i < frame.length; i++) {
        const byte = frame[i] as number;
        out[size++] = byte === 0x7d ? (frame[++i] as number) ^ 0x20 : byte;
      }
      frame = out.subarray(0, size);
    }
    const last = frame.length - 2;
    if (x25(frame, 0, last) !== frame.readUInt16LE(last)) throw new Error('wrong CRC');
    frames.push(frame.subarray(0, last));
    at = end + 1;
  }
  return frames;
}
