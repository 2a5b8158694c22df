import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { inOneLine } from '../../src/hub/blob-lines.ts';
import { RawElement } from '../../src/index.ts';

const HEAD = '<setBLOBVector device="CCD" name="CCD1" state="Ok">';
const TAIL = '</setBLOBVector>';

/** What becomes of a vector with `content`, cut before the offsets in `cuts`. */
function joined(content: string, ...cuts: number[]): string {
  const bytes = Buffer.from(HEAD + content + TAIL);
  const pieces: Buffer[] = [];
  let from = 0;
  for (const cut of cuts.sort((a, b) => a - b)) {
    pieces.push(Buffer.from(bytes.subarray(from, HEAD.length + cut)));
    from = HEAD.length + cut;
  }
  pieces.push(Buffer.from(bytes.subarray(from)));
  const made = inOneLine(new RawElement(pieces, 'setBLOBVector', HEAD.length));
  const text = Buffer.concat(made.pieces).toString();
  assert.ok(text.startsWith(HEAD) && text.endsWith(TAIL));
  return text.slice(HEAD.length, -TAIL.length);
}

const opening = (more = '') => `\n  <oneBLOB name='X'${more} size='9'\n format='.x>y'>`;

describe('the base64 of a BLOB', () => {
  it('in lines becomes one line, and its length is not told', () => {
    const lines = `${'A'.repeat(72)}\n${'B'.repeat(72)}\r\n  ${'C'.repeat(10)}==\n`;
    const one = `${'A'.repeat(72)}${'B'.repeat(72)}${'C'.repeat(10)}==`;
    assert.equal(
      joined(`${opening(" enclen='156'")}\n${lines}  </oneBLOB>\n`),
      `${opening(' '.repeat(13))}\n${one}</oneBLOB>\n`,
    );
  });

  it('in one line stays where it is', () => {
    for (const text of ['', 'QUJD', '\nQUJD\n   ', '\n'])
      assert.equal(joined(`${opening()}${text}</oneBLOB>`), `${opening()}${text}</oneBLOB>`);
    const element = new RawElement(Buffer.from(`${HEAD}${opening()}QUJD</oneBLOB>${TAIL}`), 'x', HEAD.length);
    assert.equal(inOneLine(element), element);
  });

  it('is joined in each BLOB of a vector, and nothing else is touched', () => {
    const other = "\n<oneBLOB name='empty' size='0' format=''/>\n<other>a\nb</other>\n";
    assert.equal(
      joined(`${opening()}AAAA\nBBBB</oneBLOB>${other}${opening()}CCCC\nDDDD\n</oneBLOB>`),
      `${opening()}AAAABBBB</oneBLOB>${other}${opening()}CCCCDDDD</oneBLOB>`,
    );
  });

  it('does not depend on the length of lines, nor on how it was cut', () => {
    const character = fc.constantFrom('A', '7', '\n', '\r\n', ' ');
    const text = fc.array(
      fc.oneof(character, fc.constant('A'.repeat(36)), fc.constant(`${'Z'.repeat(72)}\n`)),
    );
    const cuts = fc.array(fc.nat({ max: 2_000 }));
    fc.assert(
      fc.property(text, cuts, (parts, at) => {
        const text = parts.join('');
        const from = opening().length;
        const content = `${opening()}${text}</oneBLOB>`;
        const made = joined(content, ...at.filter((cut) => cut <= text.length).map((cut) => from + cut));
        assert.equal(made.replace(/\s/g, ''), content.replace(/\s/g, ''));
        assert.doesNotMatch(made.slice(from, -'</oneBLOB>'.length).trim(), /[\n\r]/);
      }),
    );
  });
});
