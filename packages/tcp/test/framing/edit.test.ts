import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameEditor } from '../../src/framing/index.ts';

const rules = (...list: object[]): object => ({ rules: list });
const replaced = (from: string, to: string) => (content: Buffer) => {
  const at = content.indexOf(Buffer.from(from, 'hex'));
  if (at >= 0) content.write(to, at, 'hex');
};
const edit = (framing: string | object, hex: string, change: (content: Buffer) => void) =>
  new FrameEditor(framing).edit(Buffer.from(hex.replaceAll(' ', ''), 'hex'), change)?.toString('hex');

test('a changed frame gets a right checksum; one that is not changed stays as it is', () => {
  const sum = rules({
    kind: 'length',
    size: 1,
    strip: 0,
    checksum: { kind: 'sum8', from: 0, to: -1, at: -1 },
  });
  assert.equal(edit(sum, '03010206 03010206', replaced('0102', '0104')), '0301040803010408');
  assert.equal(
    edit(sum, '03010206', () => {}),
    '03010206',
  );
});

test('text checksums, and stripped bytes', () => {
  const nmea = rules({
    kind: 'delimiter',
    end: '0d0a',
    checksum: {
      kind: 'xor8',
      from: 1,
      to: { find: '2a', last: true },
      at: { find: '2a', last: true, plus: 1 },
      as: 'hex',
    },
  });
  const sentence = Buffer.from('$A,1*5C\r\n');
  const right = ((s: string) => [...s].reduce((sum, c) => sum ^ c.charCodeAt(0), 0).toString(16))('A,2');
  sentence.write(((s: string) => [...s].reduce((sum, c) => sum ^ c.charCodeAt(0), 0).toString(16))('A,1'), 5);
  const edited = new FrameEditor(nmea).edit(sentence, (content) => void content.write('2', 3));
  assert.equal(edited?.toString(), `$A,2*${right.toUpperCase()}\r\n`);
});

test('escaped content is changed before it is escaped', () => {
  const escaped = rules({
    kind: 'markers',
    start: '7e',
    end: '7e',
    escape: { byte: '7d', map: { '01': '7d', '02': '7e' } },
    checksum: { kind: 'xor8', over: 'content', to: -1, at: -1 },
  });
  // The new byte 7e is escaped, and so is the new checksum.
  assert.equal(edit(escaped, '7e 00 01 01 7e', replaced('0001', '007e')), '7e007d027d027e');
  const stripped = rules({
    kind: 'markers',
    start: '7e',
    end: '7e',
    strip: [0, 1],
    checksum: { kind: 'xor8', over: 'content', to: -1, at: -1 },
  });
  assert.equal(edit(stripped, '7e 00 01 01 7e', replaced('0001', '0002')), '7e0002027e');
});

test('bytes that are no frame, or would be none after the change, give nothing', () => {
  const framing = rules({
    match: { bytes: 'aa' },
    kind: 'fixed',
    size: 3,
    checksum: { kind: 'sum8', from: 0, to: -1, at: -1 },
  });
  assert.equal(
    edit({ ...framing, resync: {} }, 'bb', () => {}),
    undefined,
  );
  assert.equal(edit(framing, 'aa01ab', replaced('aa', 'ab')), undefined);
});
