import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import fc from 'fast-check';
import { gatewayErrors } from '../../src/catalogue.ts';
import { afterCrash, afterError, downlinkStates, retryDelay, step } from '../../src/downlink/ledger.ts';
import type { DeliveryPromise, KeptDownlink } from '../../src/index.ts';

const fresh = (delivery: DeliveryPromise = 'at-most-once'): KeptDownlink => ({
  id: '1',
  device: 'd',
  deviceId: 'i',
  owner: 'i',
  kind: 'command',
  json: '{}',
  delivery,
  state: 'queued',
  createdAt: 0,
  expiresAt: 1_000,
  attempts: 0,
  answerable: false,
});
const closed = gatewayErrors.error('LINK_KILLED');

test('written is the end where an answer cannot be told, and only then', () => {
  for (const answerable of [false, true]) {
    const written = step(step(fresh(), 'attempt', 1, { answerable }), 'write', 2);
    assert.deepEqual(
      [written.state, written.writtenAt, written.finishedAt],
      ['written', 2, answerable ? undefined : 2],
    );
  }
});

test('at most once: whatever ends a try, there is no second one; at least once: until its time is over', () => {
  const errors = [
    closed,
    gatewayErrors.error('DOWNLINK_UNANSWERED', { device: 'd', limit: 1 }),
    gatewayErrors.error('DOWNLINK_TIMEOUT', { device: 'd', limit: 1, until: 'written' }),
  ];
  for (const error of errors)
    for (const written of [false, true]) {
      const begun = (delivery: DeliveryPromise) => {
        const attempted = step(fresh(delivery), 'attempt', 1, { answerable: true });
        return written ? step(attempted, 'write', 2) : attempted;
      };
      const once = afterError(begun('at-most-once'), error, 3);
      assert.equal(once.state, 'failed');
      assert.equal(once.code, error.code === 'DOWNLINK_UNANSWERED' ? error.code : 'DOWNLINK_UNCERTAIN');
      assert.deepEqual(
        [
          afterError(begun('at-least-once'), error, 3).state,
          afterError(begun('at-least-once'), error, 1_000).code,
        ],
        ['queued', 'DOWNLINK_GIVEN_UP'],
      );
      assert.equal(afterCrash(begun('at-most-once'), 3).code, 'DOWNLINK_UNCERTAIN');
      assert.equal(afterCrash(begun('at-least-once'), 3).state, 'queued');
    }
});

test('what was not sent may be tried again, if that can help', () => {
  const offline = gatewayErrors.error('DEVICE_OFFLINE', { device: 'd' });
  const never = gatewayErrors.error('DOWNLINK_NOT_SENT', { device: 'd' });
  assert.equal(afterError(fresh(), offline, 1).state, 'queued');
  assert.equal(afterError(fresh(), never, 1).code, 'DOWNLINK_NOT_SENT');
  const full = gatewayErrors.error('DOWNLINKS_WAITING', { device: 'd', limit: 1 });
  assert.equal(afterError(step(fresh(), 'attempt', 1), full, 2).state, 'queued');
});

test('a refusal ends it, also one that may come twice', () => {
  const refused = gatewayErrors.error('DOWNLINK_REFUSED', { device: 'd', reason: 'no' });
  const written = step(step(fresh('at-least-once'), 'attempt', 1, { answerable: true }), 'write', 2);
  assert.equal(afterError(written, refused, 3).code, 'DOWNLINK_REFUSED');
});

test('any order of events: the state is one of the table, the end stays the end, tries are counted', () => {
  const events = ['attempt', 'write', 'acknowledge', 'again', 'fail', 'expire', 'cancel'] as const;
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...events)), fc.boolean(), (order, answerable) => {
      let downlink = fresh();
      let attempts = 0;
      for (const event of order) {
        const possible = downlinkStates.table[downlink.state][event] !== undefined;
        try {
          downlink = step(downlink, event, 1, event === 'attempt' ? { answerable } : {});
          assert.ok(possible);
          if (event === 'attempt') attempts++;
        } catch (error) {
          assert.ok(!possible && isFairleadError(error, 'EVENT_IMPOSSIBLE'));
        }
        assert.equal(downlink.attempts, attempts);
      }
    }),
  );
});

test('the waits between tries grow up to their bound', () => {
  const bounds = { min: 2, max: 10 };
  const waits = [0, 1, 2, 3, 4, 1e9].map((attempts) => retryDelay({ ...fresh(), attempts }, bounds));
  assert.deepEqual(waits, [2, 2, 4, 8, 10, 10]);
});
