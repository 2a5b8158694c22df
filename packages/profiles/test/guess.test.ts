import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guessFraming } from '../src/index.ts';

const gt06 = {
  name: 'gt06',
  title: 'GT06 trackers',
  framing: JSON.stringify({
    rules: [
      {
        match: { bytes: '7878' },
        kind: 'length',
        strip: 0,
        offset: 2,
        size: 1,
        adjust: 2,
        checksum: { kind: 'crc16/x25', from: 2, to: -4, at: -4 },
      },
    ],
  }),
};
const frames = ['78780d0103534190360660610003c3df0d0a', '78780a130604ea04000006bc8a0d0a'].map((hex) =>
  Buffer.from(hex, 'hex'),
);
const best = (bytes: Buffer) => guessFraming(bytes, [gt06]);

test('hex digits, a hex dump, a log and raw bytes of a tracker name its profile first', () => {
  const whole = Buffer.concat(frames);
  const dump = [...Array(Math.ceil(whole.length / 16)).keys()]
    .map((i) => {
      const row = whole.subarray(16 * i, 16 * i + 16);
      const pairs = row.toString('hex').replaceAll(/(....)/g, '$1 ');
      return `${(16 * i).toString(16).padStart(8, '0')}: ${pairs.padEnd(40)} ${row.toString('latin1').replaceAll(/[^ -~]/g, '.')}`;
    })
    .join('\n');
  const log = frames
    .map((frame) => `2024-01-01 00:00:00  INFO: [T1: gt06 < 10.0.0.1] ${frame.toString('hex')}`)
    .join('\n');
  for (const [kind, bytes] of [
    ['hex', frames.map((frame) => frame.toString('hex')).join('\n')],
    ['dump', dump],
    ['log', log],
    ['bytes', whole],
  ] as const) {
    const found = best(Buffer.from(bytes));
    assert.equal(found.kind, kind);
    const [first] = found.guesses;
    assert.deepEqual(
      [first?.profile, first?.frames, first?.verified, first?.outside],
      ['gt06', 2, 2, 0],
      kind,
    );
  }
});

test('a length field is found with its place and what it counts', () => {
  const payloads = ['a', 'bcd', 'efghijk'].map((text) => Buffer.from(text.repeat(9)));
  const chunks = payloads.map((payload) =>
    Buffer.concat([Buffer.of(0xaa, 0, payload.length + 4, 9), payload]),
  );
  const { guesses } = guessFraming(Buffer.from(chunks.map((chunk) => chunk.toString('hex')).join('\n')), []);
  const [first] = guesses;
  assert.equal(first?.frames, 3);
  const [rule] = (JSON.parse(first?.framing ?? '{}') as { rules: { kind: string; match: object }[] }).rules;
  assert.equal(rule?.kind, 'length');
  assert.ok(String(JSON.stringify(rule?.match)).includes('aa'));
});

test('lines of text are lines; nothing that fits is said so', () => {
  assert.equal(best(Buffer.from('temp=21.5\r\nhum=40\r\n')).guesses[0]?.framing, 'line');
  assert.deepEqual(best(Buffer.alloc(0)).guesses, []);
});

test('a packet capture: payloads in order, what was sent twice left out', () => {
  const packet = (seq: number, payload: Buffer) => {
    const tcp = Buffer.alloc(20);
    tcp.writeUInt16BE(40_000, 0);
    tcp.writeUInt16BE(5_023, 2);
    tcp.writeUInt32BE(seq, 4);
    tcp[12] = 0x50;
    const ip = Buffer.alloc(20);
    ip[0] = 0x45;
    ip.writeUInt16BE(40 + payload.length, 2);
    ip[9] = 6;
    const ethernet = Buffer.concat([Buffer.alloc(12), Buffer.of(8, 0), ip, tcp, payload]);
    const head = Buffer.alloc(16);
    head.writeUInt32LE(ethernet.length, 8);
    head.writeUInt32LE(ethernet.length, 12);
    return Buffer.concat([head, ethernet]);
  };
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt32LE(1, 20);
  const [login, status] = frames as [Buffer, Buffer];
  const start = 2 ** 32 - 5; // the sequence number wraps around
  const second = (start + login.length) >>> 0;
  const found = best(
    Buffer.concat([head, packet(second, status), packet(start, login), packet(start, login)]),
  );
  assert.deepEqual([found.kind, found.bytes], ['capture', login.length + status.length]);
  assert.equal(found.guesses[0]?.profile, 'gt06');
});

test('the time is bounded for any bytes', () => {
  for (const bytes of [Buffer.alloc(2 ** 20), Buffer.alloc(2 ** 20, 1), Buffer.alloc(2 ** 20, '0a')]) {
    const began = process.cpuUsage();
    best(bytes);
    assert.ok(process.cpuUsage(began).user < 20e6);
  }
});
