import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codecSuite } from '@fairlead/testkit';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { tcpErrors } from '../../../src/catalogue.ts';
import type { Measure } from '../../../src/framing/measure.ts';
import { payloadBytes } from '../../../src/framing/payload.ts';
import { codecOfRules } from '../../../src/framing/spec/decoder.ts';
import type { RuleKind } from '../../../src/framing/spec/kind.ts';
import { commonKeys, maxKey } from '../../../src/framing/spec/parts/keys.ts';
import { framingJsonSchema, framingReference } from '../../../src/framing/spec/reference.ts';
import { ruleKinds } from '../../../src/framing/spec/rule-kinds.ts';
import { SpecParser } from '../../../src/framing/spec/spec-parser.ts';
import { Deframer } from '../../../src/index.ts';

// A kind as a newcomer would add it: one file such as this part, and one entry in the table.

const schema = z.strictObject({
  ...commonKeys,
  kind: z.literal('stuffed').describe('Blocks with a count byte in front, which a count of 0 ends.'),
  max: maxKey,
});

/**
 *     COUNT bytes  COUNT bytes .. 00
 */
const stuffedKind: RuleKind<typeof schema> = {
  schema,
  shape: ({ max }) => ({
    hasContent: true,
    measure: () => stuffedMeasure(max),
    encoder: () => ({
      encode(message, sink) {
        const bytes = payloadBytes(message, 'stuffed');
        for (let at = 0; at < bytes.length; at += 255) {
          const block = bytes.subarray(at, at + 255);
          sink.byte(block.length);
          sink.bytes(block);
        }
        sink.byte(0);
      },
    }),
    cost: max,
  }),
  word: { alone: true, number: 'max' },
};

function stuffedMeasure(max: number): Measure {
  return {
    measure(window) {
      let size = 0;
      for (let at = 0; at < window.length; at += window.at(at) + 1) {
        if (window.at(at) === 0) return at + 1;
        size += window.at(at);
        if (size > max) throw tcpErrors.error('FRAME_TOO_LARGE', { size, limit: max });
      }
      window.short(window.length + 1);
      return 0;
    },
    content(window, total) {
      const blocks: Buffer[] = [];
      for (let at = 0; at < total - 1; at += window.at(at) + 1)
        blocks.push(window.view(at + 1, at + 1 + window.at(at)));
      return Buffer.concat(blocks);
    },
  };
}

const kinds: readonly RuleKind[] = [...ruleKinds, stuffedKind];
const parser = new SpecParser(kinds);

describe('a kind that the table gained', () => {
  codecSuite('stuffed', codecOfRules(parser.parse('stuffed:8')), [
    { hex: '03616263 00', frames: [{ hex: '616263' }] },
    { hex: '00', frames: [{ hex: '' }] },
    { hex: '0261620163 00', frames: [{ hex: '616263' }] },
    { hex: '03616263', frames: [], error: 'FRAME_TRUNCATED' },
    { hex: '09', frames: [], error: 'FRAME_TOO_LARGE' },
  ]);

  it('stands among the others in a spec, with the keys of every rule', () => {
    const codec = codecOfRules(
      parser.parse({
        rules: [{ match: { bytes: 'ff' }, kind: 'fixed', size: 1, discard: true }, { kind: 'stuffed' }],
      }),
    );
    const frames = new Deframer(codec.decoder(), codec.name).push(Buffer.from('ff026f6b00ff', 'hex'));
    assert.deepEqual(frames.map(String), ['ok']);
  });

  it('is explained like the others', () => {
    const refuses = (framing: string | object, message: RegExp) =>
      assert.throws(() => parser.parse(framing), { code: 'FRAMING_SPEC_INVALID', message });
    refuses('stufed', /did you mean stuffed or stuffed:N/);
    refuses('nothing', /known: raw, line, json, tp, stuffed, .*stuffed:N/);
    refuses({ rules: [{ kind: 'stufed' }] }, /Did you mean "stuffed"/);
    refuses({ rules: [{ kind: 'stuffed', maks: 1 }] }, /Did you mean "max"/);
  });

  it('is in the JSON Schema and in the reference', () => {
    const takes = new Ajv2020({ strict: false }).compile(framingJsonSchema(kinds));
    assert.equal(takes({ rules: [{ kind: 'stuffed', max: '1KiB' }] }), true);
    assert.equal(takes({ rules: [{ kind: 'stuffed', size: 1 }] }), false);
    assert.match(framingReference(kinds), /### `"kind": "stuffed"`\n\nBlocks with a count byte/);
  });

  it('is unknown without its entry', () => {
    assert.throws(() => new SpecParser(ruleKinds).parse('stuffed'), { code: 'FRAMING_SPEC_INVALID' });
  });
});
