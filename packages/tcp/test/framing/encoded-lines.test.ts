import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertLinear } from '@fairlead/testkit';
import { Deframer } from '../../src/framing/deframer.ts';
import { parseFraming } from '../../src/framing/parse.ts';
import { ByteSink } from '../../src/framing/sink.ts';
import { codePage, codePageNames, line } from '../../src/index.ts';

/** Encodings in which a line end is other bytes than in ASCII, and those without a byte order. */
const WIDE = ['utf-16le', 'utf-16be', 'utf-32le', 'utf-32be'];
const EBCDIC = ['cp037', 'cp500', 'cp1140'];
const UNORDERED = ['utf-16', 'utf-32'];

const spec = (terminator: string) => ({ rules: [{ kind: 'line', terminator }] });

function received(encoding: string, bytes: Buffer, pieces: number): string[] {
  const codec = parseFraming('line', { encoding });
  const deframer = new Deframer(codec.decoder(), codec.name);
  const page = codePage(encoding);
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieces)
    frames.push(...deframer.push(bytes.subarray(at, at + pieces)));
  assert.equal(deframer.failure, undefined);
  return frames.map((frame) => page.decode(frame));
}

function sent(encoding: string, terminator: string, message: string | Buffer): Buffer {
  const sink = new ByteSink();
  const bytes = typeof message === 'string' ? codePage(encoding).encode(message) : message;
  parseFraming(spec(terminator), { encoding }).encoder().encode(bytes, sink);
  return Buffer.concat(sink.flush());
}

describe('"line" as people write it, with an encoding', () => {
  for (const encoding of codePageNames().filter((name) => !UNORDERED.includes(name))) {
    const page = codePage(encoding);
    const terminators = EBCDIC.includes(encoding) ? ['\n', '\r\n', '\u0085', '\r\u0085'] : ['\n', '\r\n'];
    it(`finds the line ends of ${encoding}, however the bytes are cut`, () => {
      for (const terminator of terminators) {
        // UTF-7 of IMAP encodes what stands within a text; its lines end as those of ASCII do.
        const end = encoding === 'utf-7imap' ? Buffer.from(terminator) : page.encode(terminator);
        const bytes = Buffer.concat(['one', '', 'two'].flatMap((text) => [page.encode(text), end]));
        for (const pieces of [1, 3, bytes.length])
          assert.deepEqual(received(encoding, bytes, pieces), ['one', '', 'two'], JSON.stringify(terminator));
      }
    });

    it(`sends the line ends of ${encoding}`, () => {
      for (const terminator of terminators.filter((end) => end !== '\r\u0085')) {
        const end = encoding === 'utf-7imap' ? Buffer.from(terminator) : page.encode(terminator);
        assert.deepEqual(sent(encoding, terminator, 'one'), Buffer.concat([page.encode('one'), end]));
        if (encoding === 'utf-7imap') continue;
        assert.throws(() => sent(encoding, terminator, page.encode('on\ne')), {
          code: 'MESSAGE_NOT_ENCODABLE',
        });
        if (terminator === '\r\n') continue;
        assert.throws(() => sent(encoding, terminator, page.encode('one\r')), {
          code: 'MESSAGE_NOT_ENCODABLE',
        });
      }
    });
  }

  it('is the same as line({ encoding }), whose frames are texts', () => {
    for (const encoding of ['utf-7imap', ...WIDE, ...EBCDIC]) {
      const sink = new ByteSink();
      line({ encoding }).encoder().encode('one', sink);
      assert.deepEqual(Buffer.concat(sink.flush()), sent(encoding, '\n', 'one'), encoding);
    }
  });

  it('takes bytes between two characters for no line end', () => {
    // U+0A00, U+0041: 00 0a 41 00 in little-endian holds 0a 41, and U+010A, U+0000 holds 0a 01.
    const text = '\u0a00A\u010a\u0000B';
    for (const encoding of WIDE)
      assert.deepEqual(received(encoding, codePage(encoding).encode(`${text}\n`), 1), [text]);
    for (const encoding of WIDE)
      assert.deepEqual(sent(encoding, '\n', text), codePage(encoding).encode(`${text}\n`));
  });

  it('sends no bytes that would shift all that follows by half a character', () => {
    assert.throws(() => sent('utf-16le', '\n', Buffer.from('41', 'hex')), { code: 'MESSAGE_NOT_ENCODABLE' });
    assert.throws(() => sent('utf-32be', '\n', Buffer.from('0041', 'hex')), {
      code: 'MESSAGE_NOT_ENCODABLE',
    });
  });

  it('refuses an encoding or a terminator with which no line end can be found', () => {
    const reason = (run: () => unknown): string => {
      try {
        run();
        return 'none';
      } catch (error) {
        return (error as { details: { reason: string } }).details.reason;
      }
    };
    for (const encoding of UNORDERED)
      assert.equal(
        reason(() => parseFraming('line', { encoding })),
        `rule 1: a line end in ${encoding} can only be found in ${encoding}le or ${encoding}be.`,
      );
    for (const encoding of [...WIDE, 'utf-8', 'windows-1252', undefined])
      assert.match(
        reason(() => parseFraming(spec('\u0085'), { encoding })),
        /NEL ends lines in EBCDIC; in [\w-]+ it is/,
      );
    assert.throws(() => parseFraming('line', { encoding: 'klingon' }), { code: 'CODE_PAGE_UNKNOWN' });
  });

  it('refuses JSON in an encoding whose brackets are other bytes', () => {
    for (const encoding of [...WIDE, ...EBCDIC, ...UNORDERED])
      assert.throws(() => parseFraming('json', { encoding }), { code: 'FRAMING_SPEC_INVALID' });
    for (const encoding of ['utf-8', 'windows-1252', 'gbk'])
      assert.equal(parseFraming('json', { encoding }).name, 'json');
  });

  it('holds the limit in bytes of the text', () => {
    const codec = parseFraming('line:8', { encoding: 'utf-16le' });
    const deframer = new Deframer(codec.decoder(), codec.name);
    assert.equal(deframer.push(codePage('utf-16le').encode('four\r\n')).length, 1);
    deframer.push(codePage('utf-16le').encode('fives'));
    assert.equal(deframer.failure?.code, 'FRAME_TOO_LARGE');
  });

  it('finds lines in time linear in what came', async () => {
    for (const encoding of ['utf-16le', 'cp037']) {
      // Characters whose bytes look like a line end between two of them, where there are such.
      const text = encoding === 'cp037' ? 'x' : '\u0a00x';
      const prepare = (size: number) => codePage(encoding).encode(`${text.repeat(size)}\n`);
      await assertLinear(200_000, prepare, (bytes) => {
        const codec = parseFraming(`line:${bytes.length}`, { encoding });
        const deframer = new Deframer(codec.decoder(), codec.name);
        for (let at = 0; at < bytes.length; at += 1_024) deframer.push(bytes.subarray(at, at + 1_024));
        assert.equal(deframer.pending, 0);
      });
    }
  });
});
