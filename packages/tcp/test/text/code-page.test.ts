import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { requirePeer } from '@fairlead/testkit';
import fc from 'fast-check';
import { codePage, codePageNames } from '../../src/index.ts';

const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');
const allBytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const EBCDIC = { cp037: '', cp500: '', cp1140: '' };

describe('names', () => {
  const spellings: Record<string, string[]> = {
    'windows-1252': ['Windows-1252', 'windows_1252', 'WINDOWS 1252', 'cp1252', 'win1252', '1252', 'x-cp1252'],
    'utf-8': ['utf8', 'UTF-8', '65001', 'cp65001'],
    'utf-16le': ['UTF-16LE', 'ucs-2', '1200'],
    shift_jis: ['Shift_JIS', 'sjis', 'cp932', 'windows-31j'],
    gbk: ['GBK', 'x-gbk'],
    'iso-8859-1': ['latin1', 'ISO-8859-1', 'ISO_8859-1:1987'],
    cp037: ['CP037', 'cp37', 'IBM-037', 'ibm37', '037', 'ebcdic-cp-us'],
    cp500: ['500', 'IBM500'],
    cp1140: ['1140', 'cp01140', 'IBM1140'],
  };
  for (const [name, others] of Object.entries(spellings))
    it(name, () => {
      for (const other of [name, ...others]) assert.equal(codePage(other).name, name, other);
    });

  it('every name that is listed is one, and reads the digits of its own text', () => {
    assert.ok(codePageNames().length > 90);
    for (const name of codePageNames()) {
      const page = codePage(name);
      assert.equal(page.name, name);
      assert.equal(page.decode(page.encode('Hello 1?\r\n')), 'Hello 1?\r\n', name);
    }
  });

  it('all stand in docs/text.md', async () => {
    const page = await readFile(new URL('../../../../docs/text.md', import.meta.url), 'utf8');
    const list = /^## All encodings\n\n(.*?)\n\n/ms.exec(page)?.[1] ?? '';
    assert.deepEqual(
      Array.from(list.matchAll(/`(.+?)`/g), ([, name]) => name),
      codePageNames(),
    );
  });

  it('an unknown one is refused with the nearest', () => {
    assert.throws(() => codePage('windows-1262'), {
      code: 'CODE_PAGE_UNKNOWN',
      message: 'Unknown encoding "windows-1262". Did you mean "windows-1252"?',
    });
    for (const name of ['', 'hex', 'base64', 'constructor', '__proto__', '_sbcs', 'cp99999', '\0'])
      assert.throws(() => codePage(name), { code: 'CODE_PAGE_UNKNOWN' }, name);
    assert.throws(() => codePage('utf-8', { onInvalid: 'ignore' as 'strict' }), { code: 'OPTION_INVALID' });
    assert.throws(() => codePage('utf-8', { invalid: 'strict' } as object), { code: 'OPTION_UNKNOWN' });
  });
});

describe('EBCDIC', () => {
  // SHA-256 of the 256 characters in UTF-8, made with Python 3: bytes(range(256)).decode(page).encode().
  const sums: Record<keyof typeof EBCDIC, string> = {
    cp037: '5324efcff066d6ba174bc227a54630f79aba8afd2a473959f92bbfc140ffdb57',
    cp500: '1fc831a58bad8d736d5a8af673097ef196c284a740c68c54a4c2cd7891dd26e4',
    cp1140: 'b762cd7f5def57eb4b56baaf03f2c3b2e4f8e2fca94480ab1683779d9208d3f3',
  };
  for (const name of Object.keys(sums) as (keyof typeof EBCDIC)[]) {
    it(`${name} is the table that was checked`, () => {
      const table = codePage(name).decode(allBytes);
      assert.equal(createHash('sha256').update(table).digest('hex'), sums[name]);
      assert.deepEqual(codePage(name).encode(table), allBytes);
    });
    it(`${name} is what Python says`, (t) => {
      if (!requirePeer(t, 'python3')) return;
      const program = 'import sys; sys.stdout.buffer.write(bytes(range(256)).decode(sys.argv[1]).encode())';
      const { stdout } = spawnSync('python3', ['-c', program, name]);
      assert.equal(codePage(name).decode(allBytes), stdout.toString());
    });
  }
});

