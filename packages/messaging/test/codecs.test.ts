import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ByteSink, type Codec, Deframer } from '@fairlead/tcp';
import { codecSuite, readVectors, type ShownFrame, showFrame } from '@fairlead/testkit';
import fc from 'fast-check';
import {
  type Incoming,
  type Message,
  type MessageMetadata,
  messageJson,
  messagePack,
  messageTypes,
  ReceivedMessage,
  RefusedMessage,
} from '../src/index.ts';

const folder = new URL('../vectors/', import.meta.url);
const codecs = { json: messageJson(), pack: messagePack() };

/** A received message without what only a server adds; a refused one by its code and place. */
function show(frame: Incoming): ShownFrame {
  if (frame instanceof RefusedMessage)
    return { json: { refused: frame.error.code, path: frame.error.details.path ?? null } };
  const { metadata, data, size } = frame;
  return showFrame({ metadata, data, size });
}

for (const [name, codec] of Object.entries(codecs)) {
  const valid = await readVectors(new URL(`${name}.json`, folder));
  // Sent back it may have another size: white space, optional keys.
  const withoutSize = (shown: ShownFrame) =>
    'json' in shown ? { json: { ...(shown.json as object), size: 0 } } : shown;
  codecSuite(valid.name, codec, valid.vectors, { show, message: false, runs: 50 });
  codecSuite(
    `${valid.name}, sent back`,
    codec,
    valid.vectors.map((vector) => ({ ...vector, frames: vector.frames.map(withoutSize) })),
    { show: (frame) => withoutSize(show(frame)), message: (frame) => frame as Message, runs: 10 },
  );
  const refused = await readVectors(new URL(`${name}-refused.json`, folder));
  codecSuite(refused.name, codec, refused.vectors, { show, message: false, runs: 20 });
}

const metadata: MessageMetadata = {
  messageId: 'tcp_1795159314298045',
  timestamp: 1795159314.298045,
  messageType: 'data',
  priority: 2,
  source: 'plc-7',
  destination: null,
  correlationId: null,
};

function sent(codec: Codec<Incoming, Message>, message: Message): Buffer {
  const sink = new ByteSink();
  codec.encoder().encode(message, sink);
  return Buffer.concat(sink.flush());
}

function received(codec: Codec<Incoming, Message>, bytes: Buffer): Incoming[] {
  const deframer = new Deframer(codec.decoder(), codec.name);
  const frames = deframer.push(bytes);
  if (deframer.failure !== undefined) throw deframer.failure;
  return frames;
}

function one(codec: Codec<Incoming, Message>, bytes: Buffer): ReceivedMessage {
  const [message, ...others] = received(codec, bytes);
  assert.ok(message instanceof ReceivedMessage && others.length === 0);
  return message;
}

const anyMetadata: fc.Arbitrary<MessageMetadata> = fc.record(
  {
    messageId: fc.string({ unit: 'grapheme' }),
    timestamp: fc.double({ noNaN: true, min: -1e12, max: 1e12 }).map((value) => value + 0),
    messageType: fc.constantFrom(...messageTypes),
    priority: fc.constantFrom(1, 2, 3, 4),
    source: fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
    destination: fc.option(fc.string()),
    correlationId: fc.option(fc.string()),
  },
  { noNullPrototype: true },
);

describe('messageJson()', () => {
  const codec = codecs.json;

  it('writes the head that other programs write', () => {
    const bytes = sent(codec, { metadata, data: 'x'.repeat(60) });
    assert.equal(bytes.readUInt32BE(0), bytes.length - 4);
    assert.equal(bytes.subarray(4, 16).toString('hex'), '7b226d65746164617461223a');
    assert.deepEqual(Object.keys(JSON.parse(bytes.subarray(4).toString()).metadata), [
      'message_id',
      'timestamp',
      'message_type',
      'priority',
      'source',
      'destination',
      'correlation_id',
    ]);
  });

  it('writes whole seconds with a fraction', () => {
    const text = sent(codec, { metadata: { ...metadata, timestamp: 12 }, data: 0 }).toString();
    assert.match(text, /"timestamp":12\.0,/);
  });

  it('gives back what was sent', () => {
    fc.assert(
      fc.property(anyMetadata, fc.jsonValue(), (metadata, data) => {
        const bytes = sent(codec, { metadata, data });
        const message = one(codec, bytes);
        assert.deepEqual(message.metadata, metadata);
        assert.deepEqual(message.data, JSON.parse(JSON.stringify(data)));
        assert.equal(message.size, bytes.length);
      }),
    );
  });

  it('sends large messages whole', () => {
    const data = 'ü'.repeat(100_000);
    const message = one(codec, sent(codec, { metadata, data }));
    assert.equal(message.data, data);
  });

  it('says where a value stands that JSON cannot hold', () => {
    const refusal = (data: unknown) => {
      try {
        sent(codec, { metadata, data });
      } catch (error) {
        return error as { code: string; details: { reason: string } };
      }
      throw new Error('it was sent');
    };
    for (const [data, place] of [
      [Number.NaN, /NaN at data,/],
      [{ a: [1, { b: Number.POSITIVE_INFINITY }] }, /^Infinity at data\.a\[1\]\.b,/],
      [[null, -Infinity], /^-Infinity at data\[1\],/],
      [new Uint8Array(2), /bytes \(Uint8Array\) at data/],
      [{ n: 1n }, /a bigint at data\.n/],
      [() => 1, /a function at data/],
      ['x'.repeat(2 ** 20), /the limit is 1048576/],
    ] as const) {
      const { code, details } = refusal(data);
      assert.equal(code, 'MESSAGE_NOT_ENCODABLE');
      assert.match(details.reason, place);
    }
    const cycle: unknown[] = [];
    cycle.push(cycle);
    assert.equal(refusal(cycle).code, 'MESSAGE_NOT_ENCODABLE');
  });

  it('sends undefined as null, and null where it stands', () => {
    assert.equal(one(codec, sent(codec, { metadata, data: undefined })).data, null);
    const data = { a: null, b: [null], date: new Date(0) };
    assert.deepEqual(one(codec, sent(codec, { metadata, data })).data, {
      a: null,
      b: [null],
      date: '1970-01-01T00:00:00.000Z',
    });
  });

  it('refuses a length above the limit before it has the bytes', () => {
    assert.throws(() => received(messageJson({ max: 100 }), Buffer.from('00000065', 'hex')), {
      code: 'FRAME_TOO_LARGE',
    });
    assert.throws(() => messageJson({ maxx: 1 } as object), { code: 'OPTION_UNKNOWN' });
  });

  it('looks at hostile text once', () => {
    const started = performance.now();
    for (const text of ['"\\'.repeat(500_000), `{"a":${'"'.repeat(900_000)}NaN`, 'N'.repeat(1_000_000)]) {
      const body = Buffer.from(text);
      const head = Buffer.alloc(4);
      head.writeUInt32BE(body.length);
      const [frame] = received(codec, Buffer.concat([head, body]));
      assert.ok(frame instanceof RefusedMessage);
    }
    // Quadratic work would take minutes.
    assert.ok(performance.now() - started < 5_000);
  });
});

