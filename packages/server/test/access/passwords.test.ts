import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { describe, test } from 'node:test';
import { Passwords } from '../../src/access/passwords.ts';
import { serverLimits } from '../../src/limits.ts';

const cheap = { n: 2, r: 1, p: 1 };
const GOOD = 'correct horse battery';

describe('passwords', () => {
  test('what is stored proves the password, shows nothing of it, and differs each time', async () => {
    const passwords = new Passwords(cheap);
    const [a, b] = [await passwords.hash(GOOD, 'ann'), await passwords.hash(GOOD, 'ann')];
    assert.notEqual(a, b);
    assert.ok(!a.includes(GOOD));
    assert.equal(await passwords.verify(GOOD, a), true);
    for (const wrong of [`${GOOD} `, GOOD.toUpperCase(), ''])
      assert.equal(await passwords.verify(wrong, a), false, wrong);
    assert.equal(await passwords.verify(GOOD, undefined), false);
  });

  test('the same letters typed in another way are the same password', async () => {
    const passwords = new Passwords(cheap);
    const stored = await passwords.hash('Grüße aus Köln', 'ann');
    assert.equal(await passwords.verify('Gru\u0308ße aus Ko\u0308ln', stored), true);
  });

  test('one of another cost, which an earlier version stored, still proves itself', async () => {
    const stored = await new Passwords({ n: 4, r: 2, p: 1 }).hash(GOOD, 'ann');
    assert.equal(await new Passwords(cheap).verify(GOOD, stored), true);
  });

  test('weak ones are refused, without showing them', async () => {
    const passwords = new Passwords(cheap);
    for (const weak of ['', 'short', 'aaaaaaaaaaaaaaa', 'abababababab', 'operations@example.com'])
      await assert.rejects(
        () => passwords.hash(weak, 'Operations@Example.com'),
        ({ code, message }: { code: string; message: string }) =>
          code === 'PASSWORD_INVALID' && (weak === '' || !message.includes(weak)),
        weak,
      );
  });

  test('a flood waits or is refused, and the event loop goes on', { timeout: 60_000 }, async () => {
    const passwords = new Passwords({ n: 2 ** 14, r: 8, p: 1 });
    const { derivations, derivationsWaiting } = serverLimits.values;
    let longest = 0;
    let last = performance.now();
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    const flood = 500;
    const attempts = Array.from({ length: flood }, () => passwords.verify(GOOD, undefined));
    const outcomes = await Promise.allSettled(attempts);
    clearInterval(watch);
    assert.ok(longest < 500, `the event loop stood for ${longest} ms`);
    // As many were under way as may be, and as many waited.
    const refused = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    assert.equal(refused.length, flood - derivations - derivationsWaiting);
    for (const { reason } of refused) assert.equal(reason.code, 'SIGN_IN_BUSY');
    assert.equal(await passwords.verify(GOOD, undefined), false, 'there is room again');
  });

  test('what is stored names a cost that is not cheap', { timeout: 20_000 }, async () => {
    const passwords = new Passwords();
    const stored = await passwords.hash(GOOD, 'ann');
    const [, n, r, p] = stored.split('$').map(Number);
    assert.deepEqual([n, r, p], [65_536, 8, 2]);
    assert.equal(await passwords.verify(GOOD, stored), true);
  });
});
