import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { tcpErrors } from '../../src/catalogue.ts';
import { type ByteWindow, Deframer, type FrameDecoder, length } from '../../src/index.ts';

/** One byte of length, then that many bytes; 255 is an error. */
class Short implements FrameDecoder<Buffer> {
  decode(window: ByteWindow): Buffer | undefined {
    const size = 1 + window.at(0);
    if (size === 256) throw tcpErrors.error('FRAME_TOO_LARGE', { size, limit: 255 });
    return window.length < size ? window.short(size) : window.take(size);
  }
}

/** Ends with LF; asks for no particular number of bytes. */
class Lines implements FrameDecoder<Buffer> {
  decode(window: ByteWindow): Buffer | undefined {
    const at = window.indexOf(10);
    return at < 0 ? window.short(window.length + 1) : window.take(at + 1);
  }
  end(window: ByteWindow): Buffer | undefined {
    return window.take(window.length);
  }
}

const make = { short: () => new Short(), lines: () => new Lines() };

function split(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes.length === 0 ? 1 : (sizes[i % sizes.length] as number);
    // A copy in memory of its own, as sockets give it, so that a view into the wrong chunk shows.
    chunks.push(Buffer.from(Uint8Array.from(bytes.subarray(at, at + size)).buffer));
    at += size;
  }
  return chunks;
}

function reference(kind: 'short' | 'lines', bytes: Buffer): string[] {
  const frames: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = kind === 'short' ? at + 1 + (bytes[at] as number) : bytes.indexOf(10, at) + 1;
    if (end > bytes.length || end === 0) break;
    frames.push(bytes.toString('latin1', at, end));
    at = end;
  }
  return frames;
}

