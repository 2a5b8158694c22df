import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { openStore } from '@fairlead/store';
import { FakeClock } from '@fairlead/testkit';
import { Passwords } from '../../src/access/passwords.ts';
import { SignIn } from '../../src/access/sign-in.ts';
import { serverLimits } from '../../src/limits.ts';

const { signInFailures, signInFailuresOfUser, signInWindow, signInCodeAge, signInCodes } =
  serverLimits.values;
const GOOD = 'correct horse battery';
const HOME = '10.0.0.1';

async function setUp(t: TestContext, names: readonly string[] = ['Ann']) {
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-sign-in-'));
  const clock = new FakeClock();
  const store = openStore({ dir, clock });
  t.after(async () => {
    await store.close();
    rmSync(dir, { recursive: true });
  });
  const passwords = new Passwords({ n: 2, r: 1, p: 1 });
  const signIn = new SignIn({ store, clock, passwords });
  for (const name of names)
    store.users.add({ name, role: 'viewer', password: await passwords.hash(GOOD, name) });
  const attempt = (name: string, password: string, address = HOME) =>
    signIn.byPassword(name, password, address).then(
      (user) => user.name,
      (error: { code: string }) => error.code,
    );
  return { store, clock, signIn, attempt };
}

describe('signing in with a password', () => {
  test('an operator sees who is locked, and ends it', async (t) => {
    const { attempt, clock, signIn } = await setUp(t);
    const fail = async (count: number, name: string, address?: string) => {
      for (let i = 0; i < count; i++) await attempt(name, 'wrong', address);
    };
    await fail(signInFailuresOfUser, 'ann');
    await fail(signInFailuresOfUser, 'a password by mistake', '10.0.0.2');
    await clock.advance(1_000);
    const left = signInWindow - 1_000;
    assert.deepEqual(signIn.locked(), [{ user: 'Ann', address: undefined, left }]);
    assert.equal(await attempt('Ann', GOOD), 'SIGN_IN_LOCKED');
    assert.equal(signIn.unlock('bob'), false);
    assert.equal(signIn.unlock('ANN'), true);
    assert.equal(await attempt('Ann', GOOD), 'Ann');
    for (let i = 0; i < signInFailures; i++) await attempt(`nobody-${i}`, 'wrong', '2001:db8::7');
    const [address] = signIn.locked();
    assert.equal(address?.address, '2001:db8:0:0::/64');
    assert.equal(await attempt('Ann', GOOD, '2001:db8::8'), 'SIGN_IN_LOCKED');
    assert.equal(signIn.unlock('2001:db8::9'), true);
    assert.equal(await attempt('Ann', GOOD, '2001:db8::8'), 'Ann');
    assert.deepEqual(signIn.locked(), []);
  });

  test('needs the right name and the right password, and does not say which is wrong', async (t) => {
    const { attempt, store } = await setUp(t);
    store.users.add({ name: 'linked', role: 'viewer' });
    assert.equal(await attempt('aNN', GOOD), 'Ann');
    assert.equal(await attempt('Ann', 'wrong'), 'SIGN_IN_REFUSED');
    assert.equal(await attempt('bob', GOOD), 'SIGN_IN_REFUSED');
    assert.equal(await attempt('linked', ''), 'SIGN_IN_REFUSED');
  });

  test('a user is locked after failures from anywhere, for a time; a known name and an unknown one alike', async (t) => {
    const { attempt, clock } = await setUp(t, ['Ann', 'Bob']);
    for (const name of ['Ann', 'nobody']) {
      const answers = [];
      for (let n = 0; n <= signInFailuresOfUser; n++)
        answers.push(await attempt(name, 'wrong', `10.0.1.${n}`));
      assert.deepEqual(
        answers,
        [...Array(signInFailuresOfUser).fill('SIGN_IN_REFUSED'), 'SIGN_IN_LOCKED'],
        name,
      );
    }
    assert.equal(await attempt('Ann', GOOD, '10.9.9.9'), 'SIGN_IN_LOCKED');
    assert.equal(await attempt('Bob', GOOD), 'Bob');
    await clock.advance(signInWindow);
    assert.equal(await attempt('Ann', GOOD), 'Ann');
  });

  test('attempts at the same time are counted like one after the other', async (t) => {
    const { attempt } = await setUp(t);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => attempt('Ann', 'wrong', `10.0.2.${n}`)),
    );
    assert.equal(answers.filter((code) => code === 'SIGN_IN_REFUSED').length, signInFailuresOfUser);
  });

  test('strangers do not lock a user out where the user is signed in', async (t) => {
    const { attempt, store } = await setUp(t);
    store.sessions.open({ user: 'Ann', remote: HOME });
    for (let n = 0; n <= signInFailuresOfUser; n++) await attempt('Ann', 'wrong', `10.0.3.${n}`);
    assert.equal(await attempt('Ann', GOOD, '10.0.3.1'), 'SIGN_IN_LOCKED');
    assert.equal(await attempt('Ann', GOOD, HOME), 'Ann');
  });

  test('an address is locked whatever the names, even if it signs in as itself between', async (t) => {
    const { attempt } = await setUp(t);
    for (let n = 0; n < signInFailures; n++) {
      assert.equal(await attempt(`name-${n}`, GOOD), 'SIGN_IN_REFUSED');
      if (n % 3 === 0 && n < signInFailures - 1) assert.equal(await attempt('Ann', GOOD), 'Ann');
    }
    assert.equal(await attempt('name-x', GOOD), 'SIGN_IN_LOCKED');
    assert.equal(await attempt('Ann', GOOD), 'SIGN_IN_LOCKED');
    assert.equal(await attempt('Ann', GOOD, '10.0.0.2'), 'Ann');
  });

  test('the addresses of one IPv6 network are one', async (t) => {
    const { attempt } = await setUp(t);
    for (let n = 0; n < signInFailures; n++) await attempt(`name-${n}`, GOOD, `2001:db8::${n.toString(16)}`);
    assert.equal(await attempt('Ann', GOOD, '2001:db8::ffff'), 'SIGN_IN_LOCKED');
    assert.equal(await attempt('Ann', GOOD, '2001:db8:0:1::1'), 'Ann');
  });

  test('a user who is removed meanwhile does not get in', async (t) => {
    const { attempt, store } = await setUp(t);
    const late = attempt('Ann', GOOD);
    store.users.remove('Ann');
    assert.equal(await late, 'SIGN_IN_REFUSED');
  });
});

