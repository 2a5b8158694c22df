import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settled } from '@fairlead/testkit';
import { Slots } from '../../src/uplink/slots.ts';

describe('slots', () => {
  it('lets in as many and as much as there is room for, the rest in line', async () => {
    const slots = new Slots(2, 100);
    const entered: string[] = [];
    const enter = (name: string, bytes: number) => {
      const wait = slots.enter(bytes);
      if (wait === undefined) entered.push(name);
      else void wait.then(() => entered.push(name));
    };
    enter('a', 60);
    enter('b', 60); // no room in bytes
    enter('c', 1); // would fit, but is behind b
    assert.deepEqual(entered, ['a']);
    assert.equal(slots.waitingBytes, 61);
    slots.leave(60);
    await settled();
    assert.deepEqual(entered, ['a', 'b', 'c']);
    enter('d', 1); // no room in items
    slots.leave(60);
    await settled();
    assert.deepEqual(entered, ['a', 'b', 'c', 'd']);
    slots.leave(1);
    slots.leave(1);
    enter('huge', 1_000); // alone
    enter('e', 1);
    assert.deepEqual(entered.slice(4), ['huge']);
    slots.leave(1_000);
    await settled();
    assert.deepEqual(entered.slice(5), ['e']);
    assert.equal(slots.waitingBytes, 0);
  });
});
