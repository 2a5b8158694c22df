import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Codec, Deframer } from '@fairlead/tcp';
import { assertLinear } from '@fairlead/testkit';
import {
  type Incoming,
  type Message,
  messageJson,
  messagePack,
  ReceivedMessage,
  RefusedMessage,
} from '../src/index.ts';
import { scanJson } from '../src/json-scan.ts';
import { checkPack } from '../src/pack-check.ts';

const jsonHead =
  '{"metadata":{"message_id":"m","timestamp":1,"message_type":"data","priority":2,"source":"s"},"data":';
const packHead = Buffer.from(
  '82a86d6574616461746185aa6d6573736167655f6964a16da974696d657374616d7001ac6d6573736167655f74797065a464617461' +
    'a87072696f7269747902a6736f75726365a173a464617461',
  'hex',
);

function framed(...parts: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

const jsonOf = (item: string, count: number) =>
  framed(jsonHead, '[', Array.from({ length: count }, () => item).join(), ']}');

function packOf(item: Buffer, count: number): Buffer {
  const list = Buffer.from([0xdd, 0, 0, 0, 0]);
  list.writeUInt32BE(count, 1);
  return framed(packHead, list, Buffer.alloc(item.length * count, item));
}

function one(codec: Codec<Incoming, Message>, bytes: Buffer): Incoming {
  const [message, ...others] = new Deframer(codec.decoder(), codec.name).push(bytes);
  assert.equal(others.length, 0);
  return message as Incoming;
}

function refusal(codec: Codec<Incoming, Message>, bytes: Buffer): string {
  const message = one(codec, bytes);
  assert.ok(message instanceof RefusedMessage, 'it was read');
  assert.equal(message.error.code, 'MESSAGE_INVALID');
  return message.error.message;
}

function memoryOf(codec: Codec<Incoming, Message>, bytes: Buffer): number {
  const message = one(codec, bytes);
  assert.ok(message instanceof ReceivedMessage, (message as RefusedMessage).error?.message);
  assert.ok(message.memory >= message.size);
  return message.memory;
}

describe('the memory of a message', () => {
  it('is refused beyond 16 MiB, although the bytes on the wire are few', () => {
    const tooMuch = /would occupy more than 16777216 bytes/;
    for (const item of ['[]', '{}', '[[]]'])
      assert.match(refusal(messageJson(), jsonOf(item, Math.floor(1_000_000 / (item.length + 1)))), tooMuch);
    assert.match(refusal(messageJson(), jsonOf('{"a":{}}', 110_000)), tooMuch);
    for (const item of ['80', '90', '9190', '81a161c0', 'c400', 'd6ff00000000'])
      assert.match(
        refusal(messagePack(), packOf(Buffer.from(item, 'hex'), Math.floor(2_000_000 / item.length))),
        tooMuch,
      );
  });

  it('is estimated by the kind of values, and the metadata counts too', () => {
    const [few, many] = [1_000, 2_000];
    const each = (codec: Codec<Incoming, Message>, of: (count: number) => Buffer) =>
      Math.round((memoryOf(codec, of(many)) - memoryOf(codec, of(few))) / (many - few));
    const pack = (hex: string) => each(messagePack(), (count) => packOf(Buffer.from(hex, 'hex'), count));
    const json = (item: string) => each(messageJson(), (count) => jsonOf(item, count));
    assert.deepEqual(['80', '90', 'c0', 'a161', 'c400', '81a161c0'].map(pack), [65, 65, 9, 34, 106, 124]);
    assert.deepEqual(['{}', '[]', '1', '"a"'].map(json), [75, 75, 10, 44]);
  });

  it('is the same for a short message, which is not scanned before it is parsed', () => {
    const metadata = `"destination":"d","correlation_id":null`;
    for (const data of ['1', '"text"', '[]', '{"a":[1,"b",{}],"c":null}', '[[[1],[2]],{"d":{"e":true}}]']) {
      const text = `${jsonHead.replace('},"data"', `,${metadata}},"data"`)}${data}}`;
      assert.equal(memoryOf(messageJson(), framed(text)), scanJson(Buffer.from(text), 2 ** 20) + 4, data);
    }
  });

  it('is bounded for a short message, too: deep nesting needs many bytes', () => {
    const nested = (levels: number) => framed(jsonHead, '['.repeat(levels), ']'.repeat(levels), '}');
    for (let levels = 150; levels < 255; levels++) memoryOf(messageJson(), nested(levels));
    for (const levels of [256, 300, 100_000])
      assert.match(refusal(messageJson(), nested(levels)), /nested deeper than 256 levels/);
  });

  it('lets large messages of plain numbers, of text and of bytes through', () => {
    memoryOf(messageJson(), jsonOf('7', 500_000));
    memoryOf(messageJson(), jsonOf('123.456', 120_000));
    memoryOf(messageJson(), framed(jsonHead, `"${',[{'.repeat(300_000)}"}`));
    memoryOf(messagePack(), packOf(Buffer.from('07', 'hex'), 1_000_000));
    memoryOf(messagePack(), framed(packHead, Buffer.from('c6000f0000', 'hex'), Buffer.alloc(0x0f0000)));
  });

  it('grows with the largest message that is allowed', () => {
    assert.equal(one(messageJson({ max: '2MiB' }), jsonOf('[]', 300_000)) instanceof ReceivedMessage, true);
  });

  it('is looked at in time linear in what a stranger sends', async () => {
    const max = 2 ** 30;
    for (const text of ['["\\\\",{}]', '"\\', '"', '[]'])
      await assertLinear(
        100_000,
        (size) => Buffer.alloc(size, text),
        (bytes) => scanJson(bytes, max),
      );
    await assertLinear(
      70_000,
      (size) => packOf(Buffer.from('9281a16180a162', 'hex'), size / 7).subarray(4),
      (bytes) => checkPack(bytes, max),
    );
  });
});

