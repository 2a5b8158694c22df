import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Profile } from '../../src/index.ts';
import { DetectionTable } from '../../src/listener/detect.ts';
import { officialProtocol } from '../../src/protocol/official.ts';
import { profileProtocol } from '../../src/protocol/profile.ts';
import { attributes, auth } from '../harness.ts';
import { deviceOf, profileWorld, stars, talks } from '../profiles.ts';

/** A framing of frames that begin with these bytes. */
const prefixed = (name: string, hex: string): Profile => ({
  id: name,
  name,
  framing: JSON.stringify({ rules: [{ kind: 'delimiter', end: '23', match: { bytes: hex } }] }),
  identity: { by: 'match', at: hex.length / 2, length: 2, as: 'ascii', frames: 3 },
});

const short = prefixed('short', '24');
const long = prefixed('long', '2424');
const any: Profile = {
  ...prefixed('any', '24'),
  name: 'any',
  framing: '{"rules":[{"kind":"delimiter","end":"23"}]}',
};

const raw = (name: string, ...frames: string[]) => frames.map((frame) => `devices/${name}/raw ${frame}`);

describe('several protocols on one port', () => {
  it('are told apart by the first bytes, in any chunking, with nothing lost or added', async () => {
    const profiles = [stars, talks, long, short];
    const devices = [
      deviceOf(stars, 'd001'),
      deviceOf(talks, 'd2'),
      deviceOf(long, 'D1', { name: 'long' }),
      deviceOf(short, 'D1', { name: 'short' }),
      { name: 'o', token: 'tok' },
      { name: 'c', token: 'an old token', protocol: 'custom', profile: { id: 'c', framing: 'line' } },
    ];
    const cases: [Buffer | string, string, string[]][] = [
      ['*d001,1#+2#', 'd001', raw('d001', '*d001,1', '+2')],
      ['1\nLOGIN d2\n', 'd2', ['devices/d2/attributes {"text":"1"}']],
      ['$$D1#$$D1,2#', 'long', raw('long', '$$D1', '$$D1,2')],
      ['$D1#$D1,2#', 'short', raw('short', '$D1', '$D1,2')],
      [Buffer.concat([auth('tok'), attributes({ a: 1 })]), 'o', ['devices/o/attributes {"a":1}']],
      ['an old token\nline\n', 'c', raw('c', 'line')],
    ];
    for (const [sent, device, expected] of cases) {
      const bytes = Buffer.from(sent as string);
      const cuts = [[...bytes].map((byte) => Buffer.from([byte]))];
      for (let at = 0; at < bytes.length; at++) cuts.push([bytes.subarray(0, at), bytes.subarray(at)]);
      for (const cut of cuts) {
        const names = [...profiles.map(({ name }) => name as string), 'custom', 'official'];
        const { tracker, bus, gateway } = await profileWorld(profiles, devices, { profiles: names });
        await (await tracker()).send(...cut);
        assert.deepEqual(bus.readings, expected, `${sent} in ${cut.map(({ length }) => length)}`);
        assert.equal(gateway.links()[0]?.device, device);
      }
    }
  });

  it('take the surest that fits after a silence, although a surer one may follow', async () => {
    const { tracker, gateway, clock } = await profileWorld(
      [any, long],
      [deviceOf(any, 'xx'), deviceOf(long, 'xx', { name: 'other' })],
    );
    const peer = await (await tracker()).send('$');
    await clock.advance(200);
    await peer.send('xx#');
    assert.deepEqual(
      gateway.links().map(({ device }) => device),
      ['xx'],
    );
  });

  it('close a link with its bytes where none fits, or none is sure in time or at its end', async () => {
    for (const [sent, wait, shown] of [
      ['?what', 0, /tell none of the protocols of the listener trackers: 3f77686174\./],
      ['$', 5_000, /The first 1 bytes tell none.*: 24\./],
      ['?'.repeat(400), 0, /: (3f){256}\./],
      [`?fl_${'a'.repeat(32)}`, 0, /: 3f(2a){35}\./],
    ] as const) {
      const { tracker, gateway, clock } = await profileWorld([long, stars], []);
      const peer = await (await tracker()).send(sent);
      await clock.advance(wait);
      const [link] = gateway.links();
      assert.equal(link?.code, 'PROTOCOL_UNDETECTED', sent);
      assert.match(String(link?.reason), shown);
      assert.ok(peer.closed && String(link?.offending).length > 0);
    }
    const { tracker, gateway } = await profileWorld([long, stars], []);
    const peer = await (await tracker()).send('$');
    peer.transport.end();
    await peer.send();
    assert.equal(gateway.links()[0]?.code, 'PROTOCOL_UNDETECTED');
  });

  it('give a first frame that comes slowly the time of its own framing', async () => {
    const timed = (frameTimeout?: string) => ({
      ...long,
      framing: JSON.stringify({ ...JSON.parse(long.framing as string), frameTimeout }),
    });
    for (const [profile, wait, expected] of [
      [long, 6_000, ['$$D1']],
      [timed('7s'), 6_000, ['$$D1']],
      [timed('1s'), 6_000, ['$$D1,2']],
    ] as const) {
      const { tracker, bus, clock } = await profileWorld([profile, stars], [deviceOf(profile, 'D1')]);
      const peer = await (await tracker()).send('$$D');
      await clock.advance(wait);
      await peer.send('1#$$D1,2#');
      assert.deepEqual(bus.readings.slice(0, 1), raw('D1', ...expected));
    }
  });

  it('refuse a browser and a TLS client by what they are, although anything fits', async () => {
    for (const [sent, code] of [
      ['POST / HTTP/1.1\r\nHost: x\r\n\r\nevil#', 'HTTP_REFUSED'],
      [Buffer.from('16030100c8010000c40303', 'hex'), 'TLS_UNEXPECTED'],
    ] as const) {
      const { tracker, gateway } = await profileWorld([any, talks], []);
      await (await tracker()).send(sent);
      assert.equal(gateway.links()[0]?.code, code);
    }
  });
});

describe('the table of a listener', () => {
  it('finds one of 48 profiles in less than 2 us a link', () => {
    const protocol = profileProtocol();
    const profiles = Array.from({ length: 47 }, (_, i) =>
      prefixed(`p${i}`, Buffer.from(`${'$*'[i % 2]}${String(i).padStart(2, '0')}`).toString('hex')),
    );
    const choices = [
      ...profiles.map((profile) => ({ protocol, profile, opening: protocol.opening(profile) })),
      { protocol: officialProtocol(), opening: officialProtocol().opening() },
    ];
    const table = new DetectionTable(choices);
    const heads = profiles.map((_, i) => Buffer.from(`${'$*'[i % 2]}${String(i).padStart(2, '0')},data#`));
    for (const [i, head] of heads.entries()) assert.equal(table.find(head, true), choices[i]);
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 50; round++) {
      const begun = process.threadCpuUsage().user;
      for (let i = 0; i < 200; i++) for (const head of heads) table.find(head, true);
      best = Math.min(best, (process.threadCpuUsage().user - begun) / (200 * heads.length));
    }
    assert.ok(best < 2, `${best} us a link`);
  });
});
