import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DevicePresence, DeviceTraces, LinkInfo, ListenerInfo } from '@fairlead/gateway';
import type { Device } from '@fairlead/store';
import { deviceWhy } from '../../../src/http/devices/why.ts';
import { startApi } from '../harness.ts';

const T = (time: string) => Date.parse(`2026-11-30T${time}Z`);

const device = (fields: Partial<Device> = {}) =>
  ({ name: 'm1', type: 'standard', protocol: 'official', profile: {}, ...fields }) as Device;

const link = (fields: Partial<LinkInfo> = {}) =>
  ({
    id: 'official-7',
    remote: '10.0.0.7:4000',
    device: 'm1',
    openedAt: T('10:50:00'),
    closedAt: T('14:02:11'),
    code: 'PEER_CLOSED',
    reason: 'Closed by the peer.',
    lastReceivedAt: T('14:01:58'),
    ...fields,
  }) as LinkInfo;

interface World {
  readonly presence?: Readonly<Record<string, DevicePresence>>;
  readonly stored?: Readonly<Record<string, { since: number; code?: string }>>;
  readonly traces?: DeviceTraces;
  readonly open?: LinkInfo;
  readonly listeners?: readonly Partial<ListenerInfo>[];
  readonly values?: readonly number[];
  readonly others?: readonly Device[];
}

const official = [{ protocol: 'official' }];

function why(of: Device, world: World = {}) {
  const {
    presence = {},
    stored = {},
    traces = {},
    open,
    listeners = official,
    values = [],
    others = [],
  } = world;
  const entries = values.map((time, i) => [`v${i}`, { value: 1, time }] as const);
  return deviceWhy(of, {
    gateway: {
      presence: (name) => presence[name] ?? { status: 'offline' },
      traces: () => traces,
      link: () => open,
      listeners: () => listeners as ListenerInfo[],
    },
    store: {
      devices: { get: (name: string) => others.find((other) => other.name === name) },
      presence: { get: (name: string) => stored[name] },
      values: { get: () => ({ values: Object.fromEntries(entries) }) },
    } as never,
  });
}

const sentence = (of: Device, world?: World) => why(of, world).sentence;
const offline = (code: string) => ({ stored: { m1: { since: T('14:02:11'), code } } });

describe('why a device is offline', () => {
  it('the device closed the link', () => {
    const answer = why(device(), { ...offline('PEER_CLOSED'), traces: { closed: link() } });
    assert.deepEqual(answer, {
      name: 'm1',
      status: 'offline',
      state: undefined,
      sentence:
        'It has been offline since 2026-11-30 14:02:11 UTC: the device closed the link (PEER_CLOSED) after 3 h 12 min; its last message came at 2026-11-30 14:01:58 UTC.',
      code: 'PEER_CLOSED',
      since: '2026-11-30T14:02:11.000Z',
      lastReceivedAt: '2026-11-30T14:01:58.000Z',
    });
  });

  it('it did not acknowledge: it is dead', () => {
    const reason = 'The peer has not acknowledged 12 bytes for 60000 ms.';
    const closed = link({ code: 'WRITE_UNANSWERED', reason });
    const answer = why(device(), { ...offline('WRITE_UNANSWERED'), traces: { closed } });
    assert.equal(answer.state, 'dead');
    assert.match(
      answer.sentence,
      /: the link ended \(WRITE_UNANSWERED: The peer has not .* 60000 ms\) after 3 h/,
    );
  });

  it('after a restart, without what only the last process knew', () => {
    assert.equal(
      sentence(device(), { ...offline('PRESENCE_STALE'), values: [T('09:00:00'), T('13:00:00')] }),
      'It has been offline since 2026-11-30 14:02:11 UTC: the service ended without notice, and the device has not connected since (PRESENCE_STALE); its last message came at 2026-11-30 13:00:00 UTC.',
    );
    const other = { ...offline('IDLE_TIMEOUT'), traces: { closed: link() } };
    assert.match(sentence(device(), other), /: the link ended \(IDLE_TIMEOUT\)\.$/);
  });

  it('it has never connected', () => {
    assert.equal(sentence(device()), 'It has never connected.');
  });

  it('no listener is open for it', () => {
    const custom = device({ protocol: 'custom' });
    const none = 'It has never been connected: no listener is open that takes custom devices.';
    assert.equal(sentence(custom), none);
    const profile = device({ protocol: 'profile', profile: { name: 'gt06' } as Device['profile'] });
    assert.match(sentence(profile), /takes gt06 devices/);
    const trackers = [{ protocol: 'profiles', profiles: ['gt06'] }];
    assert.equal(sentence(profile, { listeners: trackers }), 'It has never connected.');
  });

  it('it was recognised and refused', () => {
    const code = 'AUTH_PROTOCOL_MISMATCH';
    const refused = link({ code, reason: 'It uses the custom protocol.', closedAt: T('15:00:00') });
    assert.equal(
      sentence(device(), { ...offline('PEER_CLOSED'), traces: { refused } }),
      'It was refused at 2026-11-30 15:00:00 UTC, when it connected from 10.0.0.7:4000 (AUTH_PROTOCOL_MISMATCH): It uses the custom protocol.',
    );
    const before = { ...refused, closedAt: T('13:00:00') };
    assert.match(
      sentence(device(), { ...offline('PEER_CLOSED'), traces: { refused: before } }),
      /PEER_CLOSED/,
    );
  });

  it('a link with an unknown token may have been its own', () => {
    const unknownToken = link({ device: undefined, code: 'AUTH_TOKEN_UNKNOWN', closedAt: T('15:00:00') });
    const told =
      /; a device from 10\.0\.0\.7:4000 was refused at .* its token is unknown \(AUTH_TOKEN_UNKNOWN\)/;
    assert.match(sentence(device(), { traces: { unknownToken } }), told);
    assert.match(sentence(device(), { ...offline('PEER_CLOSED'), traces: { unknownToken } }), told);
    assert.equal(
      sentence(device({ identity: 'x' }), { traces: { unknownToken } }),
      'It has never connected.',
    );
  });

  it('it cannot be reached', () => {
    const failure = { time: T('15:00:00'), code: 'CONNECT_REFUSED', reason: 'Nobody listens.' };
    const dialled = device({ protocol: 'profile', endpoint: 'tcp://10.0.0.7:502' });
    const attempt =
      'the last attempt to reach it, at 2026-11-30 15:00:00 UTC, failed (CONNECT_REFUSED): Nobody listens.';
    assert.equal(sentence(dialled, { traces: { failure } }), `It has never been connected: ${attempt}`);
    assert.match(
      sentence(dialled, { ...offline('PEER_CLOSED'), traces: { failure } }),
      /; now the last attempt/,
    );
  });

  it('its gateway device is offline', () => {
    const sub = device({ name: 's1', type: 'sub', parent: 'm1', address: 'a' });
    const world = { ...offline('PEER_CLOSED'), traces: { closed: link() }, others: [device()] };
    assert.match(
      sentence(sub, world),
      /^It is offline because its gateway device m1 has been offline since .*PEER_CLOSED/,
    );
    assert.match(
      sentence(sub, { others: [device()] }),
      /because its gateway device m1 has never connected\.$/,
    );
    assert.match(sentence(sub), /m1 does not exist/);
  });
});

