/** The wire view under load, for some seconds; `npm run soak -- --target wire --rounds 600` takes ten minutes. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { requirePeer } from '@fairlead/testkit';
import { wire } from '../soak/wire.ts';

it('follows 5,000 frames a second with flat memory, takes keys at 10,000, and tells of all that it leaves out', {
  timeout: 150_000,
}, async (t) => {
  if (!requirePeer(t, 'chromium')) return;
  const { summary, broken } = await wire({ rounds: 8, seed: 1, report: () => {} });
  t.diagnostic(summary);
  assert.deepEqual(broken, []);
});