describe('MessagePack extensions', () => {
  const read = (hex: string) => one(messagePack(), framed(packHead, Buffer.from(hex, 'hex')));
  const valid: [string, string][] = [
    ['d6ff00000001', '1970-01-01T00:00:01.000Z'],
    ['d7ff0000000000000002', '1970-01-01T00:00:02.000Z'],
    ['d7ffee6b27fc00000000', '1970-01-01T00:00:00.999Z'],
    ['c70cff00000000ffffffffffffffff', '1969-12-31T23:59:59.000Z'],
    ['c704ff00000003', '1970-01-01T00:00:03.000Z'],
    ['c70cff00000000000007dba8218000', '+275760-09-13T00:00:00.000Z'],
  ];
  for (const [hex, date] of valid)
    it(`read ${hex} as ${date}`, () => {
      const message = read(hex);
      assert.ok(message instanceof ReceivedMessage);
      assert.deepEqual(message.data, new Date(date));
    });

  const refused: [string, RegExp][] = [
    ['d40100', /extension type 1 is not known/],
    ['d48000', /extension type -128 is not known/],
    ['c70005', /extension type 5 is not known/],
    ['d4ff00', /a timestamp cannot have 1 bytes/],
    ['c700ff', /a timestamp cannot have 0 bytes/],
    ['d8ff00000000000000000000000000000000', /a timestamp cannot have 16 bytes/],
    ['d7ffee6b280000000000', /1000000000 nanoseconds/],
    ['c70cffffffffff0000000000000000', /4294967295 nanoseconds/],
    ['c70cff000000007fffffffffffffff', /outside the range of dates/],
    ['c70cff000000008000000000000000', /outside the range of dates/],
    ['c70cff00000001000007dba8218000', /outside the range of dates/],
  ];
  for (const [hex, reason] of refused)
    it(`are refused with their place: ${hex}`, () => {
      const message = read(hex);
      assert.ok(message instanceof RefusedMessage, 'it was read');
      assert.equal(message.error.code, 'MESSAGE_INVALID');
      assert.match(message.error.message, reason);
      assert.match(message.error.message, new RegExp(`byte ${packHead.length} of the message`));
    });
});
