import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { endianness, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSocketTable, SocketTable } from '@fairlead/tcp';

const HEADING =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

interface Row {
  readonly sl?: number;
  readonly local: string;
  readonly remote: string;
  readonly sent?: number;
  readonly retransmits?: number;
  readonly uid?: number;
  readonly probes?: number;
}

const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, '0');

/** A line as the kernel prints it. */
const lineOf = ({ sl = 0, local, remote, sent = 0, retransmits = 0, uid = 0, probes = 0 }: Row) =>
  `${String(sl).padStart(4)}: ${local} ${remote} 01 ${hex(sent)}:00000000 01:0000002D ${hex(retransmits)} ` +
  `${String(uid).padStart(5)} ${String(probes).padStart(8)} 4289543 3 0000000000000000 20 4 30 10 -1`;

const [LOCAL, REMOTE] = ['0100007F:1DE5', '0200007F:A3C2'];
const ends = { localAddress: '127.0.0.1', localPort: 7653, remoteAddress: '127.0.0.2', remotePort: 41_922 };

function tableOf(...rows: readonly Row[]): SocketTable {
  const table = new SocketTable();
  table.add(Buffer.from(HEADING));
  for (const row of rows) table.add(Buffer.from(lineOf(row)));
  return table;
}

// The rows of this file are those of a little-endian machine.
const options = { skip: endianness() === 'LE' ? false : 'the samples are of a little-endian machine' };

test('a peer that does not acknowledge is found by the ends of its socket', options, () => {
  const table = tableOf({ local: LOCAL, remote: REMOTE, sent: 5, retransmits: 11 });
  assert.deepEqual(table.find(ends), { unacknowledged: 5, retransmits: 11, probes: 0 });
  assert.equal(table.find({ ...ends, remotePort: 1 }), undefined);
  assert.equal(table.find({ ...ends, localPort: 1 }), undefined);
  assert.equal(table.find({ ...ends, remoteAddress: '127.0.0.3' }), undefined);
  assert.equal(table.find({}), undefined, 'a socket that has ended');
});

test('probes without an answer count from the second on, whatever stands before them', options, () => {
  for (const uid of [0, 100_000, 4_294_967_294])
    for (const sl of [0, 9_999, 123_456]) {
      const row = { sl, uid, local: LOCAL, remote: REMOTE };
      assert.equal(tableOf({ ...row, probes: 1 }).size, 0);
      assert.equal(tableOf({ ...row, probes: 12 }).find(ends)?.probes, 12);
    }
});

test('what is only on its way is no trouble', options, () => {
  assert.equal(tableOf({ local: LOCAL, remote: REMOTE, sent: 65_536 }).size, 0);
});

test('addresses of IPv6 are found as Node names them', options, () => {
  const [l, r] = ['00000000000000000000000001000000:1DE5', 'B80D0120000000000000000001000000:A3C2'];
  const v6 = { ...ends, localAddress: '::1', remoteAddress: '2001:db8::1' };
  assert.equal(tableOf({ local: l, remote: r, sent: 1, retransmits: 1 }).find(v6)?.retransmits, 1);
  const mapped = (word: string) => `0000000000000000FFFF0000${word}`;
  const dual = { ...ends, localAddress: '::ffff:127.0.0.1', remoteAddress: '::ffff:127.0.0.2' };
  const rows = tableOf({ local: mapped(LOCAL), remote: mapped(REMOTE), sent: 1, retransmits: 2 });
  assert.equal(rows.find(dual)?.retransmits, 2);
  const scoped = { ...ends, localAddress: 'fe80::1%eth0', remoteAddress: 'fe80::2%eth0' };
  const link = (last: string) => `000080FE0000000000000000${last}000000`;
  const local = tableOf({
    local: `${link('01')}:1DE5`,
    remote: `${link('02')}:A3C2`,
    sent: 1,
    retransmits: 3,
  });
  assert.equal(local.find(scoped)?.retransmits, 3);
});

test('the files are read whole, across all borders of chunks', options, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-table-'));
  t.after(() => rm(folder, { recursive: true }));
  const count = 1_000;
  const port = (i: number) => (10_000 + i).toString(16).toUpperCase();
  const rows = Array.from({ length: count }, (_, i) =>
    lineOf({ sl: i, local: LOCAL, remote: `0200007F:${port(i)}`, sent: 1, retransmits: 1 + i }),
  );
  await writeFile(join(folder, 'tcp'), `${[HEADING, ...rows].join('\n')}\n`);
  const table = await readSocketTable(folder); // a machine without IPv6
  assert.equal(table.size, count);
  for (let i = 0; i < count; i++)
    assert.equal(table.find({ ...ends, remotePort: 10_000 + i })?.retransmits, 1 + i);
});

test('a file that is no table gives nothing, and one that is missing an error', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-table-'));
  t.after(() => rm(folder, { recursive: true }));
  await assert.rejects(readSocketTable(folder), { code: 'SOCKET_TABLE_UNREADABLE' });
  await writeFile(join(folder, 'tcp'), `${'x'.repeat(100_000)}\n:\n: : :\n\n`);
  assert.equal((await readSocketTable(folder)).size, 0);
});
