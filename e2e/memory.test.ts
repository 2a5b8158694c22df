/** The memory of the service under load: a short run of `npm run soak -- --target memory`. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { memory } from '../soak/memory.ts';

it('does not grow while a hundred devices send, are sent to and connect again; all is acknowledged', async () => {
  const { broken, summary } = await memory({ rounds: 150, seed: 1, report: () => {} });
  assert.deepEqual(broken, [], summary);
});
