import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeAnswer,
  encodeAnswer,
  encodeRun,
  encodeText,
  MessageReader,
  messageType,
} from '../src/wire.ts';

test('answers come out the same, however the pipe cuts them', () => {
  const answers = fc.array(
    fc.record({ group: fc.nat(), text: fc.string({ unit: 'grapheme' }) }, { noNullPrototype: true }),
    {
      maxLength: 8,
    },
  );
  fc.assert(
    fc.property(answers, fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (list, sizes) => {
      const bytes = Buffer.concat(list.map(({ group, text }) => encodeAnswer(group, text)));
      const reader = new MessageReader();
      const seen: { group: number; text: string }[] = [];
      for (let at = 0; at < bytes.length; ) {
        const size = sizes.next().value as number;
        for (const message of reader.push(bytes.subarray(at, at + size))) seen.push(decodeAnswer(message));
        at += size;
      }
      assert.deepEqual(seen, list);
    }),
  );
});

test('a run is laid out as drawn', () => {
  const run = encodeRun(7, 3, '5 {}', [{ frames: [Uint8Array.of(1, 2)] }]);
  assert.equal(
    run.toString('hex'),
    ['1b000000', '01', '07000000', '03000000', '04000000', '35207b7d', '01000000', '02000000', '0102'].join(
      '',
    ),
  );
  const text = encodeText(messageType.load, 1, 2, 'é');
  assert.equal(text.toString('hex'), ['0b000000', '03', '01000000', '02000000', 'c3a9'].join(''));
});

test('a message that announces more than it may is refused before it is collected', () => {
  const reader = new MessageReader(100);
  const small = encodeAnswer(1, 'x'.repeat(90));
  assert.equal(reader.push(small).length, 1);
  assert.throws(() => reader.push(encodeAnswer(1, 'x'.repeat(97)).subarray(0, 4)), RangeError);
  // One that has not even a number.
  assert.throws(() => decodeAnswer(Buffer.alloc(3)), RangeError);
});
