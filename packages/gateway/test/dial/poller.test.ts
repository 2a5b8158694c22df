import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@fairlead/testkit';
import type { Ask } from '../../src/dial/asks.ts';
import { Poller, type PollPace } from '../../src/dial/poller.ts';

/** A request `NAME` whose answer begins with the first letter of its name; `*`: any frame answers. */
const ask = (name: string, fields: Partial<Ask> = {}): Ask => ({
  send: Buffer.from(name),
  expect: name.startsWith('*') ? [] : [{ at: 0, bytes: Buffer.from(name.slice(0, 1)) }],
  answer: true,
  ...fields,
});

/** A poller whose devices are asked what the test says. */
function polling(devices: Record<string, readonly Ask[]>, pace: Partial<PollPace> = {}, every = 1_000) {
  const clock = new FakeClock();
  const seen: string[] = [];
  const wire = { paused: false };
  const poller: Poller<string> = new Poller<string>(
    { timeout: 300, gap: 0, oneAtATime: true, ...pace },
    {
      clock,
      send: (of, { send }) => seen.push(`${clock.monotonic()} ${of} ${Buffer.from(send)}`),
      ask: (of) => {
        queueMicrotask(() => poller.offer(of, devices[of] ?? []));
        return undefined;
      },
      numbered: (_of, ask) => ask,
      unanswered: (of, _, limit) => seen.push(`${clock.monotonic()} ${of} unanswered ${limit}`),
      missed: (of) => seen.push(`${clock.monotonic()} ${of} missed`),
      paused: () => wire.paused,
    },
  );
  for (const device of Object.keys(devices)) poller.add(device, every);
  return {
    clock,
    poller,
    wire,
    devices,
    /** What happened since the last call. */
    seen: () => seen.splice(0),
    /** A frame comes. */
    frame: (text: string) => {
      const verdict = poller.frame(Buffer.from(text));
      poller.proceed();
      return 'of' in verdict ? `${verdict.is} ${verdict.of}` : verdict.is;
    },
    write: (of: string, request: Ask) =>
      poller.write(
        of,
        request,
        () => {},
        () => seen.push(`${of} over`),
      ),
  };
}

test('a device is asked on a grid of its period, and its answers are its own', async () => {
  const { clock, seen, frame } = polling({ d: [ask('a1'), ask('b1')] });
  await clock.advance(0);
  assert.deepEqual(seen(), ['0 d a1']);
  await clock.advance(10);
  assert.equal(frame('a'), 'answer d');
  assert.deepEqual(seen(), ['10 d b1']);
  assert.equal(frame('b'), 'answer d');
  await clock.advance(989);
  assert.deepEqual(seen(), []);
  await clock.advance(1);
  assert.deepEqual(seen(), ['1000 d a1']);
});

test('after the first poll, links that began at different times ask at the same time', async () => {
  const { clock, poller, devices, seen, frame } = polling({});
  devices.d = [ask('a1')];
  await clock.advance(7);
  poller.add('d', 1_000);
  await clock.advance(0);
  assert.deepEqual(seen(), ['7 d a1']);
  frame('a');
  await clock.advance(2_013);
  assert.deepEqual(seen(), ['1020 d a1', '1320 d unanswered 300', '2020 d a1']);
});

test('a short period is kept as it is', async () => {
  const { clock, poller, devices, seen, frame } = polling({});
  devices.d = [ask('a1')];
  await clock.advance(7);
  poller.add('d', 110);
  await clock.advance(0);
  frame('a');
  await clock.advance(110);
  assert.deepEqual(seen(), ['7 d a1', '117 d a1']);
});

test('devices of one link take turns, a request each', async () => {
  const { clock, seen, frame } = polling({ x: [ask('a1'), ask('b1'), ask('c1')], y: [ask('k1')] });
  await clock.advance(0);
  for (const answer of ['a', 'b', 'k', 'c']) assert.match(frame(answer), /^answer/);
  assert.deepEqual(seen(), ['0 x a1', '0 x b1', '0 y k1', '0 x c1']);
});

test('between an answer and the next request there is the gap', async () => {
  const { clock, seen, frame } = polling({ d: [ask('a1'), ask('b1')] }, { gap: 20 });
  await clock.advance(5);
  seen();
  frame('a');
  await clock.advance(19);
  assert.deepEqual(seen(), []);
  await clock.advance(1);
  assert.deepEqual(seen(), ['25 d b1']);
});

test('writes go before polls that wait, and wait for the answer that is outstanding', async () => {
  const { clock, seen, frame, write } = polling({ d: [ask('a1'), ask('b1')] });
  await clock.advance(0);
  write('d', ask('w1'));
  assert.deepEqual(seen(), ['0 d a1']);
  frame('a');
  assert.deepEqual(seen(), ['0 d w1']);
  assert.equal(frame('w'), 'answer d');
  assert.deepEqual(seen(), ['0 d b1']);
});

test('after a write of which nobody says whether it is answered, the link is left to it for a moment', async () => {
  const { clock, seen, frame, write } = polling({ d: [ask('a1')] });
  await clock.advance(0);
  frame('a');
  await clock.advance(995);
  write('d', ask('w1', { answer: false }));
  await clock.advance(100);
  assert.deepEqual(seen(), ['0 d a1', '995 d w1']);
  assert.equal(frame('ok'), 'unasked');
  assert.deepEqual(seen(), ['1095 d a1']);
  frame('a');
  await clock.advance(800);
  write('d', ask('w2', { answer: false }));
  await clock.advance(400);
  assert.deepEqual(seen(), ['1895 d w2', '2145 d a1']);
});

