import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codecSuite } from '@fairlead/testkit';
import { afterToken, Deframer, isGeneratedToken, line, raw, token } from '../../src/index.ts';

const utf8 = (text: string): string => Buffer.from(text).toString('hex');
const made = `fl_${'0123456789abcdef'.repeat(2)}`;

codecSuite('token', token({ max: 64 }), [
  { note: 'made by Fairlead', hex: utf8(made), frames: [{ text: made }] },
  { note: 'imported, LF', hex: utf8('imported\n'), frames: [{ text: 'imported' }] },
  { note: 'imported, CR LF', hex: utf8('imported\r\n'), frames: [{ text: 'imported' }] },
  { note: 'imported, then silence', hex: utf8('imported'), frames: [{ text: 'imported' }], silence: true },
  {
    note: 'imported, then CR and silence',
    hex: utf8('imported\r'),
    frames: [{ text: 'imported' }],
    silence: true,
  },
  { note: 'imported, then the peer closes', hex: utf8('imported'), frames: [{ text: 'imported' }] },
  { note: 'begins like one made by Fairlead', hex: utf8('fl_0123\n'), frames: [{ text: 'fl_0123' }] },
  {
    note: 'upper case is not made by Fairlead',
    hex: utf8(`${made.toUpperCase()}X\n`),
    frames: [{ text: `${made.toUpperCase()}X` }],
  },
  {
    note: 'all but the last digit',
    hex: utf8(made.slice(0, 34)),
    frames: [{ text: made.slice(0, 34) }],
    silence: true,
  },
  { note: 'empty', hex: utf8('\n'), frames: [{ text: '' }] },
  { note: 'as long as allowed', hex: utf8(`${'x'.repeat(64)}\r\n`), frames: [{ text: 'x'.repeat(64) }] },
  { note: 'one too many', hex: utf8('x'.repeat(65)), frames: [], error: 'FRAME_TOO_LARGE' },
]);

codecSuite(
  'line after a token',
  afterToken(line()),
  [
    { note: 'LF', hex: utf8('\na\n'), frames: [{ text: 'a' }] },
    { note: 'CR LF', hex: utf8('\r\na\n'), frames: [{ text: 'a' }] },
    { note: 'nothing', hex: utf8('a\nb\n'), frames: [{ text: 'a' }, { text: 'b' }] },
    { note: 'one only', hex: utf8('\n\na\n'), frames: [{ text: '' }, { text: 'a' }] },
    { note: 'a lone CR is data', hex: utf8('\ra\n'), frames: [{ text: '\ra' }] },
  ],
  { glued: false, message: false },
);

codecSuite(
  'raw after a token',
  afterToken(raw()),
  [
    { note: 'a CR that nothing follows', hex: utf8('\r'), frames: [{ hex: '0d' }] },
    { note: 'CR CR LF', hex: utf8('\r\r\n'), frames: [{ hex: '0d0d0a' }] },
    { note: 'only a line end', hex: utf8('\r\n'), frames: [] },
  ],
  { glued: false, message: false, cutsAnywhere: true },
);

describe('token', () => {
  it('leaves what follows for the next codec, in whatever pieces it comes', () => {
    const stream = Buffer.from(`${made}\r\nfirst\nsecond\n`);
    for (let cut = 1; cut < stream.length; cut++) {
      const deframer = new Deframer(token().decoder(), 'token');
      const frames: string[] = [];
      for (const chunk of [stream.subarray(0, cut), stream.subarray(cut)]) {
        deframer.append(Buffer.from(chunk));
        if (frames.length === 0) {
          const found = deframer.next();
          if (found === undefined) continue;
          frames.push(found);
          deframer.use(afterToken(line()).decoder(), 'line');
        }
        frames.push(...deframer.drain());
      }
      assert.deepEqual(frames, [made, 'first', 'second'], `cut at ${cut}`);
    }
  });

  it('says how long a silence ends it', () => {
    assert.equal(token().decoder().idleMs, 200);
    assert.equal(token({ idleMs: '1s' }).decoder().idleMs, 1000);
  });

  it('tells the tokens that Fairlead makes', () => {
    assert.ok(isGeneratedToken(made));
    for (const other of ['', `${made}0`, made.slice(1), made.toUpperCase(), `${made}\n`])
      assert.ok(!isGeneratedToken(other));
  });
});
