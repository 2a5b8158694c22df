import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import fc from 'fast-check';
import { lines } from '../../src/client/lines.ts';
import { serverEvents } from '../../src/client/server-events.ts';

async function* cut(bytes: Uint8Array, at: readonly number[]): AsyncGenerator<Uint8Array> {
  const cuts = [0, ...at.map((n) => n % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  for (let i = 1; i < cuts.length; i++) yield bytes.subarray(cuts[i - 1], cuts[i]);
}

test('lines are the same however the bytes are cut', async () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, ''));
  await fc.assert(
    fc.asyncProperty(
      fc.array(line),
      fc.constantFrom('\n', '\r\n'),
      fc.array(fc.nat()),
      async (texts, end, at) => {
        const bytes = new TextEncoder().encode(texts.map((text) => text + end).join(''));
        assert.deepEqual(await Array.fromAsync(lines(cut(bytes, at), 'x')), texts);
      },
    ),
  );
});

test('a line beyond the limit is refused before it is whole', async () => {
  await assert.rejects(Array.fromAsync(lines(cut(new Uint8Array(100).fill(65), [50]), 'x', 40)), (error) =>
    isFairleadError(error, 'SERVER_ANSWER_INVALID'),
  );
});

test('server-sent events: data over several lines, names, comments, fields without a value', async () => {
  const text = [
    ': alive',
    '',
    'data: one',
    'data:two',
    '',
    'event: missed',
    'data: 3',
    '',
    'event: empty',
    '',
    'id: 9',
    'data',
    '',
    'data: never ended',
  ];
  const events = await Array.fromAsync(
    serverEvents(
      (async function* () {
        yield* text;
      })(),
    ),
  );
  assert.deepEqual(events, [
    { event: 'message', data: 'one\ntwo' },
    { event: 'missed', data: '3' },
    { event: 'message', data: '' },
  ]);
});
