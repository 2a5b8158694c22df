import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';
import { coreErrors } from '@fairlead/core';
import { ByteSink } from '@fairlead/tcp';
import { type Message, messageJson, messagePack, messageTypes } from '../src/index.ts';

const codecs = { json: messageJson(), pack: messagePack() };
const metadata = {
  messageId: 'm',
  timestamp: 1.5,
  messageType: messageTypes[0],
  priority: 2,
  source: 's',
  destination: null,
  correlationId: null,
} satisfies Message['metadata'];

function reason(codec: 'json' | 'pack', data: unknown): string | undefined {
  try {
    codecs[codec].encoder().encode({ metadata, data }, new ByteSink());
    return undefined;
  } catch (error) {
    const { code, details } = error as { code: string; details: { reason: string } };
    assert.equal(code, 'MESSAGE_NOT_ENCODABLE');
    return details.reason;
  }
}

class Reading {
  celsius = 21.5;
}
class Empty {}
class NamedError extends Error {
  readonly unit = 'C';
}
function* counting() {
  yield 1;
}

describe('values that would arrive as something else without a word', () => {
  const both: [string, unknown][] = [
    ['a Map', new Map([[1, 2]])],
    ['a Set', new Set([1])],
    ['a WeakMap', new WeakMap()],
    ['a WeakSet', new WeakSet()],
    ['an Error', new Error('lost')],
    ['a NamedError', new NamedError('lost')],
    ['a RegExp', /x/],
    ['a Promise', Promise.resolve(1)],
    ['a Number', new Number(1)],
    ['a String', new String('x')],
    ['an ArrayBuffer', new ArrayBuffer(2)],
    ['an invalid Date', new Date(Number.NaN)],
    ['a function', () => 1],
    ['a function', Reading],
    ['a symbol', Symbol('x')],
    ['an Empty without fields of its own', new Empty()],
    ['an AbortController without fields of its own', new AbortController()],
  ];
  for (const [what, value] of both)
    it(`${what} is refused with its place`, () => {
      for (const codec of ['json', 'pack'] as const) {
        assert.match(
          reason(codec, { a: [1, { b: value }] }) ?? '',
          new RegExp(`^${what} at data\\.a\\[1\\]\\.b,`),
        );
        assert.match(reason(codec, value) ?? '', new RegExp(`^${what} at data,`));
      }
    });

  it('what only one of the formats has is refused by the other', () => {
    for (const view of [
      new Uint8Array(2),
      Buffer.from('x'),
      new Float64Array(2),
      new DataView(new ArrayBuffer(2)),
    ])
      assert.match(reason('json', { view }) ?? '', /^bytes \(\w+\) at data\.view, which JSON does not have$/);
    for (const view of [new Uint16Array(2), new Float64Array(2), new DataView(new ArrayBuffer(2))])
      assert.match(reason('pack', { view }) ?? '', /Array|DataView at data\.view, which MessagePack/);
    assert.match(reason('json', [1n]) ?? '', /^a bigint at data\[0\]/);
    assert.match(reason('json', { u: [Number.NaN] }) ?? '', /^NaN at data\.u\[0\]/);
    assert.match(
      reason('pack', { u: [2n ** 64n] }) ?? '',
      /^an integer of more than 64 bits at data\.u\[0\]/,
    );
    assert.match(reason('pack', ['\ud800']) ?? '', /surrogate.* at data\[0\]/);
    assert.match(
      reason('pack', { url: new URL('http://x/') }) ?? '',
      /^a URL without fields of its own at data\.url/,
    );
    assert.match(reason('json', { all: counting() }) ?? '', /at data\.all/);
  });

  it('plain values, dates and objects with fields are sent', () => {
    const plain = {
      a: null,
      b: [1, 'x', true, undefined],
      date: new Date(0),
      empty: {},
      none: [],
      reading: new Reading(),
    };
    for (const codec of ['json', 'pack'] as const) {
      assert.equal(reason(codec, plain), undefined);
      assert.equal(reason(codec, Object.create(null)), undefined);
      assert.equal(reason(codec, undefined), undefined);
    }
    for (const codec of ['json', 'pack'] as const)
      assert.equal(reason(codec, runInNewContext('({ a: {} })')), undefined);
    // It says itself what it is in JSON.
    assert.equal(reason('json', coreErrors.error('ABORTED')), undefined);
    assert.equal(reason('json', { url: new URL('http://x/') }), undefined);
    assert.equal(reason('pack', { picture: Buffer.from('x'), wide: 2n ** 60n, none: Number.NaN }), undefined);
  });
});
