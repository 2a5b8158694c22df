import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createSandbox } from '../../../src/index.ts';
import { context, frame, values } from '../../support.ts';

const sandbox = createSandbox();
after(() => sandbox.close());

test('scripts import the module within their isolate', async () => {
  const script = await sandbox.load(`
    import { decodePdu, plan, registerMap } from 'fairlead:modbus';
    export function uplink(bytes) {
      const [read] = plan(registerMap([{ name: 'power', address: 0, type: 'f32', order: 'cdab' }], 1));
      return { values: decodePdu(bytes, read) };
    }
  `);
  const {
    results: [result],
  } = await script.uplink([frame(3, 4, 0, 0, 0x3f, 0xc0)], context());
  assert.deepEqual(values(result), { power: 1.5 });
});
