import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { FakeClock } from '@fairlead/testkit';
import { OpenRequests } from '../../src/access/open-requests.ts';
import type { Principal } from '../../src/access/principal.ts';
import { serverLimits } from '../../src/limits.ts';

/** An answer that notes whether it was ended. */
function answer() {
  const emitter = new EventEmitter();
  const response = Object.assign(emitter, {
    closed: false,
    destroy() {
      response.closed = true;
      emitter.emit('close');
    },
  });
  return response as unknown as ServerResponse & { closed: boolean };
}

const token = (credential: string, expiresAt?: number): Principal => ({
  kind: 'token',
  name: credential,
  scopes: ['read'],
  credential,
  expiresAt,
});

test('an answer ends soon after its token has expired, and not before', async () => {
  const clock = new FakeClock();
  using open = new OpenRequests(clock);
  const [soon, later, never] = [answer(), answer(), answer()];
  const { expiryCheck } = serverLimits.values;
  open.add(soon, token('soon', clock.now() + 1.5 * expiryCheck));
  open.add(later, token('later', clock.now() + 1e9));
  open.add(never, token('never'));
  await clock.advance(expiryCheck);
  assert.deepEqual([soon.closed, later.closed, never.closed], [false, false, false]);
  await clock.advance(expiryCheck);
  assert.deepEqual([soon.closed, later.closed, never.closed], [true, false, false]);
  later.destroy();
  await clock.advance(expiryCheck);
  assert.equal(clock.pending, 0, 'nothing is left that can expire');
});
