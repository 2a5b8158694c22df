/** Tests that every journal must pass. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import { settled } from './fake-clock.ts';

/** The interface of a journal that the suite uses. Its items are texts. */
export interface SuiteJournal {
  append(
    items: readonly string[],
    refused: (item: string, error: Error) => void,
    done?: (error?: Error) => void,
  ): boolean;
  drained(signal?: AbortSignal): Promise<void>;
  flushed(): Promise<void>;
  read(signal?: AbortSignal): Promise<{ readonly payloads: readonly Uint8Array[]; readonly last: number }>;
  confirm(last: number): void;
  rewind(): void;
  close(): Promise<void>;
}

/** Storage for one test. */
export interface SuiteStorage {
  /** Opens the journal; again after it was closed or left behind. It takes items of 100 bytes, and is full at 10,000 of them or less. */
  open(): Promise<SuiteJournal>;
  /** Leaves the open journal behind as a crash of the process does. */
  crash(): Promise<void>;
}

/**
 * Declares the tests of a journal.
 * @param prepare creates empty storage; to skip the test, `prepare` calls `t.skip()` and returns undefined
 */
export function journalSuite(
  name: string,
  prepare: (t: TestContext) => Promise<SuiteStorage | undefined>,
): void {
  const check = (title: string, body: (storage: SuiteStorage) => Promise<void>) =>
    test(title, async (t) => {
      const storage = await prepare(t);
      if (storage !== undefined) await body(storage);
    });

  describe(`journal suite: ${name}`, () => {
    check('what was appended is read in order, and reported as done once', async ({ open }) => {
      const journal = await open();
      const done: string[] = [];
      journal.append(['a', 'b'], refuse, (error) => done.push(`first ${error}`));
      journal.append(['c'], refuse, (error) => done.push(`second ${error}`));
      journal.append([], refuse, (error) => done.push(`empty ${error}`));
      await journal.flushed();
      assert.deepEqual(done, ['empty undefined', 'first undefined', 'second undefined']);
      assert.deepEqual(await take(journal, 3), ['a', 'b', 'c']);
      await journal.close();
    });

    check(
      'what was not confirmed is there after an orderly end, and after a crash',
      async ({ open, crash }) => {
        const first = await open();
        first.append(['a', 'b', 'c'], refuse);
        await first.flushed();
        assert.deepEqual(await take(first, 3), ['a', 'b', 'c']);
        await first.close();
        const second = await open();
        assert.deepEqual(await take(second, 3, true), ['a', 'b', 'c']);
        second.append(['d', 'e'], refuse);
        await second.flushed();
        await second.close();
        const third = await open();
        third.append(['f'], refuse);
        await third.flushed();
        await crash();
        const fourth = await open();
        assert.deepEqual(await take(fourth, 3), ['d', 'e', 'f']);
        await fourth.close();
      },
    );

    check('rewind reads again what was not confirmed', async ({ open }) => {
      const journal = await open();
      journal.append(['a', 'b'], refuse);
      await journal.flushed();
      await take(journal, 2, true);
      journal.append(['c', 'd'], refuse);
      await journal.flushed();
      assert.deepEqual(await take(journal, 2), ['c', 'd']);
      journal.append(['e'], refuse);
      await journal.flushed();
      journal.rewind();
      assert.deepEqual(await take(journal, 3), ['c', 'd', 'e']);
      await journal.close();
    });

    check('it says when it is full, and when it may go on; nothing is dropped', async ({ open }) => {
      const journal = await open();
      const items = Array.from({ length: 10_000 }, (_, i) => `${i} `.padEnd(100, '.'));
      let count = 0;
      let more = true;
      for (; more && count < items.length; count += 10) {
        more = journal.append(items.slice(count, count + 10), refuse);
        if (count % 100 === 0) await journal.flushed();
      }
      assert.equal(more, false);
      // Those who have read something append it all the same.
      journal.append(['the last'], refuse);
      let drained = false;
      const waiting = journal.drained().then(() => {
        drained = true;
      });
      await journal.flushed();
      await settled();
      assert.equal(drained, false);
      assert.deepEqual(await take(journal, count + 1, true), [...items.slice(0, count), 'the last']);
      await waiting;
      assert.equal(journal.append(['more'], refuse), true);
      await journal.close();
    });

    check(
      'a reader waits for what is appended; a signal and the end of the journal end the wait',
      async ({ open }) => {
        const journal = await open();
        const stop = new AbortController();
        const aborted = journal.read(stop.signal);
        stop.abort();
        await assert.rejects(aborted, (error) => isFairleadError(error, 'ABORTED'));
        const reading = journal.read();
        journal.append(['a'], refuse);
        assert.deepEqual(texts((await reading).payloads), ['a']);
        const ended = assert.rejects(journal.read());
        await journal.close();
        await ended;
        assert.throws(() => journal.append(['b'], refuse));
        await journal.close();
      },
    );
  });
}

function refuse(_: string, error: Error): never {
  throw error;
}

const texts = (payloads: readonly Uint8Array[]) => payloads.map((payload) => Buffer.from(payload).toString());

/** Reads this many items. */
async function take(journal: SuiteJournal, count: number, confirm = false): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const { payloads, last } = await journal.read(AbortSignal.timeout(5_000));
    taken.push(...texts(payloads));
    if (confirm) journal.confirm(last);
  }
  return taken;
}
