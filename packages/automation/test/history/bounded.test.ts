import assert from 'node:assert/strict';
import { it } from 'node:test';
import { bounded } from '../../src/history/bounded.ts';
import type { RunView } from '../../src/history/run-history.ts';
import { automationLimits } from '../../src/limits.ts';
import { open } from '../house.ts';
import { listenPeer } from '../live/peer.ts';

const half = automationLimits.values.runDetail / 2;

it('what fits stays as it is', () => {
  const detail = {
    result: 'success',
    messages: [{ key: 'A', text: 'b' }],
    output: [{ time: 0, type: 'info', peer: 'p', text: 'Connected' }],
    outputDropped: 3,
  };
  assert.deepEqual(bounded(detail), detail);
  assert.equal(bounded(undefined), undefined);
});

it('the oldest messages and lines leave, and how many is said', () => {
  const text = 'x'.repeat(half / 4 - 1);
  const cut = bounded({
    messages: Array.from({ length: 10 }, (_, n) => ({ key: String(n), text })),
    output: Array.from({ length: 10 }, (_, time) => ({ time, type: 'sent', peer: 'p', text })),
    outputDropped: 3,
  }) as {
    messages: { key: string }[];
    messagesDropped: number;
    output: { time: number }[];
    outputDropped: number;
  };
  assert.deepEqual(
    cut.messages.map(({ key }) => key),
    ['6', '7', '8', '9'],
  );
  assert.deepEqual(
    cut.output.map(({ time }) => time),
    [6, 7, 8, 9],
  );
  assert.deepEqual([cut.messagesDropped, cut.outputDropped], [6, 9]);
});

it('outputs of steps share their half', () => {
  const steps = Array.from({ length: 4 }, () => ({ name: 's', output: 'x'.repeat(half) }));
  const cut = bounded({ steps }) as { steps: { output: string }[] };
  for (const { output } of cut.steps)
    assert.match(output.slice(half / 4), new RegExp(`^… \\(${half} characters\\)$`));
});

it('a run that heard megabytes has a small record; the task itself has all of it', async () => {
  await using house = await open();
  const { automation } = house;
  await using peer = await listenPeer((socket) =>
    socket.on('error', () => {}).end(`${'x'.repeat(300_000)}\n`.repeat(5)),
  );
  const rules = [{ receive: 5, iterations: 'forever' as const, key: 'D', keyFormat: true }];
  const task = { connection: { port: peer.port, framing: 'line:1000000' }, rules };
  const { id, record } = automation.startTask(task);
  assert.equal((await record).messages.length, 5);
  const kept = automation.run(id, true) as RunView;
  assert.ok(JSON.stringify(kept).length < 2 * half);
  assert.equal((kept.detail as { messagesDropped: number }).messagesDropped, 5);
});