it('single-byte and Asian encodings read what Python reads', (t) => {
  if (!requirePeer(t, 'python3')) return;
  const texts: Record<string, string> = {
    'windows-1250': 'Příliš žluťoučký kůň',
    'windows-1251': 'Съешь же ещё',
    'windows-1252': '€5 “naïve” – Ÿ',
    'windows-1253': 'Ξεσκεπάζω',
    'iso-8859-15': '€ Œuvre',
    'koi8-r': 'Съешь',
    cp437: '╔═╗ é ░',
    gbk: '你好，世界 €'.replace('€', 'x'),
    gb18030: '你好 😀 €',
    shift_jis: 'こんにちは ｶﾅ 漢字',
    'euc-jp': 'こんにちは 漢字',
    cp949: '안녕하세요',
    cp950: '您好',
    'utf-7': 'Hi ä+😀-/~',
    'utf-16le': 'ä😀',
    'utf-16be': 'ä😀',
    'utf-32be': 'ä😀',
  };
  const program = `import sys, json
print(json.dumps({name: text.encode(name).hex() for name, text in json.load(sys.stdin).items()}))`;
  const { stdout } = spawnSync('python3', ['-c', program], { input: JSON.stringify(texts) });
  const expected = JSON.parse(stdout.toString()) as Record<string, string>;
  for (const [name, text] of Object.entries(texts)) {
    assert.equal(codePage(name).encode(text).toString('hex'), expected[name], name);
    assert.equal(codePage(name).decode(hex(expected[name] as string)), text, name);
  }
});

describe('invalid bytes', () => {
  const cases: [encoding: string, bytes: string, offset: number, shown: string, replaced: string][] = [
    ['windows-1252', '41 81 42', 1, '81', 'A\ufffdB'],
    ['ascii', '41 80', 1, '80', 'A\ufffd'],
    ['utf-8', '41 e2 82 41', 1, 'e282', 'A\ufffdA'],
    ['utf-8', 'c0 80', 0, 'c0', '\ufffd\ufffd'],
    ['utf-8', 'ed a0 80', 0, 'ed', '\ufffd\ufffd\ufffd'],
    ['utf-8', 'f4 90 80 80', 0, 'f4', '\ufffd\ufffd\ufffd\ufffd'],
    ['utf-8', '41 f0 9f 98', 1, 'f09f98', 'A\ufffd'],
    ['utf-16le', '41 00 00 d8 42 00', 2, '00d8', 'A\ufffdB'],
    ['utf-16be', '00 41 dc 00 00 42', 2, 'dc00', 'A\ufffdB'],
    ['utf-16le', '41 00 42', 2, '42', 'A\ufffd'],
    ['utf-16le', '3d d8', 0, '3dd8', '\ufffd'],
    ['utf-32be', '00 00 00 41 00 11 00 00', 4, '00110000', 'A\ufffd'],
    ['utf-32le', '00 d8 00 00', 0, '00d80000', '\ufffd'],
    ['gbk', '41 81 20 42', 1, '81', 'A\ufffd B'],
    ['gbk', 'c4 e3 ff 41', 2, 'ff', '你\ufffdA'],
    ['gbk', 'c4', 0, 'c4', '\ufffd'],
    ['shift_jis', '82 a0 82 0a', 2, '82', 'あ\ufffd\n'],
    ['euc-jp', '8f a1 41', 0, '8fa1', '\ufffdA'],
    ['gb18030', '41 84 32 a5 30', 1, '8432a530', 'A\ufffd'],
    ['gb18030', 'fe 39 fe 39', 0, 'fe39fe39', '\ufffd'],
    ['gb18030', '81 30 41', 0, '81', '\ufffd0A'],
    ['cesu-8', '41 e2 41', 1, 'e2', 'A\ufffdA'],
    ['cesu-8', 'f0 9f 98 80', 0, 'f0', '\ufffd\ufffd\ufffd\ufffd'],
    ['utf-7', '41 80', 1, '80', 'A\ufffd'],
    ['utf-7', '2b 32 44 30 2d', 4, '2d', '\ufffd'],
  ];
  for (const [encoding, bytes, offset, shown, replaced] of cases)
    it(`${encoding}: ${bytes}`, () => {
      assert.throws(() => codePage(encoding).decode(hex(bytes)), {
        code: 'TEXT_INVALID',
        side: 'remote',
        details: { offset, bytes: shown, encoding },
      });
      assert.equal(codePage(encoding, { onInvalid: 'replace' }).decode(hex(bytes)), replaced);
    });

  it('a U+FFFD that was sent is no invalid byte', () => {
    for (const encoding of ['utf-8', 'utf-16le', 'utf-32be', 'gb18030', 'cesu-8', 'utf-7']) {
      const page = codePage(encoding);
      assert.equal(page.decode(page.encode('a\ufffdb')), 'a\ufffdb', encoding);
    }
  });

  it('in a stream the text before them comes first, and the offset counts from its start', () => {
    const stream = codePage('windows-1252').decoder();
    assert.equal(stream.write(hex('41 42')), 'AB');
    assert.ok(!stream.failure);
    assert.equal(stream.write(hex('43 81 44')), 'C');
    const { failure } = stream as { failure?: { details: unknown } };
    assert.deepEqual(failure?.details, { offset: 3, bytes: '81', encoding: 'windows-1252' });
    assert.throws(() => stream.write(hex('45')), { code: 'TEXT_INVALID' });
    assert.throws(() => stream.end(), { code: 'TEXT_INVALID' });
  });
});

