import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Deframer, framingFromSpec } from '../../../src/index.ts';

describe('the fast way of a spec', () => {
  for (const magic of ['15', '1516', '151617']) {
    it(`checks the magic ${magic} of a rule that matches anything`, () => {
      const codec = framingFromSpec({ rules: [{ kind: 'length', offset: 3, size: 1, magic }] });
      const head = Buffer.from(magic.padEnd(6, '0'), 'hex');
      const good = Buffer.from([...head, 2, 65, 66]);
      const bad = Buffer.from([0x78, ...good.subarray(1)]);
      const deframer = new Deframer(codec.decoder(), codec.name);
      assert.deepEqual(deframer.push(Buffer.concat([good, good])).map(String), ['AB', 'AB']);
      assert.deepEqual(deframer.push(Buffer.concat([bad, good])), []);
      assert.equal(deframer.failure?.code, 'FRAME_MAGIC_MISMATCH');
    });
  }
});