describe('why a device is not offline', () => {
  const online = { status: 'online', since: T('14:00:00'), link: 'official-7' } as const;

  it('it is live', () => {
    const open = link({ code: undefined, closedAt: undefined, lastRefusal: 'The script took too long.' });
    assert.equal(
      sentence(device(), { presence: { m1: { ...online, state: 'live' } }, open }),
      'It has been online since 2026-11-30 14:00:00 UTC, on the link official-7; its last message came at 2026-11-30 14:01:58 UTC; the last refusal on its link: The script took too long.',
    );
  });

  it('it is suspect', () => {
    const doubt = { code: 'WRITE_UNANSWERED', reason: 'Nothing was acknowledged.', since: T('14:02:00') };
    const answer = why(device(), { presence: { m1: { ...online, state: 'suspect', doubt } }, open: link() });
    assert.deepEqual([answer.status, answer.state, answer.code], ['online', 'suspect', 'WRITE_UNANSWERED']);
    assert.match(
      answer.sentence,
      /^It has been suspect since 2026-11-30 14:02:00 UTC \(WRITE_UNANSWERED\): Nothing/,
    );
  });
});

it('GET /devices/NAME/why', async () => {
  await using api = await startApi();
  assert.equal((await api.call('GET', '/api/v1/devices/nobody/why')).status, 404);
  await api.call('POST', '/api/v1/devices', { name: 'm1' });
  const { status, json } = await api.call('GET', '/api/v1/devices/m1/why');
  assert.deepEqual(
    [status, json],
    [200, { name: 'm1', status: 'offline', sentence: 'It has never connected.' }],
  );
});

it('a device whose links compete: said after whatever else is true', () => {
  const flaps = 'The link of the device m1 was replaced 3 times within a minute, last from a:1 to b:2.';
  const online = { status: 'online', since: T('14:00:00'), link: 'official-8' } as const;
  const answer = why(device(), { presence: { m1: { ...online, flaps } }, open: link({ id: 'official-8' }) });
  assert.equal(answer.code, 'DEVICE_FLAPS');
  assert.equal(
    answer.sentence,
    'It has been online since 2026-11-30 14:00:00 UTC, on the link official-8; its last message came at 2026-11-30 14:01:58 UTC; ' +
      'links of the device compete (DEVICE_FLAPS): The link of the device m1 was replaced 3 times within a minute, last from a:1 to b:2.',
  );
});