test('what is not answered in time is told; the answer that comes later is known as late', async () => {
  const { clock, seen, frame, devices } = polling({ d: [ask('a1')] });
  await clock.advance(300);
  assert.deepEqual(seen(), ['0 d a1', '300 d unanswered 300']);
  devices.d = [ask('b1')];
  await clock.advance(700);
  assert.deepEqual(seen(), ['1000 d b1']);
  assert.equal(frame('a'), 'late d');
  assert.equal(frame('b'), 'answer d');
  assert.equal(frame('a'), 'unasked');
});

test('nothing is asked whose answer could be taken for a late one, until that has come or cannot come', async () => {
  const { clock, seen, frame } = polling({ x: [ask('a1')], y: [ask('k1')] }, {}, 500);
  await clock.advance(300);
  assert.equal(frame('k'), 'answer y');
  assert.deepEqual(seen(), ['0 x a1', '300 x unanswered 300', '300 y k1']);
  // x waits until 300 + 2 * 300; y goes on.
  await clock.advance(300);
  assert.deepEqual(seen(), ['500 y k1']);
  frame('k');
  await clock.advance(299);
  assert.deepEqual(seen(), []);
  await clock.advance(1);
  assert.deepEqual(seen(), ['900 x a1']);
  assert.equal(frame('a'), 'answer x');
});

test('a late answer frees the device at once', async () => {
  const { clock, seen, frame } = polling({ d: [ask('a1')] }, {}, 400);
  await clock.advance(450);
  assert.deepEqual(seen(), ['0 d a1', '300 d unanswered 300']);
  assert.equal(frame('a'), 'late d');
  assert.deepEqual(seen(), ['450 d a1']);
  assert.equal(frame('a'), 'answer d');
});

test('where nothing tells answers apart, the link is silent after a timeout until it is quiet', async () => {
  const { clock, seen, frame } = polling({ d: [ask('*1'), ask('*2')] }, {}, 10_000);
  await clock.advance(899);
  assert.deepEqual(seen(), ['0 d *1', '300 d unanswered 300']);
  assert.equal(frame('late'), 'late d');
  assert.deepEqual(seen(), ['899 d *2']);
  assert.equal(frame('x'), 'answer d');
  await clock.advance(10_000 - 899 + 900);
  assert.deepEqual(seen(), ['10000 d *1', '10300 d unanswered 300', '10900 d *2']);
});

test('a second answer is known as a repeated one', async () => {
  const { clock, frame } = polling({ d: [ask('a1')] });
  await clock.advance(0);
  assert.deepEqual([frame('a'), frame('a'), frame('x')], ['answer d', 'repeated d', 'unasked']);
});

test('polls that were missed are told and not made up for', async () => {
  const { clock, seen, frame } = polling({ x: [ask('a1')], y: [ask('b1')] }, { timeout: 2_500 });
  await clock.advance(2_400);
  assert.deepEqual(seen(), ['0 x a1', '1000 y missed', '2000 x missed', '2000 y missed']);
  frame('a');
  frame('b');
  assert.deepEqual(seen(), ['2400 y b1', '2400 x a1']);
  frame('a');
  await clock.advance(600);
  assert.deepEqual(seen(), ['3000 x a1']);
});

test('a request with a period of its own is left out until that is over', async () => {
  const { clock, seen, frame } = polling({ d: [ask('a1'), ask('b1', { every: 3_000 })] });
  for (let second = 0; second < 4; second++) {
    await clock.advance(second === 0 ? 0 : 1_000);
    frame('a');
    frame('b');
  }
  assert.deepEqual(seen(), ['0 d a1', '0 d b1', '1000 d a1', '2000 d a1', '3000 d a1', '3000 d b1']);
});

test('several requests may be outstanding where the link allows it', async () => {
  const { clock, seen, frame } = polling(
    { d: [ask('a1'), ask('b1'), ask('n1', { answer: false })] },
    { oneAtATime: false },
  );
  await clock.advance(0);
  assert.deepEqual(seen(), ['0 d a1', '0 d b1', '0 d n1']);
  assert.deepEqual([frame('b'), frame('a')], ['answer d', 'answer d']);
});

test('while the bus pauses the link, no time runs out and nothing is asked', async () => {
  const { clock, seen, frame, wire } = polling({ d: [ask('a1'), ask('b1')] });
  await clock.advance(0);
  wire.paused = true;
  await clock.advance(900);
  assert.deepEqual(seen(), ['0 d a1']);
  wire.paused = false;
  assert.equal(frame('a'), 'answer d');
  assert.deepEqual(seen(), ['900 d b1']);
});

test('a device that leaves is asked no more, and its answer is nobody else’s', async () => {
  const { clock, seen, frame, poller, write } = polling({ x: [ask('a1')], y: [ask('*1')] });
  await clock.advance(0);
  write('x', ask('w1'));
  poller.remove('x');
  assert.deepEqual(seen(), ['0 x a1', 'x over', '0 y *1']);
  assert.equal(frame('a'), 'late x');
  assert.equal(frame('b'), 'answer y');
});

test('a closed poller has no timers', async () => {
  const { clock, poller, write, seen } = polling({ d: [ask('a1')] });
  await clock.advance(0);
  write('d', ask('w1'));
  poller.close();
  assert.equal(clock.pending, 0);
  assert.deepEqual(seen(), ['0 d a1', 'd over']);
});

test('what waits and what is remembered is bounded', async () => {
  const { clock, poller, write, frame } = polling({ d: [ask('a1')] });
  await clock.advance(0);
  while (poller.takes(1)) write('d', ask('w1'));
  assert.equal(poller.takes(1), false);
  assert.equal(frame('a'), 'answer d');
  assert.equal(poller.takes(1), true);
});
