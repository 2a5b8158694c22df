import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codecSuite } from '@fairlead/testkit';
import { ByteSink, Deframer, json, length, line } from '../../src/index.ts';

const utf8 = (text: string): string => Buffer.from(text).toString('hex');

codecSuite('json', json({ max: 40 }), [
  {
    note: 'glued',
    hex: utf8('{"a":1}{"b":[2]}[3]'),
    frames: [{ json: { a: 1 } }, { json: { b: [2] } }, { json: [3] }],
  },
  {
    note: 'white space between',
    hex: utf8(' \r\n{"a":1}\n\t[ ] \n'),
    frames: [{ json: { a: 1 } }, { json: [] }],
  },
  { note: 'brackets in strings', hex: utf8('{"}":"]\\"}"}'), frames: [{ json: { '}': ']"}' } }] },
  { note: 'escaped backslash at the end', hex: utf8('["\\\\"]'), frames: [{ json: ['\\'] }] },
  { note: 'multibyte', hex: utf8('{"ä":"€"}'), frames: [{ json: { ä: '€' } }] },
  { note: 'as long as allowed', hex: utf8(`["${'x'.repeat(36)}"]`), frames: [{ json: ['x'.repeat(36)] }] },
  { note: 'one too many', hex: utf8(`["${'x'.repeat(37)}"]`), frames: [], error: 'FRAME_TOO_LARGE' },
  {
    note: 'brackets that do not match',
    hex: utf8('{"a":1}{]'),
    frames: [{ json: { a: 1 } }],
    error: 'FRAME_JSON_INVALID',
  },
  { note: 'a number', hex: utf8('12'), frames: [], error: 'FRAME_JSON_INVALID' },
  { note: 'not UTF-8', hex: '5b22ff225d', frames: [], error: 'FRAME_JSON_INVALID' },
  { note: 'cut off', hex: utf8('{"a":'), frames: [], error: 'FRAME_TRUNCATED' },
]);

codecSuite('json(length)', json(length({ bytes: 2 })), [
  { hex: `0007${utf8('{"a":1}')}`, frames: [{ json: { a: 1 } }] },
  { note: 'any value', hex: `0004${utf8('null')}`, frames: [{ json: null }] },
  { note: 'nothing', hex: '0000', frames: [], error: 'FRAME_JSON_INVALID' },
]);
codecSuite('json(line)', json(line()), [
  { hex: utf8('{"a":1}\r\n"b"\n'), frames: [{ json: { a: 1 } }, { text: 'b' }] },
]);

describe('json', () => {
  const refuses = (message: unknown, reason: RegExp, codec = json(length())): void => {
    const sink = new ByteSink();
    assert.throws(() => codec.encoder().encode(message, sink), {
      code: 'MESSAGE_NOT_ENCODABLE',
      message: reason,
    });
    assert.equal(sink.length, 0);
  };

  it('refuses to send what JSON cannot hold, and says where it stands', () => {
    refuses({ data: { list: [1, Number.NaN] } }, /NaN at data\.list\[1\]/);
    refuses([Number.POSITIVE_INFINITY], /Infinity at \[0\]/);
    refuses(Number.NaN, /NaN at the top/);
    refuses(undefined, /undefined/);
    refuses(1n, /BigInt/i);
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    refuses(cycle, /circular/i);
  });

  it('sends null where it is meant', () => {
    const sink = new ByteSink();
    json()
      .encoder()
      .encode({ a: null, when: new Date(0) }, sink);
    assert.equal(String(sink.flush()), '{"a":null,"when":"1970-01-01T00:00:00.000Z"}');
  });

  it('sends objects and arrays only where values follow one another', () => {
    refuses('text', /objects and arrays/, json());
    refuses(null, /objects and arrays/, json());
  });

  it('refuses nesting that would overflow the stack of whoever walks it', () => {
    const deep = Buffer.from('['.repeat(100_000) + ']'.repeat(100_000));
    const stream = new Deframer(json().decoder(), 'json');
    assert.deepEqual(stream.push(deep), []);
    assert.match(String(stream.failure?.message), /nested deeper than 256/);
    const framed = new Deframer(json(length()).decoder(), 'json');
    const header = Buffer.alloc(4);
    header.writeUInt32BE(deep.length);
    framed.push(Buffer.concat([header, deep]));
    assert.equal(framed.failure?.code, 'FRAME_JSON_INVALID');
  });

  it('looks at each byte once', () => {
    const codec = new Deframer(json().decoder(), 'json');
    const started = process.cpuUsage();
    for (let i = 0; i < 200_000; i++) codec.push(Buffer.from(i === 0 ? '[' : ' '));
    assert.deepEqual(codec.push(Buffer.from(']')), [[]]);
    // Looking again at every byte would take 20,000,000,000 steps.
    assert.ok(process.cpuUsage(started).user < 5_000_000);
  });
});
