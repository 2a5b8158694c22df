import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertLinear } from '@fairlead/testkit';
import { type Codec, Deframer, line, raw, refuseHttp } from '../../src/index.ts';

/** What a framing makes of bytes: the frames as text, then the code of the failure. */
function read(codec: Codec<unknown, never>, bytes: Buffer, size: number): string[] {
  const deframer = new Deframer(codec.decoder(), codec.name);
  const frames: unknown[] = [];
  for (let at = 0; at < bytes.length && deframer.failure === undefined; at += size)
    frames.push(...deframer.push(bytes.subarray(at, at + size)));
  if (deframer.failure === undefined) frames.push(...deframer.end());
  const failure = deframer.failure === undefined ? [] : [deframer.failure.code];
  return [...frames.map(String), ...failure];
}

const refused = {
  HTTP_REFUSED: [
    'POST / HTTP/1.1\r\nContent-Type: text/plain\r\n\r\nON\r\n',
    'GET /\r\nON\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nON\r\n',
    `POST /${'x'.repeat(60_000)} HTTP/1.1\r\n\r\nON\r\n`,
  ],
  TLS_UNEXPECTED: ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\nON\r\n'],
};
const admitted = ['ON\r\nOFF\r\n', ':GR#\r\n', '\r\n', 'GET temperature\r\n', 'POST /a\r\nON\r\n', 'ON', ''];

describe('refuseHttp', () => {
  it('keeps what the framing says about itself: the time of a begun frame, silence, what was passed over', () => {
    const decoder = refuseHttp(line({ frameTimeout: '2s' })).decoder();
    assert.equal(decoder.frameTimeout, 2_000);
    const deframer = new Deframer(decoder, 'line');
    assert.deepEqual(deframer.push(Buffer.from(':half')), []);
    deframer.overdue();
    assert.deepEqual([decoder.noise?.skipped, decoder.noise?.timedOut], [5, 1]);
    assert.deepEqual(deframer.push(Buffer.from(':whole\n')).map(String), [':whole']);
  });

  for (const [code, texts] of Object.entries(refused))
    for (const text of texts)
      it(`refuses ${JSON.stringify(text.slice(0, 20))} before a frame of it is read`, () => {
        const bytes = Buffer.from(text, 'latin1');
        for (const size of [bytes.length, 1, 3])
          assert.deepEqual(read(refuseHttp(line({ max: '1MiB' })), bytes, size), [code]);
      });

  for (const text of admitted)
    it(`reads ${JSON.stringify(text)} as the framing itself does`, () => {
      const bytes = Buffer.from(text);
      for (const size of [Math.max(1, bytes.length), 1, 3])
        assert.deepEqual(read(refuseHttp(line()), bytes, size), read(line(), bytes, size));
    });

  it('gives up on a first line that does not end, so that it holds no more than the framing allows', () => {
    const bytes = Buffer.from('x'.repeat(200_000));
    assert.deepEqual(read(refuseHttp(line({ max: '4KiB' })), bytes, 1_000), ['FRAME_TOO_LARGE']);
  });

  it('sends as the framing does', () => {
    assert.equal(refuseHttp(raw()).name, raw().name);
  });

  it('takes time in proportion to the first line, however it is cut', async () => {
    const feed = (size: number) => (text: Buffer) => read(refuseHttp(raw()), text, size);
    const line = (size: number) => Buffer.from(`POST /${'x'.repeat(size)} `);
    await assertLinear(30_000, line, feed(64));
  });
});
