import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settled } from '@fairlead/testkit';
import { gatewayLimits, type Profile } from '../../src/index.ts';
import { world } from '../harness.ts';
import { bytes, deviceOf, profileWorld, stars, talks } from '../profiles.ts';

/** A delimiter framing strips the delimiter. */
const raw = (name: string, ...frames: string[]) => frames.map((frame) => `devices/${name}/raw ${frame}`);

describe('a device of a profile', () => {
  it('is known by a field of its first frames, in any chunking; what it sent before is its own', async () => {
    const text = '+before#*d001,1#+2#*d001,3#';
    for (let at = 0; at <= text.length; at++) {
      const { tracker, bus, gateway } = await profileWorld([stars], [deviceOf(stars, 'd001')]);
      await (await tracker()).send(text.slice(0, at), text.slice(at));
      assert.deepEqual(bus.readings, raw('d001', '+before', '*d001,1', '+2', '*d001,3'), `cut at ${at}`);
      assert.equal(gateway.links()[0]?.device, 'd001');
    }
  });

  it('is closed with a code after too many frames without an identity, or with an identity that cannot be one', async () => {
    for (const [sent, code] of [
      ['+1#+2#+3#', 'IDENTITY_MISSING'],
      ['*a b ,1#', 'IDENTITY_INVALID'],
      ['*\u0007abc,1#', 'IDENTITY_INVALID'],
      ['*\u202eab,1#', 'IDENTITY_INVALID'],
    ] as const) {
      const { tracker, gateway } = await profileWorld([stars], [deviceOf(stars, 'd001')]);
      await (await tracker()).send(sent);
      assert.equal(gateway.links()[0]?.code, code, sent);
    }
  });

  it('is closed when it sends too much without an identity', async () => {
    const framing =
      '{"rules":[{"kind":"delimiter","end":"23","max":"1MiB","match":{"range":[["2a","2b"]]}}]}';
    const wide: Profile = { ...stars, framing };
    const frame = `+${'x'.repeat(40_000)}#`;
    const { tracker, gateway } = await profileWorld([wide], [deviceOf(wide, 'd001')]);
    await (await tracker()).send(frame, '*d001,1#');
    await (await tracker()).send(frame, frame, '*d001,1#');
    assert.deepEqual(
      gateway.links().map(({ device, code }) => [device, code]),
      [
        ['d001', undefined],
        [undefined, 'IDENTITY_MISSING'],
      ],
    );
  });

  it('keeps an identity with markup as the text that it is', async () => {
    const { tracker, gateway, logged } = await profileWorld([stars], []);
    await (await tracker()).send('*<b>x,1#');
    const [link] = gateway.links();
    assert.equal(link?.code, 'IDENTITY_UNKNOWN');
    assert.equal(link?.reason, 'No device of the profile stars has the identity <b>x.');
    assert.ok(logged.some((line) => line.includes('<b>x')));
  });

  it('that is refused is shown with its frames, unless they may hold a secret or a token', async () => {
    const secret: Profile = { ...talks, secret: 'required' };
    const hex = (text: string) => Buffer.from(text).toString('hex');
    for (const [sent, frames] of [
      ['1\n2\nLOGIN d9\n', ['1', '2']],
      ['THROW\n', ['THROW']],
      ['1\nLOGIN d2 wrong\n', []],
      ['a wrong token\n', []],
    ] as const) {
      const profiles = ['talks', 'custom'];
      const devices = [deviceOf(secret, 'd2', { secret: 'right' })];
      const { tracker, gateway, clock } = await profileWorld([secret], devices, { profiles });
      await (await tracker()).send(sent);
      await clock.advance(300);
      const [link] = gateway.links();
      assert.equal(link?.state, 'closed');
      assert.deepEqual(
        link?.refusedFrames.map(({ hex }) => hex),
        frames.map(hex),
        sent,
      );
      assert.deepEqual(link?.refusals, {});
    }
  });

  it('is known by its script, which challenges it, answers its login, and keeps earlier frames', async () => {
    const { tracker, bus } = await profileWorld([talks], [deviceOf(talks, 'd2')]);
    const peer = await tracker();
    await peer.send('HELLO\n');
    assert.equal(peer.text, 'WHO?\n');
    await peer.send('1\nHELLO\n2\nLOGIN d2\n3\n');
    // What scripts answer is written as it is.
    assert.equal(peer.text, 'WHO?\nWHO?\nIN\nGOT 1\nGOT 2\nGOT 3\n');
    assert.deepEqual(
      bus.readings,
      ['1', '2', '3'].map((text) => `devices/d2/attributes {"text":"${text}"}`),
    );
  });

  it('gets its login reply before the answers to its messages, which wait for the bus', async () => {
    const { tracker, bus } = await profileWorld([talks], [deviceOf(talks, 'd2')]);
    bus.fill();
    const peer = await (await tracker()).send('1\nLOGIN d2\n2\n');
    assert.equal(peer.text, 'IN\n');
    bus.empty();
    await settled();
    assert.equal(peer.text, 'IN\nGOT 1\nGOT 2\n');
  });

  it('is refused in its own words where it is not known or shows another secret', async () => {
    const secret: Profile = { ...talks, secret: 'required' };
    for (const [sent, fields, code] of [
      ['LOGIN nobody\n', {}, 'IDENTITY_UNKNOWN'],
      ['LOGIN d2 wrong\n', { secret: 'right' }, 'IDENTITY_SECRET_WRONG'],
      ['LOGIN d2 right\n', {}, 'IDENTITY_SECRET_WRONG'],
      ['LOGIN d2 rightly\n', { secret: 'right' }, 'IDENTITY_SECRET_WRONG'],
    ] as const) {
      const { tracker, gateway } = await profileWorld([secret], [deviceOf(secret, 'd2', fields)]);
      const peer = await (await tracker()).send(sent);
      assert.deepEqual([peer.text, gateway.links()[0]?.code], ['OUT\n', code], sent);
    }
    const { tracker } = await profileWorld([secret], [deviceOf(secret, 'd2', { secret: 'right' })]);
    const peer = await (await tracker()).send('LOGIN d2 right\n');
    assert.equal(peer.text, 'IN\n');
  });

  it('is closed when its script fails before it is known, and others go on', async () => {
    const { tracker, gateway, bus } = await profileWorld([talks], [deviceOf(talks, 'd2')]);
    const good = await (await tracker()).send('LOGIN d2\n');
    await (await tracker()).send('THROW\n');
    assert.equal(gateway.links().find(({ state }) => state === 'closed')?.code, 'HANDLER_FAILED');
    await good.send('1\n');
    assert.equal(bus.readings.length, 1);
  });

  it('gets commands from its script as they are, and has none without one', async () => {
    const { tracker, gateway } = await profileWorld(
      [talks, stars],
      [deviceOf(talks, 'd2'), deviceOf(stars, 'd001')],
    );
    const peer = await (await tracker()).send('LOGIN d2\n');
    await gateway.send('d2', { kind: 'command', values: { on: true } });
    await settled();
    assert.equal(peer.text, 'IN\nSET {"on":true};');
    await (await tracker()).send('*d001,1#');
    await assert.rejects(gateway.send('d001', { kind: 'command', values: {} }), {
      code: 'DOWNLINK_UNSUPPORTED',
    });
  });

  it('that comes twice has the newer link; a frame of another device is refused on a live link', async () => {
    const { tracker, gateway, bus } = await profileWorld(
      [stars],
      [deviceOf(stars, 'd001'), deviceOf(stars, 'd002')],
    );
    const old = await (await tracker()).send('*d001,1#');
    const peer = await (await tracker()).send('*d001,2#');
    assert.equal(gateway.links().find(({ state }) => state === 'closed')?.code, 'SESSION_REPLACED');
    assert.ok(old.closed);
    await peer.send('*d002,3#+4#');
    const [link] = gateway.links();
    assert.deepEqual([link?.device, link?.refusals], ['d001', { IDENTITY_CHANGED: 1 }]);
    assert.deepEqual(bus.readings, raw('d001', '*d001,1', '*d001,2', '+4'));
    assert.equal(gateway.presence('d002').status, 'offline');
  });

  it('whose script finds the login of another on its link refuses that, unanswered', async () => {
    const { tracker, gateway, scripts, bus, put } = await profileWorld([talks], []);
    put(deviceOf(talks, 'd2'));
    put(deviceOf(talks, 'd3'));
    let asked = 0;
    const { identify, ...others } = scripts.sources.talks as NonNullable<typeof scripts.sources.talks>;
    scripts.sources.talks = {
      ...others,
      identify: (frame, context, left) => {
        asked++;
        if (`${frame}` === 'BEAT') throw new Error('no login');
        return identify?.(frame, context, left);
      },
      uplink: (frame) => {
        const [verb, id] = `${frame}`.split(' ');
        const json = JSON.stringify({ verb, ...(id !== undefined && { deviceId: id }) });
        const messages = verb === 'LOGIN' || verb === 'BEAT' ? [] : [{ kind: 'attributes' as const, json }];
        return { messages, replies: [bytes(`${verb}.`)] };
      },
    };
    await gateway.profileChanged('talks');
    const peer = await (await tracker()).send('LOGIN d2\n');
    await peer.send('LOGIN d3\n', 'LOGIN d2\n', 'BEAT\n');
    assert.equal(peer.text, 'IN\nLOGIN.BEAT.');
    const [link] = gateway.links();
    assert.deepEqual([link?.device, link?.refusals], ['d2', { IDENTITY_CHANGED: 1 }]);
    assert.equal(gateway.presence('d3').status, 'offline');
    // Data frames that name their device are asked about once.
    asked = 0;
    await peer.send('DATA d2\n', 'DATA d2\n', 'DATA\n');
    assert.equal(asked, 1);
    assert.equal(bus.readings.length, 3);
  });

  it('is created on the spot where the listener says so, within a limit', async () => {
    const { created } = gatewayLimits.values;
    let count = 0;
    const create = async ({ identity }: { identity: string }) => {
      const device = {
        ...deviceOf(stars, identity),
        id: identity,
        type: 'standard',
        protocol: 'profile',
      } as const;
      count++;
      return { ...device, profile: stars, inboundBuffer: 1, outboundBuffer: 1 };
    };
    const { tracker, gateway, bus, clock } = await profileWorld(
      [stars],
      [],
      { unknown: 'create' },
      { create },
    );
    await (await tracker()).send('+0#*new1,1#+2#');
    assert.deepEqual(bus.readings, raw('new1', '+0', '*new1,1', '+2'));
    const peers = await Promise.all(Array.from({ length: created }, () => tracker()));
    await Promise.all(peers.map((peer, i) => peer.send(`*${String(i).padStart(4, 'x')}#`)));
    assert.equal(count, created);
    assert.equal(gateway.links().filter(({ code }) => code === 'DEVICES_CREATED_TOO_FAST').length, 1);
    await clock.advance(60_000);
    await (await tracker()).send('*new2,1#');
    assert.equal(count, created + 1);
  });

  it('whose profile takes a token sends that first', async () => {
    const profile: Profile = { id: 't', name: 'tokens', framing: 'line' };
    const device = { name: 'd3', protocol: 'custom', token: 'a token', profile };
    const { tracker, bus, clock } = await profileWorld([profile], [device]);
    const peer = await (await tracker()).send('a token\none\n');
    await clock.advance(500);
    await peer.send('two\n');
    assert.deepEqual(bus.readings, raw('d3', 'one', 'two'));
  });
});