describe('signing in with a code', () => {
  const SHARED = '10.0.0.3';
  test('works once, within its time, for whom it was made', async (t) => {
    const { signIn, clock, store } = await setUp(t);
    const [a, b, c, d] = ['Ann', undefined, undefined, 'Ann'].map((user) => signIn.codes.make(user).code) as [
      string,
      string,
      string,
      string,
    ];
    assert.equal(signIn.byCode(a, SHARED)?.name, 'Ann');
    assert.throws(() => signIn.byCode(a, SHARED), { code: 'SIGN_IN_REFUSED' });
    await clock.advance(signInCodeAge - 1);
    assert.equal(signIn.byCode(b, SHARED), undefined);
    store.users.remove('Ann');
    assert.throws(() => signIn.byCode(d, SHARED), { code: 'SIGN_IN_REFUSED' });
    await clock.advance(1);
    assert.throws(() => signIn.byCode(c, SHARED), { code: 'SIGN_IN_REFUSED' });
  });

  test('wrong ones lock the address, and only so many wait', async (t) => {
    const { signIn } = await setUp(t);
    const { code } = signIn.codes.make(undefined);
    for (let n = 0; n < signInFailures; n++)
      assert.throws(() => signIn.byCode(`wrong-${n}`, SHARED), { code: 'SIGN_IN_REFUSED' });
    assert.throws(() => signIn.byCode(code, SHARED), { code: 'SIGN_IN_LOCKED' });
    for (let n = 0; n < signInCodes; n++) signIn.codes.make(undefined);
    assert.throws(() => signIn.byCode(code, HOME), { code: 'SIGN_IN_REFUSED' });
  });
});
