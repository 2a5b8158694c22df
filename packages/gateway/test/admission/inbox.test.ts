import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '@fairlead/core';
import { FakeClock, settled } from '@fairlead/testkit';
import { Inbox } from '../../src/admission/inbox.ts';
import { sourceOf } from '../../src/admission/source.ts';
import { gatewayLimits, type InboxEntry, type InboxStore } from '../../src/index.ts';
import { deviceOf, profileWorld, stars, talks } from '../profiles.ts';

const { inboxEntries, inboxLinkFrames, inboxLinkBytes, inboxHold, inboxKeep, inboxSweep, inboxBytes } =
  gatewayLimits.values;

class TestStore implements InboxStore {
  readonly kept = new Map<string, InboxEntry>();
  note(entry: InboxEntry): void {
    this.kept.set(entry.id, entry);
  }
  drop(id: string): void {
    this.kept.delete(id);
  }
  list(): InboxEntry[] {
    return [...this.kept.values()];
  }
}

const inboxWorld = (options = {}) => profileWorld([stars, talks], [], { unknown: 'inbox' }, options);
const raw = (name: string, ...frames: string[]) => frames.map((frame) => `devices/${name}/raw ${frame}`);

describe('an unknown device', () => {
  it('waits in the inbox, which shows what it is and what it sent', async () => {
    const { tracker, gateway, clock } = await inboxWorld();
    const first = clock.now();
    const peer = await (await tracker()).send('+0#*d001,1#+2#');
    const [entry] = gateway.inbox();
    assert.deepEqual(
      { ...entry, id: '', remote: '' },
      {
        id: '',
        listener: 'trackers',
        profile: 'stars',
        identity: 'd001',
        remote: '',
        firstSeen: first,
        lastSeen: first,
        count: 1,
        bytes: 11,
        frames: ['+0', '*d001,1', '+2'].map((text) => Buffer.from(text).toString('hex')),
        connected: true,
      },
    );
    assert.equal(gateway.inboxEntry(entry?.id as string), entry);
    await clock.advance(60_000);
    assert.equal(peer.closed, false);
  });

  it('is admitted with all that it sent, in order, wherever it is registered meanwhile', async () => {
    const sent = ['+0#', '*d001,1#', ...Array.from({ length: 300 }, (_, i) => `+${i}#`)];
    for (const before of [2, 40, inboxLinkFrames, 302]) {
      const { tracker, gateway, bus, put, uplinks, clock } = await inboxWorld();
      const peer = await (await tracker()).send(...sent.slice(0, before));
      assert.equal(bus.lines.length, 0);
      const came = clock.now();
      await clock.advance(1_000);
      put(deviceOf(stars, 'd001', { name: 'one' }));
      assert.equal(gateway.registered('one'), true);
      await peer.send(...sent.slice(before));
      assert.deepEqual(bus.readings, raw('one', ...sent.map((text) => text.slice(0, -1))), `after ${before}`);
      assert.equal(uplinks[0]?.time, came);
      assert.deepEqual(gateway.inbox(), []);
      assert.equal(gateway.presence('one').status, 'online');
    }
  });

  it('is admitted as a device that is given its identity', async () => {
    const { tracker, gateway, put } = await inboxWorld();
    await (await tracker()).send('*d001,1#');
    put(deviceOf(stars, 'd009', { name: 'one' }));
    await gateway.deviceChanged('one');
    assert.equal(gateway.inbox().length, 1);
    put(deviceOf(stars, 'd001', { name: 'one' }));
    await gateway.deviceChanged('one');
    await settled();
    assert.equal(gateway.presence('one').status, 'online');
  });

  it('gets the answer to its login when it is registered, or is refused in its own words', async () => {
    const { tracker, gateway, put } = await inboxWorld();
    const peer = await (await tracker()).send('LOGIN d2 pass\n');
    const other = await (await tracker()).send('LOGIN d3 pass\n');
    assert.equal(peer.text, '');
    put(deviceOf(talks, 'd2', { secret: 'pass' }));
    put(deviceOf(talks, 'd3', { secret: 'another' }));
    assert.equal(gateway.registered('d2'), true);
    assert.equal(gateway.registered('d3'), true);
    await peer.send('1\n');
    assert.equal(peer.text, 'IN\nGOT 1\n');
    assert.equal(other.text, 'OUT\n');
    assert.equal(gateway.registered('d2'), false);
  });

  it('is not read beyond its part, and loses nothing of what it sent', async () => {
    const { tracker, gateway, bus, put } = await inboxWorld();
    const peer = await (await tracker()).send('*d001,0#');
    const frame = `+${'x'.repeat(1_000)}#`;
    for (let i = 0; i < 400; i++) peer.transport.write([Buffer.from(frame)]);
    await settled();
    const [link] = gateway.links();
    assert.ok((link?.bytesIn ?? 0) < 3 * inboxLinkBytes + 65_536, `${link?.bytesIn} bytes were read`);
    put(deviceOf(stars, 'd001'));
    gateway.registered('d001');
    while (bus.readings.length < 401) await settled();
    assert.equal(bus.readings.length, 401);
  });

  it('leaves its entry when its link ends; it counts how often it came; the newer link takes its place', async () => {
    const { tracker, gateway } = await inboxWorld();
    const one = await (await tracker()).send('*d001,1#');
    const two = await (await tracker()).send('*d001,2#');
    assert.ok(one.closed);
    assert.equal(gateway.links().find(({ state }) => state === 'closed')?.code, 'SESSION_REPLACED');
    assert.deepEqual(
      gateway.inbox().map(({ count, connected }) => [count, connected]),
      [[2, true]],
    );
    two.transport.end();
    await two.send();
    assert.deepEqual(
      gateway.inbox().map(({ count, connected }) => [count, connected]),
      [[2, false]],
    );
    // Also where no frame was awaited any more.
    const three = await (await tracker()).send('*d001,3#', ...Array.from({ length: 200 }, () => '+1#'));
    three.transport.reset();
    await three.send();
    assert.deepEqual(
      gateway.inbox().map(({ count, connected }) => [count, connected]),
      [[3, false]],
    );
  });

  it('is dropped by an operator, and its link is closed after a time while its entry stays for longer', async () => {
    const { tracker, gateway, clock } = await inboxWorld();
    const dropped = await (await tracker()).send('*d001,1#');
    const [entry] = gateway.inbox();
    assert.equal(gateway.dropFromInbox(entry?.id as string), true);
    assert.equal(gateway.dropFromInbox(entry?.id as string), false);
    await settled();
    assert.ok(dropped.closed);
    const waits = await (await tracker()).send('*d002,1#');
    await clock.advance(inboxHold + inboxSweep);
    assert.ok(waits.closed);
    assert.deepEqual(
      gateway.links().map(({ code }) => code),
      ['INBOX_EXPIRED', 'INBOX_DROPPED'],
    );
    assert.equal(gateway.inbox()[0]?.connected, false);
    await clock.advance(inboxKeep);
    assert.deepEqual(gateway.inbox(), []);
  });

  it('is kept over a restart, with its number', async () => {
    const inboxStore = new TestStore();
    const before = await inboxWorld({ inboxStore });
    await (await before.tracker()).send('*d001,1#');
    assert.deepEqual(
      inboxStore.list().map(({ frames, connected }) => [frames, connected]),
      [[[Buffer.from('*d001,1').toString('hex')], true]],
    );
    await before.gateway.close();
    const after = await inboxWorld({ inboxStore });
    assert.deepEqual(
      after.gateway.inbox().map(({ identity, connected }) => [identity, connected]),
      [['d001', false]],
    );
    await (await after.tracker()).send('*d001,1#');
    assert.deepEqual(
      after.gateway.inbox().map(({ count, connected }) => [count, connected]),
      [[2, true]],
    );
    after.put(deviceOf(stars, 'd001'));
    assert.equal(after.gateway.registered('d001'), true);
    assert.equal(inboxStore.kept.size, 0);
  });
});