describe('characters that an encoding does not have', () => {
  const cases: [encoding: string, text: string, offset: number, character: string, replaced: string][] = [
    ['windows-1252', 'a→b', 1, '→', '61 3f 62'],
    ['windows-1252', 'a\ufffd', 1, '\ufffd', '61 3f'],
    ['iso-8859-1', '€', 0, '€', '3f'],
    ['ascii', 'xé', 1, 'é', '78 3f'],
    ['cp037', 'A€', 1, '€', 'c1 6f'],
    ['windows-1252', 'a😀b', 1, '😀', '61 3f 62'],
    ['gbk', '你😀?', 1, '😀', 'c4e3 3f 3f'],
    ['gbk', 'a\ud800b', 1, '\ufffd', '61 3f 62'],
    ['shift_jis', 'あ한', 1, '한', '82a0 3f'],
    // iconv-lite sends a reverse solidus for a yen sign, which reads back as one.
    ['shift_jis', 'あ¥', 1, '¥', '82a0 5c'],
    ['big5-hkscs', 'Ê€😀', 2, '😀', '8866 a3e1 3f'],
    ['utf-8', 'a\udc00', 1, '\ufffd', '61 efbfbd'],
    ['utf-16', '\ufffe', 0, '\ufffe', 'feff'],
    ['utf-7', 'a\ud800', 1, '\ufffd', '61 2b2f2f302d'],
    ['utf-16le', 'a\ud800', 1, '\ufffd', '6100 fdff'],
    ['utf-32be', '\ud800a', 0, '\ufffd', '0000fffd 00000061'],
  ];
  for (const [encoding, text, offset, character, replaced] of cases)
    it(`${encoding}: ${JSON.stringify(text)}`, () => {
      const page = codePage(encoding);
      assert.equal(page.encodable(text), false);
      assert.throws(
        () => page.encode(text),
        (error: { code: string; details: Record<string, unknown> }) => {
          assert.equal(error.code, 'TEXT_NOT_ENCODABLE');
          assert.equal(error.details.offset, offset);
          assert.equal(error.details.character, character);
          return true;
        },
      );
      const bytes = codePage(encoding, { onInvalid: 'replace' }).encode(text);
      assert.equal(bytes.toString('hex'), replaced.replaceAll(' ', ''));
    });
});