describe('a listener of profiles', () => {
  it('is refused where it names none', async () => {
    const { gateway } = await world([]);
    for (const speech of [{ profiles: [] }, 'profile'] as const)
      await assert.rejects(gateway.listen('x', speech, '127.0.0.1:1'), { code: 'PROFILES_MISSING' });
  });

  it('opens without the profiles that do not exist or that it cannot take, and takes them when they come', async () => {
    const { gateway, profiles, scripts, bus, logged, put, dial } = await profileWorld([stars], []);
    profiles.set('dials', { ...stars, name: 'dials', direction: 'dials' });
    profiles.set('talks', talks);
    scripts.sources.talks = { uplink: () => ({ messages: [], replies: [] }) };
    const names = ['talks', 'dials', 'profile', 'stars'];
    await gateway.listen('x', { profiles: names, unknown: 'refuse' }, '127.0.0.1:7');
    const codes = ['LISTENER_PROFILE_UNKNOWN', 'PROFILE_NOT_LISTENING', 'PROFILE_SCRIPT_LACKS'];
    assert.deepEqual(
      logged
        .map((line) => line.split(' ')[1])
        .filter((code) => codes.includes(code ?? ''))
        .sort(),
      codes,
    );
    put(deviceOf(stars, 'd001'));
    put(deviceOf(talks, 'd2'));
    await (await dial(7)).send('*d001,1#');
    await (await dial(7)).send('LOGIN d2\n');
    assert.deepEqual(bus.statuses, ['d001 online']);
    scripts.sources.better = { identify: () => ({ id: 'd2', consumed: true }) };
    profiles.set('talks', { ...talks, uplink: 'better' });
    await gateway.profileChanged('talks');
    await (await dial(7)).send('LOGIN d2\n');
    assert.deepEqual(bus.statuses, ['d001 online', 'd2 online']);
    profiles.delete('stars');
    await gateway.profileChanged('stars');
    await (await dial(7)).send('*d001,2#');
    assert.ok(gateway.links().some(({ code }) => code === 'PROTOCOL_UNDETECTED'));
  });
});
