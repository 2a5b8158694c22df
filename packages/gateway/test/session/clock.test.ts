import assert from 'node:assert/strict';
import { fault, settled } from '@fairlead/testkit';
import { attributes, auth, world } from '../harness.ts';

const DAY = 86_400_000;

fault(
  {
    name: 'The clock of the machine jumps a day ahead and two days back',
    where: 'clock',
    happens:
      'Links, rates and timeouts go on, because they do not use it. A device that connects again takes over its session.',
  },
  async () => {
    const device = {
      name: 'd',
      token: 't',
      profile: { id: 'p', idle: 60_000, rate: { messages: 5, per: 1_000 } },
    };
    const { official, gateway, clock, bus } = await world([device]);
    const peer = await (await official()).send(auth('t'));
    for (const jump of [DAY, -2 * DAY, DAY]) {
      clock.set(jump);
      await clock.advance(10_000);
      await peer.send(attributes({ jump }));
      assert.equal(peer.closed, false);
      assert.equal(gateway.counters().slowed, 0);
    }
    assert.equal(bus.readings.length, 3);
    clock.set(-2 * DAY);
    const again = await (await official()).send(auth('t'));
    assert.deepEqual([peer.closed, again.closed], [true, false]);
    const [open, closed] = gateway.links();
    assert.equal(gateway.presence('d').link, open?.id);
    assert.equal(closed?.code, 'SESSION_REPLACED');
    assert.ok((closed?.closedAt ?? 0) >= (closed?.openedAt ?? 0));
    await again.send(attributes({ n: 1 }));
    assert.equal(bus.readings.length, 4);
    await clock.advance(61_000);
    await settled();
    assert.equal(gateway.links()[0]?.code, 'IDLE_TIMEOUT');
  },
);
