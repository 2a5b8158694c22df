import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settled } from '@fairlead/testkit';
import type { Profile } from '../../src/index.ts';
import { bytes, deviceOf, profileWorld, stars, talks } from '../profiles.ts';

const marked = (mark: string) => ({
  identify: (frame: Buffer) => ({ id: `${frame}`.slice(6), consumed: true }),
  uplink: (frame: Buffer) => ({
    messages: [{ kind: 'attributes' as const, json: JSON.stringify({ [mark]: `${frame}` }) }],
    replies: [bytes(`${mark}.`)],
  }),
});

async function liveWorld() {
  const made = await profileWorld([talks], [deviceOf(talks, 'd2'), deviceOf(talks, 'd3')]);
  made.scripts.sources.talks = marked('old');
  made.scripts.sources.newer = marked('new');
  const peers = [
    await (await made.tracker()).send('LOGIN d2\n', '1\n'),
    await (await made.tracker()).send('LOGIN d3\n', '1\n'),
  ] as const;
  /** All devices of the profile have this one now. */
  const change = async (fields: Partial<Profile>) => {
    const profile = { ...talks, ...fields };
    made.profiles.set('talks', profile);
    for (const name of ['d2', 'd3']) made.put(deviceOf(profile, name));
    await made.gateway.profileChanged('talks');
  };
  return { ...made, peers, change };
}

describe('a profile that is changed', () => {
  it('takes hold on live links with the next frame, without cutting them', async () => {
    const { peers, bus, change } = await liveWorld();
    await change({ uplink: 'newer' });
    for (const peer of peers) await peer.send('2\n');
    assert.deepEqual(bus.readings, [
      'devices/d2/attributes {"old":"1"}',
      'devices/d3/attributes {"old":"1"}',
      'devices/d2/attributes {"new":"2"}',
      'devices/d3/attributes {"new":"2"}',
    ]);
    assert.deepEqual(bus.statuses, ['d2 online', 'd3 online']);
    assert.equal(peers[0].text, 'IN\nold.new.');
  });

  it('leaves what is under way to the script that it was given to', async () => {
    const { peers, bus, scripts, change } = await liveWorld();
    const hold = Promise.withResolvers<void>();
    scripts.hold = hold.promise;
    await peers[0].send('2\n');
    await change({ uplink: 'newer' });
    await peers[0].send('3\n');
    hold.resolve();
    await peers[0].send('4\n');
    assert.deepEqual(bus.readings.slice(2), [
      'devices/d2/attributes {"old":"2"}',
      'devices/d2/attributes {"new":"3"}',
      'devices/d2/attributes {"new":"4"}',
    ]);
  });

  it('ends links whose framing or identity is another, and new links begin as it is now', async () => {
    const framing = '{"rules":[{"kind":"delimiter","end":"3b","match":{"range":[["41","5a"],["30","39"]]}}]}';
    for (const fields of [{ framing }, { identity: { by: 'script', frames: 2 } }] as const) {
      const { gateway, change, tracker, bus } = await liveWorld();
      await change(fields);
      await settled();
      assert.deepEqual(
        gateway.links().map(({ code }) => code),
        ['DEVICE_CHANGED', 'DEVICE_CHANGED'],
      );
      if (!('framing' in fields)) continue;
      await (await tracker()).send('LOGIN d2;9;');
      assert.equal(bus.readings.at(-1), 'devices/d2/attributes {"old":"9"}');
    }
  });

  it('whose script does not compile, or that is gone, changes nothing on live links', async () => {
    const { peers, bus, scripts, change, logged, profiles, gateway } = await liveWorld();
    const load = scripts.load.bind(scripts);
    scripts.load = async (source) => {
      if (source === 'broken') throw new Error('a test');
      return load(source);
    };
    await change({ uplink: 'broken' });
    await peers[0].send('2\n');
    assert.equal(bus.readings.at(-1), 'devices/d2/attributes {"old":"2"}');
    const told = (what: string) => logged.filter((line) => line.includes(what)).length;
    assert.deepEqual([told('takes no hold'), told('earlier version stays')], [2, 1]);
    profiles.clear();
    await gateway.profileChanged('talks');
    assert.deepEqual([told('takes no hold'), told('open without it')], [4, 1]);
  });
});

describe('a device that is changed', () => {
  it('goes on with its new settings, and ends where it is gone or another', async () => {
    const { peers, put, gateway, known, bus } = await liveWorld();
    put(deviceOf({ ...talks, uplink: 'newer' }, 'd2'));
    await gateway.deviceChanged('d2');
    await peers[0].send('2\n');
    assert.equal(bus.readings.at(-1), 'devices/d2/attributes {"new":"2"}');
    put(deviceOf(stars, 'd2'));
    await gateway.deviceChanged('d2');
    known.delete('d3');
    await gateway.deviceChanged('d3');
    await gateway.deviceChanged('nobody');
    await settled();
    assert.deepEqual(
      gateway.links().map(({ device, code }) => [device, code]),
      [
        ['d3', 'DEVICE_REMOVED'],
        ['d2', 'DEVICE_CHANGED'],
      ],
    );
  });
});
