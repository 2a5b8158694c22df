import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '@fairlead/testkit';
import { DriverLiveness } from '../../src/hub/liveness.ts';

const LIMIT = 6_000;
const LOOK = LIMIT / 6;

function watched() {
  const clock = new FakeClock();
  const events: string[] = [];
  const told = (what: string) => () => void events.push(what);
  const [hangs, silent, heardAgain] = [told('hangs'), told('silent'), told('heard again')];
  return { clock, events, pulse: new DriverLiveness({ clock, limit: LIMIT, hangs, silent, heardAgain }) };
}

describe('the pulse of a driver', () => {
  it('is not looked for where nothing is to be expected', async () => {
    const { clock, events, pulse } = watched();
    pulse.heard();
    await clock.advance(LIMIT * 10);
    assert.deepEqual([events, clock.pending], [[], 0]);
  });

  it('that was felt and is gone means that it hangs', async () => {
    const { clock, events, pulse } = watched();
    pulse.heard();
    pulse.beat();
    for (let n = 0; n < 30; n++) {
      await clock.advance(LOOK);
      pulse.heard();
    }
    assert.deepEqual(events, []);
    await clock.advance(LIMIT);
    assert.deepEqual(events, []);
    await clock.advance(LOOK);
    assert.deepEqual(events, ['hangs']);
    await clock.advance(LIMIT * 10);
    assert.deepEqual(events, ['hangs']);
  });

  it('is any word that it says', async () => {
    const { clock, events, pulse } = watched();
    pulse.beat();
    for (let n = 0; n < 10; n++) {
      await clock.advance(LIMIT - LOOK);
      pulse.heard();
    }
    assert.deepEqual(events, []);
  });

  it('that was never felt means silence where an answer is due, until that comes', async () => {
    const { clock, events, pulse } = watched();
    pulse.asked();
    await clock.advance(LIMIT / 2);
    pulse.asked(); // by another client: the first still waits
    await clock.advance(LIMIT / 2);
    assert.deepEqual(events, ['silent']);
    await clock.advance(LIMIT * 3);
    pulse.heard();
    await clock.advance(LOOK);
    assert.deepEqual(events, ['silent', 'heard again']);
    await clock.advance(LIMIT * 3);
    pulse.asked();
    pulse.heard();
    await clock.advance(LIMIT * 3);
    assert.deepEqual([events.length, clock.pending], [2, 0]);
    // Asked once more before anybody has looked at the first answer: that is another question.
    pulse.asked();
    pulse.heard();
    pulse.asked();
    await clock.advance(LIMIT);
    assert.deepEqual(events, ['silent', 'heard again', 'silent']);
  });

  it('is not looked for once that is stopped', async () => {
    const { clock, events, pulse } = watched();
    pulse.beat();
    pulse.stop();
    await clock.advance(LIMIT * 10);
    assert.deepEqual(events, []);
  });
});
