/** The two protocols of the gateway: well-behaved devices of each, and what attackers use. */
import type { Protocol } from '@fairlead/gateway';
import type { Arsenal } from './attacks.ts';
import type { Dialect } from './good-device.ts';
import { gt06, type Known, known } from './world.ts';

export interface Setting {
  readonly protocol: Protocol;
  /** Stay connected through all rounds. */
  readonly dialects: readonly Dialect[];
  /** Comes, says what it has to say, and closes, in every round. */
  readonly visitor: Dialect;
  /** Devices whose tokens attackers have, and sub-devices. */
  readonly others: readonly Known[];
  readonly arsenal: Arsenal;
}

// --- official --------------------------------------------------------------------------------------------------------

/** Written by hand, not by the codec that is under test. */
function packet(type: number, command: number, payload: string): Buffer {
  const body = Buffer.from(payload);
  const head = Buffer.from([0x54, 0x50, type, command, 0, 0, 0, 0]);
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
}

export function officialSetting(): Setting {
  const plain = (name: string, fields: Parameters<typeof known>[2] = {}): Dialect => {
    const self = known('official', name, fields);
    return {
      ...self,
      hello: packet(0, 0, self.token),
      message: (n, random) =>
        Buffer.concat([
          ...(random.chance(0.2) ? [packet(1, 0, '')] : []),
          packet(0, n % 5 === 4 ? 2 : 1, `{"n":${n}}`),
        ]),
      expected: (n) => [[`devices/${name}/${n % 5 === 4 ? 'events' : 'attributes'}`, `{"n":${n}}`]],
    };
  };
  const gateway = known('official', 'good-gateway', { type: 'gateway' });
  const victims = [
    known('official', 'victim-plain'),
    known('official', 'victim-answered', { profile: { authReply: '06', ack: '07', heartbeatEcho: true } }),
    known('official', 'victim-gateway', { type: 'gateway' }),
    known('official', 'victim-imported', { token: 'imported' }),
  ];
  const seeds = [
    packet(0, 1, '{"a":1,"b":[true,null,"x"]}'),
    packet(0, 2, '{"method":"m","params":{"b":0}}'),
    packet(0, 1, '{"one":{"a":1},"two":{"b":2},"three":3}'),
    packet(0, 1, '{"__proto__":{"a":1},"constructor":{"prototype":{}}}'),
    packet(0, 1, '[1]'),
    packet(0, 1, ''),
    packet(1, 0, 'anything'),
    packet(0, 3, '{}'),
    packet(7, 9, '\ud83d\ude00'),
    packet(0, 0, 'unknown'),
    packet(0, 1, `${'['.repeat(300)}${']'.repeat(300)}`),
    packet(0, 1, `${'{"a":'.repeat(500)}1${'}'.repeat(500)}`),
    Buffer.from([0x54, 0x50, 0, 1, 0xff, 0xff, 0xff, 0xff]),
  ];
  return {
    protocol: 'official',
    dialects: [
      plain('good-plain'),
      {
        ...plain('good-answered', { profile: { authReply: '06', ack: '0707' } }),
        owed: { auth: 1, message: 2 },
      },
      {
        ...gateway,
        hello: packet(0, 0, gateway.token),
        message: (n) => packet(0, 1, `{"one":{"n":${n}},"nobody":{"n":0},"two":{"n":${-n}}}`),
        expected: (n) => [
          ['devices/good-one/attributes', `{"n":${n}}`],
          ['devices/good-two/attributes', `{"n":${n === 0 ? 0 : -n}}`],
        ],
      },
    ],
    visitor: plain('good-visitor'),
    others: [
      known('official', 'good-one', { type: 'sub', parent: 'good-gateway', address: 'one' }),
      known('official', 'good-two', { type: 'sub', parent: 'good-gateway', address: 'two' }),
      known('official', 'sub-one', { type: 'sub', parent: 'victim-gateway', address: 'one' }),
      ...victims,
    ],
    arsenal: { hellos: victims.map(({ token }) => packet(0, 0, token)), seeds },
  };
}

// --- custom ----------------------------------------------------------------------------------------------------------