describe('messagePack()', () => {
  const codec = codecs.pack;
  const back = (data: unknown) => one(codec, sent(codec, { metadata, data })).data;

  it('gives back what was sent', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, false),
        fc.double().filter((n) => !Object.is(n, -0)), // the sign of zero is lost, as in JSON
        fc.maxSafeInteger(),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
        fc.string(),
        fc.uint8Array(),
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(
          fc.string().filter((key) => key !== '__proto__'),
          tie('any'),
          { maxKeys: 4, noNullPrototype: true },
        ),
      ),
    })).any;
    fc.assert(
      fc.property(anyMetadata, value, (metadata, data) => {
        const message = one(codec, sent(codec, { metadata, data }));
        assert.deepEqual(message.metadata, metadata);
        assert.deepEqual(message.data, data);
      }),
    );
  });

  it('keeps bytes, dates, wide integers and numbers that are not finite', () => {
    assert.deepEqual(back(Buffer.from([1, 2])), new Uint8Array([1, 2]));
    assert.deepEqual(back(new Date(1_795_159_314_298)), new Date(1_795_159_314_298));
    assert.equal(back(2n ** 60n), 2n ** 60n);
    assert.equal(back(2 ** 52), 2 ** 52);
    assert.ok(Number.isNaN(back(Number.NaN)));
    assert.equal(back(undefined), null);
  });

  it('refuses to send what it cannot hold', () => {
    for (const data of [2n ** 64n, () => 1, new Uint8Array(2 ** 20)])
      assert.throws(() => sent(codec, { metadata, data }), { code: 'MESSAGE_NOT_ENCODABLE' });
    const cycle: unknown[] = [];
    cycle.push(cycle);
    assert.throws(() => sent(codec, { metadata, data: cycle }), { code: 'MESSAGE_NOT_ENCODABLE' });
  });

  it('takes no memory that a frame only claims', () => {
    // 200,000 nested lists, each of which claims a million items: what they claim would be 1.6 TB.
    const body = Buffer.alloc(1_000_000);
    for (let at = 0; at < body.length; at += 5) body.set([0xdd, 0x00, 0x0f, 0x00, 0x00], at);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(body.length);
    const before = process.memoryUsage.rss();
    const [frame] = received(codec, Buffer.concat([head, body]));
    assert.ok(frame instanceof RefusedMessage && frame.error.code === 'MESSAGE_INVALID');
    assert.ok(process.memoryUsage.rss() - before < 2 ** 26);
  });
});

describe('a time for each message', () => {
  const timed = { json: messageJson({ frameTimeout: '1s' }), pack: messagePack({ frameTimeout: '1s' }) };
  for (const [name, codec] of Object.entries(timed))
    it(`skips what is not complete in time, and reads on (${name})`, () => {
      const deframer = new Deframer(codec.decoder(), codec.name);
      const bytes = sent(codec, { metadata, data: 'whole' });
      assert.deepEqual(deframer.push(bytes.subarray(0, 20)), []);
      assert.equal(deframer.frameTimeout, 1_000);
      assert.deepEqual(deframer.overdue(), []);
      const [message] = deframer.push(bytes);
      assert.ok(message instanceof ReceivedMessage);
      assert.equal(message.data, 'whole');
      const { skipped, timedOut, reason } = deframer.noise;
      assert.deepEqual([skipped, timedOut, reason?.code], [20, 1, 'FRAME_TIMEOUT']);
    });

  it('is none by default', () => {
    for (const codec of Object.values(codecs))
      assert.equal(new Deframer(codec.decoder(), codec.name).frameTimeout, undefined);
  });
});
