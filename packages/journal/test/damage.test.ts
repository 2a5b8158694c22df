/** Files that were changed behind the journal's back, and disks that fail. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Log } from '@fairlead/core';
import { assertLinear, FakeClock, fault, ModelFolder, seeded, settled, systemError } from '@fairlead/testkit';
import fc from 'fast-check';
import { SEGMENT_HEAD, sealRecord, writeSegmentHead } from '../src/format.ts';
import { journalErrors, openJournal } from '../src/index.ts';
import { type Item, itemFormat, never, readAll } from './items.ts';

const bounds = { segment: 1_000, size: 4_000 };

/** The codes and details that are logged. */
function lines() {
  const logged: Record<string, unknown>[] = [];
  const add = (fields: object) => logged.push(fields as Record<string, unknown>);
  const log: Log = { debug: add, info() {}, warn: add, error: add };
  return { log, logged, codes: () => logged.map(({ code }) => code) };
}

/** A folder with `count` items in several segments, in the order of their names. */
async function filled(count: number, size = 40): Promise<Map<string, Uint8Array>> {
  const folder = new ModelFolder(seeded(1));
  const journal = await openJournal<Item>({ files: folder, format: itemFormat, ...bounds });
  for (let id = 1; id <= count; id++) {
    journal.append([{ id, size, mark: id }], never);
    await journal.flushed();
  }
  await journal.close();
  return new Map([...folder.files()].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function opened(files: ReadonlyMap<string, Uint8Array>) {
  const { log, logged, codes } = lines();
  const folder = new ModelFolder(seeded(2), files);
  const journal = await openJournal<Item>({ files: folder, format: itemFormat, ...bounds, log });
  const { ids } = await readAll(journal);
  return { folder, journal, ids, logged, codes };
}

const segmentsOf = (files: ReadonlyMap<string, Uint8Array>) =>
  [...files.keys()].filter((name) => name.endsWith('.journal'));
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('a damaged journal', () => {
  fault(
    {
      name: 'The last record of the journal is torn',
      where: 'disk',
      happens:
        'The tail is cut and named in the log; all records before it are published, and new ones are appended.',
      code: 'JOURNAL_TAIL_CUT',
    },
    async () => {
      const files = await filled(30);
      const last = segmentsOf(files).at(-1) as string;
      files.set(last, (files.get(last) as Uint8Array).slice(0, -5));
      const { journal, ids, logged, folder } = await opened(files);
      assert.deepEqual(ids, range(1, 29));
      assert.deepEqual(logged, [{ code: 'JOURNAL_TAIL_CUT', segment: last, bytes: 63 }]);
      journal.append([{ id: 31, size: 5, mark: 1 }], never);
      await journal.close();
      const again = await opened(folder.files());
      assert.deepEqual([again.ids, again.codes()], [[...range(1, 29), 31], []]);
    },
  );

  fault(
    {
      name: 'Bits of a record of the journal are turned',
      where: 'disk',
      happens: 'That record alone is lost, and named; all others are published in order.',
      code: 'JOURNAL_DAMAGED',
    },
    async () => {
      const files = await filled(30);
      const [name = ''] = segmentsOf(files);
      const bytes = (files.get(name) as Uint8Array).slice();
      const offset = SEGMENT_HEAD + 2 * 68;
      bytes[offset + 30] = 0xff;
      files.set(name, bytes);
      const { journal, ids, logged } = await opened(files);
      assert.deepEqual(ids, [1, 2, ...range(4, 30)]);
      assert.deepEqual(logged, [
        { code: 'JOURNAL_DAMAGED', segment: name, offset, bytes: 68, records: 1, from: 3, to: 3 },
      ]);
      assert.deepEqual([journal.stats().lostRecords, journal.stats().lostBytes], [1, 68]);
    },
  );

  it('reads all that is whole, whatever bits were turned, and counts the rest', async () => {
    const whole = await filled(40);
    const names = segmentsOf(whole);
    const flip = fc.record({
      file: fc.nat(names.length - 1),
      at: fc.nat(100_000),
      bits: fc.integer({ min: 1, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(flip, { minLength: 1, maxLength: 5 }), async (flips) => {
        const files = new Map(whole);
        const touched = new Set<number>();
        for (const { file, at, bits } of flips) {
          const name = names[file] as string;
          const bytes = (files.get(name) as Uint8Array).slice();
          const place = at % bytes.length;
          bytes[place] = (bytes[place] as number) ^ bits;
          files.set(name, bytes);
          const record = Math.floor((place - SEGMENT_HEAD) / 68);
          if (record >= 0) touched.add(Number(name.slice(0, 15)) + record);
        }
        const { ids, journal, codes } = await opened(files);
        const expected = range(1, 40).filter((id) => !touched.has(id));
        // Bits that were turned twice are as before.
        assert.deepEqual(
          ids.filter((id) => !touched.has(id)),
          expected,
        );
        const { lostRecords } = journal.stats();
        const tail = codes().includes('JOURNAL_TAIL_CUT');
        assert.ok(ids.length + lostRecords === 40 || (tail && ids.length + lostRecords < 40));
        if (ids.length < 40) assert.ok(codes().length > 0);
      }),
      { numRuns: 200 },
    );
  });

  fault(
    {
      name: 'A segment of the journal is unreadable or gone',
      where: 'disk',
      happens: 'Reading goes on at the next one, and what is lost is counted and named.',
      code: 'JOURNAL_DAMAGED',
    },
    async () => {
      const files = await filled(60);
      const [, second = '', third = ''] = segmentsOf(files);
      files.set(second, new Uint8Array((files.get(second) as Uint8Array).length));
      const third1 = Number(third.slice(0, 15));
      const damaged = await opened(files);
      assert.equal(damaged.ids.length, 60 - (third1 - Number(second.slice(0, 15))));
      files.delete(second);
      const gone = await opened(files);
      assert.deepEqual([gone.ids, gone.codes()], [damaged.ids, ['JOURNAL_DAMAGED']]);
    },
  );

  it('does not take a payload for a record, and does not depend on the head of a segment', async () => {
    const folder = new ModelFolder(seeded(1));
    const journal = await openJournal<Buffer>({
      files: folder,
      format: {
        size: ({ length }) => length,
        write: (bytes, into, at) => bytes.copy(into, at),
        mark: () => 0,
      },
      ...bounds,
      salt: 0x1234,
    });
    const forged = Buffer.alloc(40);
    sealRecord(forged, 0, 16, 0, 3, 0); // a device does not know the salt
    journal.append([Buffer.from('one'), forged, Buffer.from('two')], never);
    await journal.close();
    const [name = ''] = segmentsOf(folder.files());
    const bytes = (folder.files().get(name) as Uint8Array).slice();
    bytes[3] = 9; // another version of the head
    bytes[SEGMENT_HEAD + 24 + 3 + 1] = 0xff; // the length of the second record
    const { log, codes } = lines();
    const files = new ModelFolder(seeded(1), new Map([[name, bytes]]));
    const again = await openJournal<Item>({ files, format: itemFormat, ...bounds, log });
    const { payloads } = await again.read();
    assert.deepEqual(payloads.map(String), ['one', 'two']);
    assert.deepEqual(codes(), ['JOURNAL_DAMAGED']);
  });

  it('reads all again without a cursor, and with a damaged one', async () => {
    const folder = new ModelFolder(seeded(1));
    const first = await openJournal<Item>({ files: folder, format: itemFormat, ...bounds });
    first.append(
      [
        { id: 1, size: 5, mark: 0 },
        { id: 2, size: 5, mark: 0 },
      ],
      never,
    );
    await first.flushed();
    first.confirm((await first.read()).last);
    await first.close();
    assert.deepEqual((await opened(folder.files())).ids, []);
    const files = folder.files();
    files.set(
      'cursor',
      (files.get('cursor') as Uint8Array).map((byte) => byte ^ 1),
    );
    assert.deepEqual((await opened(files)).ids, [1, 2]);
    files.delete('cursor');
    assert.deepEqual((await opened(files)).ids, [1, 2]);
  });

  it('never uses a sequence again that the cursor has passed', async () => {
    const files = await filled(3);
    const first = await opened(files);
    first.journal.confirm(3);
    await first.journal.close();
    const left = new Map([...first.folder.files()].filter(([name]) => name === 'cursor'));
    const second = await opened(left);
    second.journal.append([{ id: 9, size: 1, mark: 0 }], never);
    await second.journal.close();
    assert.deepEqual((await opened(second.folder.files())).ids, [9]);
  });

  it('needs time that grows with the bytes, whatever they are', async () => {
    const salt = 7;
    const hostile = (count: number) => {
      const head = writeSegmentHead({ salt, first: 1, mark: 0 });
      const record = Buffer.alloc(24);
      sealRecord(record, 0, 0, salt, 1, 0);
      record.writeUInt32BE(0xffff_ffff, 0); // heads that are almost right
      return Buffer.concat([head, ...Array.from({ length: count }, () => record)]);
    };
    await assertLinear(
      4_000,
      (count) => new Map([['000000000000001-00000007.journal', hostile(count)]]),
      (files) =>
        openJournal<Item>({ files: new ModelFolder(seeded(2), files), format: itemFormat, ...bounds }),
    );
  });
});

describe('a disk that fails', () => {
  for (const [code, reason] of [
    ['ENOSPC', 'the disk is full'],
    ['EROFS', 'the file system is read-only'],
    ['EIO', 'the disk reports an input/output error'],
  ] as const)
    it(`${code}: nothing is reported as done, appending pauses, and all is written when it works again`, async () => {
      const folder = new ModelFolder(seeded(1));
      const clock = new FakeClock();
      const { log, logged } = lines();
      const journal = await openJournal<Item>({ files: folder, format: itemFormat, ...bounds, clock, log });
      const done: (string | undefined)[] = [];
      const append = (id: number) =>
        journal.append([{ id, size: 10, mark: 0 }], never, (error) => done.push(error?.code));
      assert.equal(append(1), true);
      await journal.flushed();
      folder.before = (call) =>
        ['write', 'create', 'sync', 'truncate'].includes(call) ? systemError(code) : undefined;
      append(2);
      await assert.rejects(journal.flushed(), { code: 'JOURNAL_WRITE_FAILED' });
      assert.equal(append(3), false);
      assert.deepEqual(done, [undefined, 'JOURNAL_WRITE_FAILED', 'JOURNAL_WRITE_FAILED']);
      assert.equal(logged.length, 1);
      assert.equal(logged[0]?.reason, reason);
      assert.equal(journal.stats().error?.code, 'JOURNAL_WRITE_FAILED');
      let drained = false;
      journal.drained().then(() => {
        drained = true;
      });
      await clock.advance(10_000);
      assert.deepEqual([drained, logged.length], [false, 1]);
      folder.before = undefined;
      await clock.advance(10_000);
      assert.equal(drained, true);
      assert.equal(append(4), true);
      await journal.flushed();
      assert.deepEqual((await readAll(journal)).ids, [1, 2, 3, 4]);
      assert.equal(done.at(-1), undefined);
      await journal.close();
      const again = await opened(folder.crash().files());
      assert.deepEqual([again.ids, again.journal.stats().lostRecords], [[1, 2, 3, 4], 0]);
    });

  fault(
    {
      name: 'The service stops while the disk fails',
      where: 'disk',
      happens: 'The log has what is lost, by number.',
      code: 'JOURNAL_WRITE_FAILED',
    },
    async () => {
      const folder = new ModelFolder(seeded(1));
      const { log, codes } = lines();
      const journal = await openJournal<Item>({
        files: folder,
        format: itemFormat,
        ...bounds,
        log,
        clock: new FakeClock(),
      });
      folder.before = (call) => (call === 'write' ? systemError('EIO') : undefined);
      journal.append([{ id: 1, size: 10, mark: 0 }], never);
      await settled();
      await journal.close();
      assert.deepEqual(codes(), ['JOURNAL_WRITE_FAILED', 'JOURNAL_WRITE_FAILED']);
    },
  );

  it('reads a place again, and skips the rest of the file when that does not help', async () => {
    const files = await filled(30);
    const [first = '', second = ''] = segmentsOf(files);
    const folder = new ModelFolder(seeded(1), files);
    const { log, codes } = lines();
    const journal = await openJournal<Item>({ files: folder, format: itemFormat, ...bounds, log });
    folder.before = (call, name) => (call === 'read' && name === first ? systemError('EIO') : undefined);
    for (let attempt = 1; attempt < 5; attempt++)
      await assert.rejects(journal.read(), { code: 'JOURNAL_READ_FAILED' });
    const { ids } = await readAll(journal);
    assert.deepEqual(ids, range(Number(second.slice(0, 15)), 30));
    assert.deepEqual(codes(), ['JOURNAL_READ_FAILED', 'JOURNAL_DAMAGED']);
  });

  it('refuses an item that no segment has room for; the others go on', async () => {
    const journal = await openJournal<Item>({
      files: new ModelFolder(seeded(1)),
      format: itemFormat,
      ...bounds,
    });
    const refused: [number, string][] = [];
    const items = [900, 2_000, 948, 949].map((size, i) => ({ id: i, size, mark: 0 }));
    journal.append(items, ({ id }, error) => refused.push([id, error.code]));
    assert.deepEqual(refused, [
      [1, 'JOURNAL_RECORD_TOO_LARGE'],
      [3, 'JOURNAL_RECORD_TOO_LARGE'],
    ]);
    await journal.flushed();
    assert.deepEqual((await readAll(journal)).ids, [0, 2]);
    assert.ok('JOURNAL_RECORD_TOO_LARGE' in journalErrors.entries);
  });
});
