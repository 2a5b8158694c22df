import assert from 'node:assert/strict';
import { test } from 'node:test';
import { downlinks } from '../soak/downlinks.ts';

test('kept downlinks: a dozen kills at any moment neither lose nor double one', async (t) => {
  const { summary, broken } = await downlinks({ rounds: 12, seed: 7, report: () => {} });
  t.diagnostic(summary);
  assert.deepEqual(broken, []);
});
