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
    refuses('length:9', /1 to 8 bytes/);
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
    refuses({ rules: Array.from({ length: 65 }, () => ({ kind: 'raw' })) }, /65 rules; there may be 64/);
    const two = { match: { bytes: '00' }, kind: 'line', send: true };
    refuses({ rules: [two, two] }, /more than one rule says "send"/);
    refuses({ rules: [two, { kind: 'raw' }].map((r) => ({ ...r, discard: r === two })) }, /cannot "send"/);
  });

  it('shows the framing, shortened', () => {
    assert.throws(() => parseFraming({ rules: [{ kind: 'x'.repeat(100) }] }), {
      message: /The framing \{"rules".{40,60}\.\.\. is not valid/,
    });
  });
});