describe('Deframer', () => {
  for (const kind of ['short', 'lines'] as const) {
    it(`gives the same frames whatever the chunking (${kind})`, () => {
      const body = fc.array(fc.uint8Array({ maxLength: 254, minLength: 0 }), { maxLength: 30 });
      fc.assert(
        fc.property(body, fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 12 }), (parts, sizes) => {
          const bytes = Buffer.concat(
            parts.map((p) => (kind === 'short' ? Buffer.from([p.length, ...p]) : Buffer.from([...p, 10]))),
          );
          const deframer = new Deframer(make[kind](), kind);
          const frames: Buffer[] = [];
          for (const chunk of split(bytes, sizes)) frames.push(...deframer.push(chunk));
          // Compared at the end, so that a view that was written to again would show.
          assert.deepEqual(
            frames.map((f) => f.toString('latin1')),
            reference(kind, bytes),
          );
          assert.equal(deframer.failure, undefined);
        }),
        { numRuns: 300 },
      );
    });
  }

  it('returns the frames before an error, then the error, and parses nothing after it', () => {
    const deframer = new Deframer(new Short(), 'short');
    const frames = deframer.push(Buffer.from([1, 65, 255, 1, 66]));
    assert.deepEqual(frames.map(String), ['\x01A']);
    assert.equal(deframer.failure?.code, 'FRAME_TOO_LARGE');
    assert.deepEqual(deframer.push(Buffer.from([1, 67])), []);
    assert.deepEqual(deframer.head(2), Buffer.from([255, 1]));
  });

  it('hands out one frame at a time, so that another codec can take over', () => {
    for (const sizes of [[100], [1], [3]]) {
      const deframer = new Deframer<Buffer>(new Short(), 'short');
      const bytes = Buffer.from('\x02hiline one\nline two\n', 'latin1');
      let first: Buffer | undefined;
      const lines: string[] = [];
      for (const chunk of split(bytes, sizes)) {
        deframer.append(chunk);
        if (first === undefined) {
          first = deframer.next();
          if (first === undefined) continue;
          deframer.use(new Lines(), 'lines');
        }
        lines.push(...deframer.drain().map(String));
      }
      assert.equal(String(first), '\x02hi');
      assert.deepEqual(lines, ['line one\n', 'line two\n']);
    }
  });

  it('keeps what is appended while a chunk is still being joined', () => {
    const deframer = new Deframer(new Short(), 'short');
    for (const part of ['\x03a', 'bc\x01x\x01', 'y', '\x02zz']) deframer.append(Buffer.from(part, 'latin1'));
    assert.equal(deframer.pending, 11);
    assert.deepEqual(deframer.drain().map(String), ['\x03abc', '\x01x', '\x01y', '\x02zz']);
    assert.equal(deframer.pending, 0);
  });

  it('ends with what the close completes, or says that a frame was cut off', () => {
    const lines = new Deframer(new Lines(), 'lines');
    lines.push(Buffer.from('a\nb'));
    assert.deepEqual(lines.end().map(String), ['b']);
    assert.equal(lines.failure, undefined);
    const short = new Deframer(new Short(), 'short');
    short.push(Buffer.from([5, 1, 2]));
    assert.deepEqual(short.end(), []);
    assert.equal(short.failure?.code, 'FRAME_TRUNCATED');
  });

  it('catches a codec that consumes nothing, and one that throws what is not of the catalogue', () => {
    const stalled = new Deframer({ decode: () => 'x' }, 'stalled');
    assert.deepEqual(stalled.push(Buffer.from('a')), []);
    assert.equal(stalled.failure?.code, 'CODEC_STALLED');
    const broken = new Deframer(
      { decode: () => (undefined as unknown as { x: { y: string } }).x.y },
      'broken',
    );
    broken.push(Buffer.from('a'));
    assert.equal(broken.failure?.code, 'CODEC_FAILED');
    assert.equal(broken.failure?.side, 'local');
  });

  it('does not reserve what a peer only announces', () => {
    class Huge implements FrameDecoder<Buffer> {
      decode(window: ByteWindow): undefined {
        return window.short(2 ** 30);
      }
    }
    const deframer = new Deframer(new Huge(), 'huge');
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 4; i++) deframer.push(Buffer.from('abc'));
    assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 20);
    assert.equal(deframer.pending, 12);
  });

  it('joins a large frame once, whatever its chunks', () => {
    const size = 300_000;
    const frame = Buffer.alloc(size, 7);
    frame.writeUInt32BE(size - 4);
    const codec = length({ max: size });
    for (const sizes of [[1_400], [1, 3, 700, 40_000], [100], [70_000, 1], [511, 512, 513]]) {
      const deframer = new Deframer(codec.decoder(), codec.name);
      const bytes = Buffer.concat([Buffer.from('\0\0\0\x02hi'), frame, Buffer.from('\0\0\0\x02yo')]);
      const found: Buffer[] = [];
      for (const chunk of split(bytes, sizes)) found.push(...deframer.push(chunk));
      assert.deepEqual(
        found.map((one) => one.length),
        [2, size - 4, 2],
      );
      assert.ok(found[1]?.equals(frame.subarray(4)));
      assert.equal(String(found[2]), 'yo');
      assert.equal(deframer.pending, 0);
    }
  });

  it('knows what waits of a large frame', () => {
    const codec = length({ max: '1MiB' });
    const started = (): Deframer<Buffer> => {
      const deframer = new Deframer<Buffer>(codec.decoder(), codec.name);
      deframer.push(Buffer.from('000f0000aabb', 'hex'));
      deframer.push(Buffer.alloc(1_000, 1));
      deframer.push(Buffer.from([2]));
      return deframer;
    };
    const cut = started();
    assert.equal(cut.pending, 1_007);
    assert.equal(cut.head(8).toString('hex'), '000f0000aabb0101');
    assert.deepEqual(cut.end(), []);
    assert.equal(cut.failure?.details.size, 1_007);
    const other = started();
    other.use({ decode: (window) => window.take(window.length) }, 'raw');
    assert.deepEqual(
      other.drain().map((frame) => frame.length),
      [1_007],
    );
  });
});
