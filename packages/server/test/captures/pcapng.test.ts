import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { requirePeer } from '@fairlead/testkit';
import type { CaptureLine } from '../../src/captures/lines.ts';
import { pcapng } from '../../src/captures/pcapng.ts';

const at = (ms: number) => new Date(Date.UTC(2026, 10, 30, 19) + ms).toISOString();

async function tshark(
  t: TestContext,
  lines: readonly CaptureLine[],
  args: readonly string[],
): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-pcapng-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const parts: Buffer[] = [];
  for await (const part of pcapng(lines)) parts.push(part);
  writeFileSync(join(dir, 'a.pcapng'), Buffer.concat(parts));
  const options = ['-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE'];
  const text = execFileSync('tshark', ['-r', join(dir, 'a.pcapng'), ...options, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text.split('\n').filter((line) => line !== '');
}

const place = { link: '1f', remote: '10.0.0.9:41002', local: '10.0.0.1:7654' };
const link: readonly CaptureLine[] = [
  { what: 'opened', time: at(0), ...place },
  { what: 'received', time: at(10), link: '1f', size: 5, hex: Buffer.from('login').toString('hex') },
  { what: 'frame', time: at(10), link: '1f', size: 5, hex: '' },
  { what: 'message', time: at(11), link: '1f', of: 'pump-3', kind: 'attributes', values: { n: 1 } },
  { what: 'sent', time: at(12), link: '1f', device: 'pump-3', size: 3, hex: '616263' },
  { what: 'received', time: at(13), link: '1f', device: 'pump-3', size: 100_000, hex: '00'.repeat(100_000) },
  { what: 'refused', time: at(14), link: '1f', device: 'pump-3', code: 'SCRIPT_FAILED', reason: 'wrong' },
  { what: 'closed', time: at(20), link: '1f', device: 'pump-3', code: 'PEER_CLOSED', reason: 'It closed.' },
];

test('tshark reads the stream: both directions, comments, times, and nothing to complain about', async (t) => {
  if (!requirePeer(t, 'tshark')) return;
  const fields = ['frame.time_epoch', 'ip.src', 'tcp.dstport', 'tcp.len', 'frame.comment'];
  const rows = await tshark(t, link, [
    '-T',
    'fields',
    '-E',
    'separator=|',
    ...fields.flatMap((name) => ['-e', name]),
  ]);
  assert.match(rows[0] as string, /^17\d+\.000000\d*\|10\.0\.0\.9\|7654\|0\|link 1f opened$/);
  assert.match(rows[3] as string, /\.010000\d*\|10\.0\.0\.9\|7654\|5\|$/);
  assert.match(rows[4] as string, /\.011000\d*\|10\.0\.0\.1\|41002\|0\|message pump-3 attributes \{"n":1\}$/);
  assert.match(rows[5] as string, /\.012000\d*\|10\.0\.0\.1\|41002\|3\|device pump-3$/);
  assert.ok(rows.some((row) => row.endsWith('refused SCRIPT_FAILED: wrong')));
  const bad = 'tcp.analysis.flags || tcp.checksum.status == 0 || ip.checksum.status == 0 || _ws.malformed';
  assert.deepEqual(await tshark(t, link, ['-Y', bad]), []);
  const sums = await tshark(t, link, ['-q', '-z', 'conv,tcp']);
  assert.ok(
    sums.some((line) => /10\.0\.0\.9:41002 +<-> 10\.0\.0\.1:7654/.test(line)),
    sums.join('\n'),
  );
  const followed = await tshark(t, link, ['-q', '-z', 'follow,tcp,raw,0']);
  assert.ok(followed.includes(Buffer.from('login').toString('hex')));
  assert.ok(followed.includes('\t616263'), 'the other direction is indented');
});

test('a link of IPv6, one that was open before, masked bytes, and an address that is none', async (t) => {
  if (!requirePeer(t, 'tshark')) return;
  const lines: CaptureLine[] = [
    { what: 'attached', time: at(0), link: 'a', remote: '[fe80::1%eth0]:5', local: '[::1]:6' },
    { what: 'received', time: at(0), link: 'a', size: 4 },
    { what: 'attached', time: at(0), link: 'b', remote: 'unix', local: '/run/x' },
    { what: 'sent', time: at(1), link: 'b', size: 1, hex: 'ff' },
  ];
  const rows = await tshark(t, lines, [
    '-T',
    'fields',
    '-e',
    'ipv6.src',
    '-e',
    'ip.src',
    '-e',
    'tcp.payload',
  ]);
  assert.deepEqual(
    rows.filter((row) => /[0-9a-f]{2}$/.test(row.split('\t')[2] ?? '')),
    ['fe80::1\t\t2a2a2a2a', '\t192.0.2.2\tff'],
  );
  assert.deepEqual(await tshark(t, lines, ['-Y', 'tcp.analysis.flags || tcp.checksum.status == 0']), []);
});
