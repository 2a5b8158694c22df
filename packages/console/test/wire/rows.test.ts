/** The rows of the wire view: bounded, and nothing is lost without a word. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TapEventView } from '@fairlead/api';
import { type WireRow, WireRows } from '../../page/pages/wire/rows.ts';
import { findIn, searchOf } from '../../page/pages/wire/search.ts';

type Seen = Partial<TapEventView> & Pick<TapEventView, 'what'>;
const record = (seen: Seen, ms = 0): TapEventView => ({
  time: new Date(Date.UTC(2024, 0, 1) + ms).toISOString(),
  link: 'link-1',
  size: (seen.hex?.length ?? 0) / 2,
  ...seen,
});
const chunk = (hex: string, ms = 0) => record({ what: 'received', hex }, ms);
const frame = (hex: string, ms = 0) => record({ what: 'frame', hex, device: 'd' }, ms);
const message = (values: unknown, ms = 0) => record({ what: 'message', kind: 'attributes', values }, ms);
const seen = (rows: WireRows) => rows.rows.filter((row): row is WireRow => row.is === 'seen');

test('a chunk, its frame and the message of that frame share a row; what is not sure does not', () => {
  const rows = new WireRows();
  rows.add(1, [chunk('0102'), frame('0102'), message({ a: 1 }), record({ what: 'sent', hex: '06' })]);
  assert.deepEqual(
    seen(rows).map(({ n, raw, frame: framed, values, records, out }) => [
      n,
      raw,
      framed,
      values,
      records,
      out,
    ]),
    [
      [1, '0102', '0102', '{"a":1}', 3, false],
      [4, '06', undefined, undefined, 1, true],
    ],
  );
  const two = new WireRows();
  two.add(1, [chunk('0102'), frame('01'), frame('02'), message({ a: 1 })]);
  assert.deepEqual(
    seen(two).map(({ frame: framed, values }) => [framed, values]),
    [
      ['01', undefined],
      ['02', undefined],
      [undefined, '{"a":1}'],
    ],
    'whose message it is cannot be known',
  );
  const late = new WireRows();
  late.add(1, [chunk('01'), frame('01'), chunk('02', 50), frame('02', 50), message({ of: 1 }, 60)]);
  assert.equal(seen(late)[1]?.values, undefined, 'the message may be of the frame before');
});

test('what comes while paused is there afterwards; beyond the bounds it can be loaded', () => {
  const rows = new WireRows({ rows: 10, size: 1e6 });
  rows.add(
    1,
    Array.from({ length: 5 }, (_, i) => chunk(`0${i}`)),
  );
  rows.pause();
  rows.add(
    6,
    Array.from({ length: 4 }, (_, i) => chunk(`1${i}`)),
  );
  assert.equal(rows.rows.length, 5, 'nothing moves');
  assert.equal(rows.held, 4);
  rows.add(
    10,
    Array.from({ length: 20 }, (_, i) => chunk(i.toString(16).padStart(2, '0'))),
  );
  const { shown, skipped } = rows.counts;
  assert.equal(shown + skipped, 29);
  assert.ok(rows.held <= 11, 'the pause is bounded');
  rows.resume();
  const after = rows.counts;
  assert.equal(after.shown + after.skipped, 29, 'and nothing is lost without a word');
  assert.ok(rows.rows.length <= 11);
  assert.equal(rows.last, 29);
});

test('the oldest rows go when there are too many, and can be loaded again', () => {
  const rows = new WireRows({ rows: 1_000, size: 1e9 });
  for (let i = 0; i < 100; i++)
    rows.add(
      1 + i * 100,
      Array.from({ length: 100 }, () => chunk('00')),
    );
  assert.ok(rows.rows.length <= 1_000);
  const [first] = rows.rows;
  assert.ok(first?.is === 'skipped' && first.from === 1 && !first.gone);
  const { shown, skipped } = rows.counts;
  assert.equal(shown + skipped, 10_000);
  const bytes = new WireRows({ rows: 1e6, size: 50_000 });
  bytes.add(
    1,
    Array.from({ length: 100 }, () => chunk('00'.repeat(1_000))),
  );
  assert.ok(bytes.rows.length < 30, 'and by their size');
});

test('skipped rows are filled with what the service still has', () => {
  const rows = new WireRows();
  rows.add(1, [chunk('01')]);
  rows.skip(2, 101);
  rows.add(102, [chunk('02')]);
  rows.fill({ from: 2, to: 101 }, { from: 52, records: Array.from({ length: 40 }, () => chunk('03')) });
  const gaps = rows.rows.filter((row) => row.is === 'skipped');
  assert.deepEqual(
    gaps.map(({ from, to, gone }) => [from, to, gone]),
    [
      [2, 51, true],
      [92, 101, false],
    ],
  );
  assert.deepEqual(rows.counts, { shown: 42, skipped: 60 });
  rows.fill({ from: 92, to: 101 }, undefined);
  assert.ok(rows.rows.every((row) => row.is !== 'skipped' || row.gone));
  const part = new WireRows();
  part.skip(1, 1_000);
  part.fill({ from: 1, to: 1_000 }, { from: 400, records: [chunk('01')] }, 400);
  assert.deepEqual(
    part.rows.map((row) =>
      row.is === 'skipped' ? [row.from, row.to, row.gone] : row.is === 'seen' && row.n,
    ),
    [[1, 399, false], 400, [401, 1_000, false]],
    'what was not asked for can be asked for still',
  );
});

test('bytes with gaps and text are found, in slices', async () => {
  const rows = new WireRows();
  rows.add(1, [
    chunk('78781f12'),
    chunk('0787811f12'),
    frame('48656c6c6f'),
    message({ name: 'Grüße' }),
    record({ what: 'refused', code: 'FRAME_CHECKSUM_MISMATCH', reason: 'x' }),
  ]);
  const find = async (text: string) => {
    const search = searchOf(text);
    assert.ok(search !== undefined);
    return findIn(
      rows.rows,
      (row) => search.fits(row),
      new AbortController().signal,
      async () => {},
    );
  };
  assert.deepEqual(await find('78 78 ?? 12'), [0]);
  assert.deepEqual(await find('7878'), [0], 'only at whole bytes');
  assert.deepEqual(await find('Hello'), [1]);
  assert.deepEqual(await find('grüße'), [1]);
  assert.deepEqual(await find('checksum'), [2]);
  assert.deepEqual(await find('"78"'), [], 'text, although it could be bytes');
  assert.equal(searchOf('  '), undefined);
  assert.deepEqual(searchOf('1f ??')?.place('78781f12'), [2, 3]);
});