describe('byte order marks', () => {
  it('one at the head of what is read is taken off, whole or in pieces', () => {
    const heads = { 'utf-8': 'efbbbf', 'utf-16le': 'fffe', 'utf-16be': 'feff', 'utf-32le': 'fffe0000' };
    for (const [name, head] of Object.entries(heads)) {
      const page = codePage(name);
      const bytes = Buffer.concat([hex(head), page.encode('a\ufeffb')]);
      assert.equal(page.decode(bytes), 'a\ufeffb', name);
      const stream = page.decoder();
      assert.equal(Array.from(bytes, (byte) => stream.write(Buffer.of(byte))).join(''), 'a\ufeffb', name);
    }
  });

  it('none is written', () => {
    for (const name of ['utf-8', 'utf-16', 'utf-16le', 'utf-32'])
      assert.equal(codePage(name).encode('a')[0], 0x61, name);
  });

  it('in utf-16 and utf-32 it says the byte order; without one it is little-endian', () => {
    const utf16 = codePage('utf-16');
    assert.equal(utf16.decode(hex('feff 0041')), 'A');
    assert.equal(utf16.decode(hex('fffe 4100')), 'A');
    assert.equal(utf16.decode(hex('4100')), 'A');
    assert.equal(codePage('utf-32').decode(hex('0000feff 00000041')), 'A');
    assert.equal(codePage('utf-32').decode(hex('41000000')), 'A');
    assert.equal(utf16.decode(hex('')), '');
    assert.throws(() => utf16.decode(hex('41')), { code: 'TEXT_INVALID' });
    const stream = utf16.decoder();
    assert.deepEqual(
      [stream.write(hex('fe')), stream.write(hex('ff00')), stream.write(hex('41'))],
      ['', '', 'A'],
    );
    assert.equal(stream.end(), '');
  });
});

describe('properties', () => {
  const names = codePageNames();
  const anyName = fc.constantFrom(...names);
  const characters = fc.oneof(
    fc.string({ unit: 'binary-ascii' }),
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom(...'€äöü“”Жя你好世界あア漢字안녕您¥‾?\u00ca\u0304\u030c\ufffd\ufeff😀'),
    }),
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  );

  it('what is encodable reads back as it was, and nothing else is encoded', () => {
    fc.assert(
      fc.property(anyName, characters, (name, text) => {
        const page = codePage(name);
        if (text.startsWith('\ufeff')) return;
        if (page.encodable(text)) assert.equal(page.decode(page.encode(text)), text);
        else assert.throws(() => page.encode(text), { code: 'TEXT_NOT_ENCODABLE' });
      }),
      { numRuns: 1_500 },
    );
  });

  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .array(
        fc.constantFrom(
          0x81,
          0x30,
          0x39,
          0x8f,
          0xa1,
          0xe2,
          0x80,
          0xd8,
          0xdc,
          0,
          0x41,
          0x2b,
          0x2d,
          0xfe,
          0xff,
        ),
        { maxLength: 40 },
      )
      .map((bytes) => Uint8Array.from(bytes)),
  );

  it('bytes give the same text however they are cut, in both modes', () => {
    fc.assert(
      fc.property(
        anyName,
        noise,
        fc.constantFrom('strict', 'replace'),
        fc.array(fc.nat({ max: 5 }), { minLength: 1 }),
        (name, bytes, onInvalid, sizes) => {
          const page = codePage(name, { onInvalid: onInvalid as 'strict' });
          const run = (pieces: Uint8Array[]) => {
            const stream = page.decoder();
            let text = '';
            try {
              for (const piece of pieces) text += stream.write(piece);
              text += stream.end();
            } catch (error) {
              return { text, error: (error as { details: unknown }).details };
            }
            return { text };
          };
          const pieces: Uint8Array[] = [];
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = Math.max(1, sizes[i % sizes.length] as number);
            pieces.push(bytes.subarray(at, at + size));
            at += size;
          }
          const whole = run([bytes]);
          assert.deepEqual(run(pieces), whole);
          assert.deepEqual(run(Array.from(bytes, (byte) => Uint8Array.of(byte))), whole);
          if (onInvalid === 'replace') assert.equal(whole.error, undefined);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('a line end behind a broken character is never swallowed', () => {
    const ascii = names.filter((name) => !/^(utf-|cp037|cp500|cp1140)/.test(name));
    fc.assert(
      fc.property(fc.constantFrom(...ascii), fc.uint8Array({ maxLength: 3 }), (name, bytes) => {
        const text = codePage(name, { onInvalid: 'replace' }).decode(Buffer.concat([bytes, hex('0a')]));
        assert.ok(text.endsWith('\n'));
      }),
      { numRuns: 1_000 },
    );
  });
});