describe('10,000 unknown devices at once', () => {
  it('and one address that floods harm neither known devices nor those that wait', async () => {
    const { tracker, gateway, bus, put } = await inboxWorld({ clock: systemClock });
    put(deviceOf(stars, 'good'));
    const good = await (await tracker()).send('*good,1#');
    const peers = await Promise.all(Array.from({ length: 10_000 }, () => tracker()));
    for (const [i, peer] of peers.entries())
      peer.transport.write([Buffer.from(`*${i.toString(36).padStart(4, '0')},1#`)]);
    const full = () => gateway.counters().linksClosed.get('trackers INBOX_FULL') ?? 0;
    while (full() < 10_000 - inboxEntries) await settled();
    assert.equal(gateway.inbox().length, inboxEntries);
    assert.equal(gateway.inbox().filter(({ connected }) => connected).length, inboxEntries);
    await good.send('+2#');
    assert.deepEqual(bus.readings, raw('good', '*good,1', '+2'));
    assert.equal(full(), 10_000 - inboxEntries);
    await gateway.close();
  });
});

describe('the inbox', () => {
  const unknown = (identity: string, remote: string) => ({
    listener: 'l',
    profile: 'p',
    identity,
    remote,
  });

  it('drops the oldest of the noisiest address, not those of others', () => {
    const inbox = new Inbox({ store: undefined, clock: new FakeClock() });
    for (let i = 0; i < 10; i++) inbox.enter(unknown(`quiet${i}`, `10.0.0.${i}:1`));
    for (let i = 0; i < 3 * inboxEntries; i++)
      inbox.enter(unknown(`noisy${i}`, `[2001:db8:0:1::${i.toString(16)}]:7`));
    const identities = inbox.list().map(({ identity }) => identity);
    assert.equal(identities.length, inboxEntries);
    assert.equal(identities.filter((identity) => identity.startsWith('quiet')).length, 10);
    assert.equal(identities[0], `noisy${3 * inboxEntries - 1}`);
  });

  it('drops the oldest of the address that holds most bytes', async () => {
    const inbox = new Inbox({ store: undefined, clock: new FakeClock() });
    const quiet = inbox.enter(unknown('quiet', '10.0.0.1:1'), 'l-1');
    inbox.keep(quiet, Buffer.alloc(1_000));
    const places = Array.from({ length: 3 }, (_, i) => inbox.enter(unknown(`${i}`, '10.0.0.2:1'), `l-${i}`));
    for (const place of places) inbox.keep(place, Buffer.alloc(inboxBytes / 2));
    await assert.rejects((places[0] as (typeof places)[0]).decision, { code: 'INBOX_FULL' });
    assert.deepEqual(
      inbox.list().map(({ identity }) => identity),
      ['2', 'quiet'],
    );
  });

  it('takes an IPv6 network, an IPv4 address and a gateway device for one source each', () => {
    const of = (remote: string) => sourceOf({ remote });
    assert.equal(of('[2001:db8:0:1::5]:1'), of('[2001:db8:0:1:2::7]:9'));
    assert.notEqual(of('[2001:db8:0:1::5]:1'), of('[2001:db8:0:2::5]:1'));
    assert.equal(of('[::ffff:192.0.2.7]:1'), of('192.0.2.7:2'));
    assert.notEqual(of('192.0.2.7:2'), of('192.0.2.8:2'));
    assert.equal(sourceOf({ remote: '192.0.2.7:2', parent: 'gw' }), 'gateway gw');
  });
});

