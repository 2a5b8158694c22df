import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Deframer, parseFraming, raw } from '@fairlead/tcp';
import { assertLinear } from '@fairlead/testkit';
import { automationLimits } from '../../src/limits.ts';
import { withoutHttp } from '../../src/trigger/http-guard.ts';

const guarded = (framing: string) => {
  const codec = withoutHttp(framing === 'raw' ? raw() : parseFraming(framing));
  return new Deframer(codec.decoder(), codec.name);
};

/** What the bytes come to, in these pieces, then silence and the end. */
function outcome(framing: string, pieces: readonly string[]): string[] {
  const deframer = guarded(framing);
  const frames: string[] = [];
  for (const piece of pieces) frames.push(...deframer.push(Buffer.from(piece)).map(String));
  if (deframer.failure === undefined)
    frames.push(...deframer.idle().map(String), ...deframer.end().map(String));
  return deframer.failure === undefined ? frames : [...frames, deframer.failure.code];
}

describe('the guard against browsers', () => {
  const requests = [
    'POST / HTTP/1.1\r\nHost: x\r\n\r\nopen\n',
    'GET /open HTTP/1.0\r\n\r\n',
    'OPTIONS * HTTP/1.1\r\n',
  ];

  it('ends a link that begins with HTTP, wherever the request is cut after its method', () => {
    for (const request of requests)
      for (const framing of ['line', 'raw']) {
        assert.deepEqual(outcome(framing, [request]), ['HTTP_REFUSED'], request);
        for (let at = request.indexOf(' ') + 1; at < request.length; at++)
          assert.deepEqual(outcome(framing, [request.slice(0, at), request.slice(at)]), ['HTTP_REFUSED']);
      }
    assert.deepEqual(outcome('line', [...(requests[0] as string)]), ['HTTP_REFUSED'], 'bytewise');
  });

  it('keeps what the framing says about itself: the time of a begun frame, and what was passed over', () => {
    const spec = '{"rules":[{"kind":"line"}],"frameTimeout":"2s"}';
    const decoder = withoutHttp(parseFraming(spec)).decoder();
    const deframer = new Deframer(decoder, 'line');
    assert.deepEqual(deframer.push(Buffer.from(':half')), []);
    assert.equal(decoder.frameTimeout, 2_000);
    deframer.overdue();
    assert.deepEqual([decoder.noise?.skipped, decoder.noise?.timedOut], [5, 1]);
  });

  it('lets all else through as it is', () => {
    for (const text of [
      '*IDN?\n',
      'hello world\n',
      'GET weight\r\n',
      '\0\u0001\n',
      'a b c\nPOST / HTTP/1.1\r\n',
      '\n',
    ]) {
      const plain = new Deframer(parseFraming('line').decoder(), 'line').push(Buffer.from(text)).map(String);
      assert.deepEqual(outcome('line', [text]), plain, text);
      assert.deepEqual(outcome('line', [...text]), plain, text);
      assert.deepEqual(outcome('raw', [text]), [text]);
    }
    assert.deepEqual(outcome('raw', ['GET', ' weight']), ['GET', ' weight']);
    assert.deepEqual(outcome('raw', ['GET weight']), ['GET weight']);
    assert.deepEqual(
      outcome('raw', ['POST', ' / HTTP/1.1\r\n']),
      ['POST', ' / HTTP/1.1\r\n'],
      'no browser does that',
    );
  });

  it('holds back a bounded number of bytes', () => {
    const long = `GET /${'x'.repeat(automationLimits.values.httpLine)}`;
    assert.deepEqual(outcome('raw', [long]), ['HTTP_REFUSED']);
  });

  it('looks at each byte once', async () => {
    await assertLinear(
      4_000,
      (size) => `GET /${'x'.repeat(size)}`,
      (text) => {
        for (let round = 0; round < 20; round++) {
          const deframer = guarded('raw');
          for (const byte of Buffer.from(text)) deframer.push(Buffer.from([byte]));
          assert.equal(deframer.failure, undefined);
        }
      },
    );
  });
});