const GOOD_SCRIPT = `export function uplink(bytes) { return { values: { n: bytes[0] * 256 + bytes[1] } }; }`;
const ENCODE_INP = `function encodeInp(msg, topic) { return '{"n":' + JSON.parse(String.fromCharCode(...msg)).n + '}'; }`;
/** Does what the first byte says, and nothing of it well. */
const NASTY_SCRIPT = `
let kept = [];
export function uplink(bytes) {
  switch (bytes[0] & 31) {
    case 1: throw new Error('no');
    case 2: throw { toString() { throw 1; } };
    case 3: return { values: 5 };
    case 4: return [{ values: { a: 1 } }, null, { values: { b: 2 }, kind: 'nothing' }];
    case 5: { const loop = {}; loop.loop = loop; return { values: loop }; }
    case 6: return { values: { a: 'x'.repeat(3e6) } };
    case 7: return { values: { a: 1 }, reply: new Uint8Array(2e6) };
    case 8: return { values: { a: 1 }, reply: 'hello' };
    case 9: return new Proxy({}, { get() { throw 2; } });
    case 10: return { values: { get a() { throw 3; } } };
    case 11: return { values: { a: 10n } };
    case 12: return Promise.resolve({ values: {} });
    case 13: kept.push(new Array(1e5).fill(1)); return;
    case 14: return { values: { time: 1 }, time: NaN };
    case 15: if (bytes.length % 16 === 0) for (;;);
    default: return { values: { length: bytes.length } };
  }
}`;

export function customSetting(): Setting {
  const good = (
    name: string,
    fields: Parameters<typeof known>[2],
    hello: (token: string) => string,
    message: (n: number) => Buffer,
    expected: Dialect['expected'],
  ): Dialect => {
    const self = known('custom', name, fields);
    return { ...self, hello: Buffer.from(hello(self.token)), message, expected };
  };
  const raw = (name: string, text: (n: number) => string): Dialect['expected'] => {
    return (n) => [[`devices/${name}/raw`, text(n)]];
  };
  const reading =
    (name: string): Dialect['expected'] =>
    (n) => [[`devices/${name}/attributes`, `{"n":${n % 65_536}}`]];
  const counted = (n: number) => Buffer.from([0, 2, (n >> 8) & 255, n & 255]);
  const lines = (n: number) => Buffer.from(`line ${n}\r\n`);
  const victims = [
    known('custom', 'victim-raw'),
    known('custom', 'victim-nasty', { profile: { uplink: NASTY_SCRIPT, ack: '06' } }),
    known('custom', 'victim-nasty-lines', { profile: { uplink: NASTY_SCRIPT, framing: 'line:300' } }),
    known('custom', 'victim-json', { profile: { framing: 'json', authReply: '06' } }),
    known('custom', 'victim-gateway', { type: 'gateway', profile: { uplink: GOOD_SCRIPT } }),
    known('custom', 'victim-gt06', { profile: gt06() }),
    known('custom', 'victim-broken', { profile: { uplink: 'export function uplink( {' } }),
    known('custom', 'victim-imported', { token: 'an imported token', profile: { framing: 'length:2' } }),
  ];
  const nasty = Array.from({ length: 16 }, (_, i) => Buffer.alloc(1 + i * 3, i));
  return {
    protocol: 'custom',
    dialects: [
      {
        ...good(
          'good-raw',
          {},
          (token) => `${token}\r\n`,
          (n) => Buffer.from(`<${n}>`),
          raw('good-raw', (n) => `<${n}>`),
        ),
        stream: true,
      },
      good(
        'good-lines',
        { profile: { framing: 'line' } },
        (token) => token,
        lines,
        raw('good-lines', (n) => `line ${n}`),
      ),
      good(
        'good-script',
        { profile: { framing: 'length:2', uplink: GOOD_SCRIPT } },
        (token) => token,
        counted,
        reading('good-script'),
      ),
      {
        ...good(
          'good-inp',
          {
            token: 'imported-and-good',
            profile: { framing: 'json', uplink: ENCODE_INP, ack: '06', authReply: '15' },
          },
          (token) => `${token}\n`,
          (n) => Buffer.from(`{"n":${n % 65_536}}\n`),
          reading('good-inp'),
        ),
        owed: { auth: 1, message: 1 },
      },
    ],
    visitor: good(
      'good-visitor',
      { profile: { framing: 'length:2', uplink: GOOD_SCRIPT } },
      (token) => `${token}\n`,
      counted,
      reading('good-visitor'),
    ),
    others: victims,
    arsenal: {
      hellos: victims.map(({ token }) => Buffer.from(token.startsWith('fl_') ? token : `${token}\n`)),
      seeds: [
        ...nasty,
        ...nasty.map((bytes) => Buffer.concat([bytes, Buffer.from('\n')])),
        Buffer.from('787811010863586038760942a0010000010aa4000d0a', 'hex'),
        Buffer.from('{"a":1}[2]\n\0\x02ab'),
        Buffer.from('\r\n\r'),
      ],
    },
  };
}