describe('bytes that fit no protocol of the listener', () => {
  it('enter the inbox, where one entry stands for each address, and the link closes', async () => {
    const { tracker, gateway, clock } = await inboxWorld();
    for (const [i, sent] of ['?one', '?two'].entries()) {
      const peer = await (await tracker()).send(sent);
      assert.ok(peer.closed);
      assert.equal(gateway.links()[0]?.code, 'PROTOCOL_UNDETECTED');
      const [entry, ...others] = gateway.inbox();
      assert.deepEqual(others, []);
      assert.deepEqual(
        [entry?.profile, entry?.count, entry?.frames, entry?.bytes, entry?.connected],
        ['', i + 1, [Buffer.from(sent).toString('hex')], 4, false],
      );
      assert.ok(entry?.identity !== '' && !entry?.identity.includes(String(entry.remote.split(':').at(-1))));
    }
    await clock.advance(inboxKeep + inboxSweep);
    assert.deepEqual(gateway.inbox(), []);
  });

  it('are cut, hide what looks like a token, and are not kept where unknown devices are refused', async () => {
    const { tracker, gateway } = await inboxWorld();
    await (await tracker()).send(`?fl_${'a'.repeat(32)}${'?'.repeat(2_000)}`);
    const shown = Buffer.from(gateway.inbox()[0]?.frames[0] as string, 'hex');
    assert.equal(shown.length, gatewayLimits.values.inboxShownBytes);
    assert.ok(!shown.includes('aaaa'));
    const refusing = await profileWorld([stars, talks], [], { unknown: 'refuse' });
    await (await refusing.tracker()).send('?one');
    assert.equal(refusing.gateway.links()[0]?.code, 'PROTOCOL_UNDETECTED');
    assert.deepEqual(refusing.gateway.inbox(), []);
  });
});
