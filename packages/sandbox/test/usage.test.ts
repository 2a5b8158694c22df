import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usageOf } from '../src/usage.ts';

test('the own process has used time and memory; one that does not exist is unknown', {
  skip: process.platform !== 'linux',
}, () => {
  const own = usageOf(process.pid);
  const { user, system } = process.cpuUsage();
  const cpu = own.cpu() as number;
  assert.ok(Math.abs(cpu - (user + system) / 1_000) < 200, `${cpu} ms`);
  const memory = own.memory() as number;
  assert.ok(Math.abs(memory - process.memoryUsage.rss()) < 32 * 2 ** 20, `${memory} bytes`);
  assert.equal(usageOf(0).cpu(), undefined);
  assert.equal(usageOf(0).memory(), undefined);
});
