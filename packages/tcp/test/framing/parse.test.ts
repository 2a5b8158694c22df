import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Deframer, framingSpecSchema, parseFraming } from '../../src/index.ts';

function frames(framing: string | object, hex: string): string[] {
  const codec = parseFraming(framing);
  return new Deframer(codec.decoder(), codec.name)
    .push(Buffer.from(hex, 'hex'))
    .map((frame) => frame.toString('hex'));
}

function refuses(framing: string | object, reason: RegExp): void {
  assert.throws(() => parseFraming(framing), {
    code: 'FRAMING_SPEC_INVALID',
    side: 'local',
    message: reason,
  });
}

describe('parseFraming', () => {
  it('takes words', () => {
    assert.deepEqual(frames('raw', '010203'), ['010203']);
    assert.deepEqual(frames('raw:2', '010203'), ['0102', '03']);
    assert.deepEqual(frames(' line ', '610d0a620a'), ['61', '62']);
    assert.deepEqual(frames('line:4', '610a'), ['61']);
    assert.deepEqual(frames('fixed:2', '01020304'), ['0102', '0304']);
    assert.deepEqual(frames('length:2', '0001aa0000'), ['aa', '']);
    assert.deepEqual(frames('json', '7b7d5b5d'), ['7b7d', '5b5d']);
    assert.deepEqual(frames('tp', '5450000000000000'), ['5450000000000000']);
  });

  it('takes specs as text and as objects', () => {
    const spec = { rules: [{ kind: 'delimiter', end: '23' }] };
    assert.deepEqual(frames(spec, '6123'), ['61']);
    assert.deepEqual(frames(JSON.stringify(spec), '6123'), ['61']);
    assert.equal(framingSpecSchema.safeParse(spec).success, true);
  });

  it('explains words that are none', () => {
    refuses('lines', /did you mean line or line:N/);
    refuses('fixd:3', /did you mean fixed:N/);
    refuses('fixed', /write fixed:N/);
    refuses('json:3', /write json/);
    refuses('length:9', /expected 1 to 8 after "length:"/);
    refuses('fixed:0', /whole number above 0/);
    refuses('fixed:3:4', /write fixed:N/);
    refuses('', /it is empty; known: raw, line/);
    refuses('something', /known: raw, line/);
    refuses('constructor', /known: raw, line/);
  });

  it('explains specs that are none', () => {
    refuses('{"rules"', /not valid JSON/);
    refuses('[]', /expected an object/);
    refuses('"line"', /expected an object/);
    refuses(null as never, /expected an object/);
    refuses({}, /"rules" must be a list/);
    refuses({ rules: [] }, /at least one rule/);
    refuses({ rule: [] }, /unknown key "rule"/);
    refuses({ rules: ['line'] }, /rule 1 must be an object/);
    refuses({ rules: [{}] }, /rule 1: "kind" is missing/);
    refuses({ rules: [{ kind: 'lenght' }] }, /rule 1: unknown kind "lenght". Did you mean "length"\?/);
    refuses({ rules: [{ kind: 'zzz', name: 'odd' }] }, /rule 1 \("odd"\): unknown kind "zzz". Known: raw/);
    refuses({ rules: [{ kind: 'fixed', sise: 3 }] }, /"size"/);
    refuses(
      { rules: [{ kind: 'length', ofset: 3 }] },
      /Unknown option "ofset" of rule 1. Did you mean "offset"\?/,
    );
    refuses({ rules: [{ kind: 'line', match: { byte: '00' } }] }, /"match.byte/);
    refuses({ rules: [{ kind: 'line', match: { bytes: '0' } }] }, /"match.bytes" of rule 1: .*hexadecimal/);
    refuses({ rules: [{ kind: 'line', match: { bytes: '00', mask: 'ffff' } }] }, /as many bytes/);
    refuses({ rules: [{ kind: 'length', magic: '00' }] }, /"magic" of the rule.*offset/);
    refuses({ rules: [{ kind: 'fixed', size: 2, strip: 3 }] }, /2 bytes only/);
    refuses(
      { rules: [{ kind: 'fixed', size: 3, checksum: { kind: 'crc16/x25', to: -1, at: -1 } }] },
      /cannot stand 1 before/,
    );
    refuses(
      { rules: [{ kind: 'fixed', size: 3, checksum: { kind: 'crc99', to: -1, at: -1 } }] },
      /"checksum.kind"/,
    );
    refuses(
      { rules: [{ kind: 'line' }, { kind: 'raw' }] },
      /rule 1 has no "match", so that rule 2 is never reached/,
    );
    refuses({ rules: [{ kind: 'line', discard: true }] }, /every rule discards/);
    refuses({ rules: Array.from({ length: 65 }, () => ({ kind: 'raw' })) }, /65 rules; the limit is 64/);
    const two = { match: { bytes: '00' }, kind: 'line', send: true };
    refuses({ rules: [two, two] }, /more than one rule has "send"/);
    refuses({ rules: [two, { kind: 'raw' }].map((r) => ({ ...r, discard: r === two })) }, /cannot "send"/);
  });

  it('explains rules that contradict themselves', () => {
    const rule = (one: object, reason: RegExp): void => refuses({ rules: [one] }, reason);
    rule(
      { kind: 'length', fields: [{ size: 1 }], offset: 2 },
      /with "fields", write offset, size and the like/,
    );
    rule({ kind: 'length', fields: [{ size: 1, counts: false }] }, /none of the fields counts/);
    rule({ kind: 'length', until: '2c' }, /"until" goes with "as"/);
    rule({ kind: 'length', as: 'decimal', mask: '0f' }, /"mask" and "shift" go with a binary field/);
    rule({ kind: 'length', size: 2, mask: '0f' }, /"mask" needs as many bytes/);
    rule({ kind: 'length', size: 9 }, /8 bytes at most/);
    rule({ kind: 'markers', start: '02', end: '03', shared: true }, /"shared" goes with/);
    rule({ kind: 'markers', start: '0201', end: '03', nest: true }, /"nest" goes with/);
    rule({ kind: 'markers', end: '03', quote: '22' }, /"quote" goes with "nest"/);
    rule({ kind: 'markers', end: '10', double: '10' }, /needs a second byte/);
    rule({ kind: 'markers', end: '03', double: '10', decode: 'hex' }, /exclude one another/);
    rule({ kind: 'markers', end: '03', escape: { byte: '1b' } }, /"map" or "xor"/);
    rule(
      { kind: 'markers', end: '03', escape: { byte: '1b', map: { '00': '03' } } },
      /no code for the escape byte/,
    );
    rule({ kind: 'doubled', byte: '1a', sizes: { '31': 1 } }, /at least its mark and its code/);
    rule({ kind: 'doubled', byte: '1a', sizes: { '1a': 4 } }, /the mark itself cannot be a code/);
    rule(
      { kind: 'sequence', start: '01', escape: '1b1b', end: '1b' },
      /must differ from the escape sequence/,
    );
    rule({ kind: 'table', sizes: {} }, /"sizes" is empty/);
    rule({ kind: 'doubled', byte: '1a', sizes: {} }, /"sizes" is empty/);
    rule({ kind: 'table', sizes: { '1': 2 } }, /one byte in hex/);
    rule(
      { kind: 'table', sizes: { '01': { offest: 2 } } },
      /"sizes.01.offest" of rule 1. Did you mean "offset"/,
    );
    rule({ kind: 'literal', bytes: ['41', '4142'] }, /4142 begins with 41/);
    rule({ kind: 'silence', idleMs: 0 }, /1ms to 1d/);
    rule(
      { kind: 'fixed', size: 2, match: { bytes: '00', range: [['00', '01']] } },
      /either "bytes" or "range"/,
    );
    rule({ kind: 'fixed', size: 2, match: { at: 1 } }, /expected "bytes", "range", "any" or "all"/);
    rule(
      { kind: 'fixed', size: 2, match: { any: [{ byte: '00' }] } },
      /"match.any.0.byte". *.*Did you mean "bytes"/,
    );
    const checksum = { kind: 'crc16/modbus', to: -2, at: -2 };
    rule(
      { kind: 'fixed', size: 4, checksum: { ...checksum, over: 'content' } },
      /goes with kinds that have marks/,
    );
    rule({ kind: 'fixed', size: 4, checksum: { ...checksum, short: true } }, /"short" goes with "as": "hex"/);
    rule({ kind: 'fixed', size: 4, checksum: { ...checksum, size: 1 } }, /does not fit in "size": 1/);
    rule({ kind: 'line', first: true }, /every rule is for the first frame only/);
  });

  it('explains what belongs to no rule', () => {
    const rules = [{ kind: 'line' }];
    refuses({ rules, resync: { most: 3 } }, /Unknown option "most" of "resync"/);
    refuses({ rules, resync: { max: 0 } }, /"max" of "resync"/);
    refuses({ rules, resync: null }, /"resync": expected \{\}/);
    refuses({ rules, frameTimeout: '0ms' }, /"frameTimeout".*1ms to 1d/);
    refuses({ rules, sent: [] }, /"sent" must be a list/);
    refuses({ rules, sent: [{ kind: 'lines' }] }, /sent rule 1: unknown kind "lines"/);
    refuses({ rules, resyn: {} }, /unknown key "resyn". Did you mean "resync"\?/);
  });

  it('knows the words of other programs for a key', () => {
    const rule = (one: object, reason: RegExp): void => refuses({ rules: [one] }, reason);
    rule(
      { kind: 'fixed', size: 2, drop: true },
      /Unknown option "drop" of rule 1. Did you mean "discard" or "onBadChecksum"\?/,
    );
    rule({ kind: 'json', drop: true }, /Did you mean "discard"\?/);
    rule({ kind: 'length', byteOrder: 'little' }, /"byteOrder" of rule 1. Did you mean "endian"\?/);
    rule({ kind: 'length', 'byte-order': 'little' }, /Did you mean "endian"\?/);
    rule({ kind: 'fixed', size: 2, crc16: {} }, /"crc16" of rule 1. Did you mean "checksum"\?/);
    rule(
      { kind: 'length', fields: [{ byteOrder: 'big' }] },
      /"fields.0.byteOrder" of rule 1. Did you mean "endian"\?/,
    );
    rule({ kind: 'delimiter', end: '0a', terminator: '0a' }, /Did you mean "end"\?/);
    rule({ kind: 'fixed', size: 2, constructor: 2 }, /Known here/);
    const rules = [{ kind: 'line' }];
    refuses({ rules, timeout: '5s' }, /unknown key "timeout". Did you mean "frameTimeout"\?/);
    refuses({ rules, constructor: 2 }, /A framing has the keys/);
    refuses({ rules, match: { bytes: '00' } }, /"match" is a key of a rule: write it in one of the "rules"/);
  });

  it('says how a rule becomes a framing', () => {
    const wrap = /A rule belongs in a list: write \{"rules": \[\{"kind": ...\}\]\}/;
    refuses({ kind: 'line' }, wrap);
    refuses('{"max": 3, "kind": "line"}', wrap);
    refuses({ kind: 'lenght', size: 2 }, wrap);
    refuses([{ kind: 'line' }], /Write the list as \{"rules": \[...\]\}/);
    refuses({ name: 'x', framing: { rules: [] } }, /is the value of "framing"/);
  });

  it('refuses length fields that overlap', () => {
    const fields = (...list: object[]): object => ({ rules: [{ kind: 'length', fields: list }] });
    const overlap =
      /field 2 overlaps one before it: "offset" counts from the start of the frame; leave it out/;
    refuses(fields({ size: 2 }, { offset: 1, size: 2 }), overlap);
    refuses(fields({ offset: 4, size: 2 }, { offset: 2, size: 4 }), overlap);
    refuses(fields({ as: 'varint' }, { offset: 1, size: 2 }), overlap);
    refuses(fields({ as: 'decimal', until: '2c', size: 3 }, { offset: 3, size: 1 }), overlap);
    refuses(fields({ size: 1 }, { size: 1, counts: false }, { offset: 1, size: 1 }), /field 3 overlaps/);
    for (const list of [
      [{ size: 2 }, { offset: 2, size: 2 }],
      [{ size: 2 }, { offset: 6, size: 2 }],
      [{ offset: 4, size: 2 }, { size: 2 }],
      [
        { offset: 4, size: 2 },
        { offset: 0, size: 2 },
      ],
    ])
      parseFraming(fields(...list));
    refuses(
      { rules: [{ kind: 'table', sizes: { '01': { fields: [{ size: 2 }, { offset: 0, size: 1 }] } } }] },
      overlap,
    );
  });

  it('gives details where they are asked for', () => {
    const codec = parseFraming('line', { detailed: true });
    const [frame] = new Deframer(codec.decoder(), codec.name).push(Buffer.from('ab\r\n'));
    assert.deepEqual(
      { ...frame, raw: String(frame?.raw), payload: String(frame?.payload) },
      {
        offset: 0,
        raw: 'ab\r\n',
        payload: 'ab',
        rule: 'line',
        checksum: 'none',
      },
    );
  });

  it('shows the framing, shortened', () => {
    assert.throws(() => parseFraming({ rules: [{ kind: 'x'.repeat(100) }] }), {
      message: /The framing \{"rules".{40,60}\.\.\. is not valid/,
    });
  });
});
