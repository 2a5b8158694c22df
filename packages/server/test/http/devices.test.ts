import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startApi } from './harness.ts';

describe('devices', () => {
  test('are added, shown, listed, changed and removed', async () => {
    await using api = await startApi();
    const added = await api.call('POST', '/api/v1/devices', { name: 'boiler-1', label: 'Boiler' });
    assert.equal(added.status, 201);
    assert.match(added.json.token, /^fl_[0-9a-f]{32}$/);
    assert.deepEqual(Object.keys(added.json), ['name', 'token']);

    api.gateway.online.set('boiler-1', { status: 'online', since: 1_700_000_000_000, link: 'L1' });
    const shown = await api.call('GET', '/api/v1/devices/boiler-1');
    assert.equal(shown.status, 200);
    const { createdAt, ...rest } = shown.json;
    assert.match(createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(rest, {
      name: 'boiler-1',
      label: 'Boiler',
      type: 'standard',
      protocol: 'official',
      status: 'online',
      since: '2023-11-14T22:13:20.000Z',
      link: 'L1',
      values: {},
      inboundBuffer: 1024,
      outboundBuffer: 1024,
      revision: 2,
    });
    assert.ok(!shown.text.includes(added.json.token));

    const edited = await api.call('PATCH', '/api/v1/devices/boiler-1', {
      label: null,
      framing: 'line',
      ack: '06',
    });
    assert.equal(edited.status, 200);
    assert.deepEqual([edited.json.label, edited.json.framing, edited.json.ack], [undefined, 'line', '06']);
    assert.deepEqual(api.gateway.calls, ['deviceChanged boiler-1']);

    const gone = await api.call('DELETE', '/api/v1/devices/boiler-1');
    assert.deepEqual([gone.status, gone.text], [204, '']);
    assert.equal((await api.call('GET', '/api/v1/devices/boiler-1')).json.code, 'DEVICE_UNKNOWN');
  });

  test('a new label does not end the link', async () => {
    await using api = await startApi();
    await api.call('POST', '/api/v1/devices', { name: 'a' });
    await api.call('PATCH', '/api/v1/devices/a', { label: 'x' });
    assert.deepEqual(api.gateway.calls, []);
  });

  test('a rate and certificates of its own are set, shown and taken back', async () => {
    await using api = await startApi();
    const rate = { bytes: '64KiB', per: '1s', exceeded: 'refuse' };
    const body = { name: 'a', rate, certificates: ['dns:A.local'] };
    assert.equal((await api.call('POST', '/api/v1/devices', body)).status, 201);
    const { json } = await api.call('GET', '/api/v1/devices/a');
    assert.deepEqual(json.rate, { bytes: 65_536, per: 1_000, exceeded: 'refuse' });
    assert.deepEqual(json.certificates, ['dns:a.local']);
    const again = await api.call('POST', '/api/v1/devices/import?existing=keep', JSON.stringify(body), {
      'content-type': 'application/x-ndjson',
    });
    assert.match(again.text, /"existing":true/, 'the same device, by another writing of it');
    const changed = await api.call('PATCH', '/api/v1/devices/a', { rate: null, certificates: null });
    assert.deepEqual([changed.json.rate, changed.json.certificates], [undefined, undefined]);
    for (const wrong of [{ per: '1s' }, { messages: 1, per: 0 }, { messages: 1 }, { messages: 0, per: '1s' }])
      assert.equal((await api.call('PATCH', '/api/v1/devices/a', { rate: wrong })).status, 400);
  });

  test('a list goes page by page, and by prefix', async () => {
    await using api = await startApi();
    for (const name of ['a1', 'a2', 'a3', 'b1']) await api.call('POST', '/api/v1/devices', { name });
    const names = async (query: string) =>
      (await api.call('GET', `/api/v1/devices${query}`)).json.map((device: { name: string }) => device.name);
    assert.deepEqual(await names(''), ['a1', 'a2', 'a3', 'b1']);
    assert.deepEqual(await names('?limit=2'), ['a1', 'a2']);
    assert.deepEqual(await names('?limit=2&after=a2'), ['a3', 'b1']);
    assert.deepEqual(await names('?prefix=b'), ['b1']);
  });

  test('latest values have their times', async () => {
    await using api = await startApi();
    await api.call('POST', '/api/v1/devices', { name: 'a' });
    const device = api.store.devices.get('a');
    assert.ok(device);
    api.store.observer().uplinks([
      {
        device,
        kind: 'attributes',
        time: 1_700_000_000_123,
        payload: Buffer.from('{"t":1.5,"deep":{"x":[1]}}'),
      },
      { device, kind: 'raw', time: 1_700_000_000_124, payload: Buffer.from('ff00', 'hex') },
    ]);
    assert.deepEqual((await api.call('GET', '/api/v1/devices/a')).json.values, {
      t: { value: 1.5, time: '2023-11-14T22:13:20.123Z' },
      deep: { value: { x: [1] }, time: '2023-11-14T22:13:20.123Z' },
    });
    const messages = (await api.call('GET', '/api/v1/devices/a/messages?limit=5')).json;
    assert.deepEqual(
      messages.map(({ kind, values }: { kind: string; values: unknown }) => [kind, values]),
      [
        ['raw', { hex: 'ff00' }],
        ['attributes', { t: 1.5, deep: { x: [1] } }],
      ],
    );
    const older = await api.call(
      'GET',
      `/api/v1/devices/a/messages?before=${messages[0].id}&kind=attributes`,
    );
    assert.equal(older.json.length, 1);
  });

  test('rows that no program should have written are shown as they are, and hide nothing else', async () => {
    await using api = await startApi();
    await api.call('POST', '/api/v1/devices', { name: 'a' });
    const device = api.store.devices.get('a');
    assert.ok(device);
    const deep = `{"deep":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    const rows: readonly [payload: string, time: number][] = [
      ['{"good":1}', 1],
      ['{"broken":', 2],
      ['{"x":1}\n!SCRIPT_KILLED {}', 3],
      [deep.slice(0, 2_000), 4],
      ['{"late":1}', 1e300],
      ['{"early":1}', -1e300],
    ];
    const observer = api.store.observer();
    for (const [payload, time] of rows)
      observer.uplinks([{ device, kind: 'attributes', time, payload: Buffer.from(payload) }]);
    const shown = await api.call('GET', '/api/v1/devices/a');
    assert.equal(shown.status, 200);
    assert.deepEqual(Object.keys(shown.json.values), ['good', 'late', 'early']);
    assert.equal(shown.json.values.late.time, '+275760-09-13T00:00:00.000Z');
    const listed = await api.call('GET', '/api/v1/devices/a/messages');
    assert.equal(listed.status, 200);
    const values = listed.json.map((message: { values: unknown }) => message.values);
    assert.deepEqual(values.at(-1), { good: 1 });
    assert.deepEqual(values.at(-2), { text: '{"broken":' });
    assert.equal(values.length, rows.length);
    observer.uplinks([{ device, kind: 'attributes', time: 5, payload: Buffer.from(deep) }]);
    assert.equal((await api.call('GET', '/api/v1/devices/a')).status, 200);
    assert.equal((await api.call('GET', '/api/v1/devices/a/messages')).status, 200);
  });

  test('sub-devices have no token; their gateway is told', async () => {
    await using api = await startApi();
    await api.call('POST', '/api/v1/devices', { name: 'gw', type: 'gateway' });
    const added = await api.call('POST', '/api/v1/devices', { name: 'sub', parent: 'gw', address: '3c20' });
    assert.deepEqual(added.json, { name: 'sub', parent: 'gw', address: '3c20' });
    assert.deepEqual(api.gateway.calls.splice(0), ['subDevicesChanged gw']);

    assert.equal((await api.call('DELETE', '/api/v1/devices/gw')).json.code, 'DEVICE_HAS_SUBDEVICES');
    assert.equal((await api.call('POST', '/api/v1/devices/sub/token')).json.code, 'SUBDEVICE_HAS_NO_TOKEN');
    assert.equal((await api.call('DELETE', '/api/v1/devices/gw?cascade')).status, 204);
    assert.deepEqual(api.gateway.calls, ['subDevicesChanged gw', 'forget gw']);
  });

  test('a new token ends the link that came in with the old one', async () => {
    await using api = await startApi();
    const old = (await api.call('POST', '/api/v1/devices', { name: 'a' })).json.token;
    const answer = await api.call('POST', '/api/v1/devices/a/token');
    assert.equal(answer.status, 200);
    assert.notEqual(answer.json.token, old);
    assert.deepEqual(api.gateway.calls, ['forget a']);
    assert.equal(api.store.devices.byToken(old), undefined);
  });

  test('a label with characters that control a screen is refused wherever it is read', async () => {
    await using api = await startApi();
    const label = 'lamp\u202e\u009b2J';
    const added = await api.call('POST', '/api/v1/devices', { name: 'a', label });
    assert.deepEqual(
      [added.status, added.json.code, added.json.details.field],
      [400, 'DEVICE_INVALID', 'label'],
    );
    assert.equal((await api.call('POST', '/api/v1/devices', { name: 'a', label: 'lamp' })).status, 201);
    const changed = await api.call('PATCH', '/api/v1/devices/a', { label });
    assert.deepEqual([changed.status, changed.json.code], [400, 'DEVICE_INVALID']);
    const line = `${JSON.stringify({ name: 'b', label })}\n`;
    const type = { 'content-type': 'application/x-ndjson' };
    const imported = await api.call('POST', '/api/v1/devices/import', line, type);
    assert.equal(JSON.parse(imported.text).code, 'DEVICE_INVALID');
    assert.equal((await api.call('PATCH', '/api/v1/devices/a', { inboundBuffer: 77 })).json.label, 'lamp');
  });

  test('framing may be JSON; it and the scripts are tried before anything is stored', async () => {
    await using api = await startApi();
    const framing = { rules: [{ kind: 'fixed', size: 4 }] };
    const good = await api.call('POST', '/api/v1/devices', { name: 'a', protocol: 'custom', framing });
    assert.equal(good.status, 201, good.text);
    assert.deepEqual(JSON.parse((await api.call('GET', '/api/v1/devices/a')).json.framing), framing);

    const bad = await api.call('POST', '/api/v1/devices', { name: 'b', framing: 'fixd:4' });
    assert.deepEqual([bad.status, bad.json.code], [400, 'FRAMING_SPEC_INVALID']);
    const script = await api.call('POST', '/api/v1/devices', { name: 'b', uplink: 'a syntax error' });
    assert.deepEqual([script.status, script.json.code], [422, 'SCRIPT_INVALID']);
    assert.deepEqual(script.json.details, { line: 3, reason: 'Unexpected token', field: 'uplink' });
    const downlink = await api.call('POST', '/api/v1/devices', { name: 'b', downlink: 'a syntax error' });
    assert.match(downlink.json.detail, /^downlink: /);
    assert.equal((await api.call('GET', '/api/v1/devices/b')).status, 404);
    assert.equal((await api.call('PATCH', '/api/v1/devices/a', { uplink: 'a syntax error' })).status, 422);
  });

  test('refusals say what is wrong', async () => {
    await using api = await startApi();
    await api.call('POST', '/api/v1/devices', { name: 'a' });
    const cases: [body: unknown, status: number, code: string, said: RegExp][] = [
      [{ name: 'a' }, 409, 'DEVICE_EXISTS', /"a"/],
      [{ name: 'no spaces' }, 400, 'DEVICE_NAME_INVALID', /no spaces/],
      [{ name: 'b', protocl: 'custom' }, 400, 'OPTION_UNKNOWN', /"protocl" of the body.*"protocol"/],
      [
        { name: 'b', protocol: 'mqtt' },
        400,
        'DEVICE_INVALID',
        /"protocol" is not valid: allowed are official, custom/,
      ],
      [{}, 400, 'OPTION_INVALID', /"name"/],
      [[], 400, 'OPTION_INVALID', /of the body/],
      [{ name: 'b', ack: 'xyz' }, 400, 'OPTION_INVALID', /hexadecimal/],
      [{ name: 'b', parent: 'none', address: 'x' }, 409, 'PARENT_UNKNOWN', /none/],
      ['{"name":', 400, 'REQUEST_INVALID', /not valid JSON/],
    ];
    for (const [body, status, code, said] of cases) {
      const answer = await api.call('POST', '/api/v1/devices', body);
      assert.deepEqual([answer.status, answer.json.code], [status, code], answer.text);
      assert.equal(answer.type, 'application/problem+json');
      assert.match(answer.json.detail, said);
      assert.deepEqual(Object.keys(answer.json), [
        'type',
        'title',
        'status',
        'detail',
        'code',
        'help',
        'details',
      ]);
    }
    const token = await api.call('POST', '/api/v1/devices', { name: 'b', token: ['hunter2'] });
    assert.equal(token.json.code, 'REQUEST_INVALID');
    assert.ok(!token.text.includes('hunter2'));
    assert.equal((await api.call('GET', '/api/v1/devices?limit=0')).json.code, 'OPTION_INVALID');
    assert.equal((await api.call('GET', '/api/v1/devices?limt=1')).json.code, 'OPTION_UNKNOWN');
  });
});

describe('downlinks', () => {
  test('are queued, or waited for', async () => {
    await using api = await startApi();
    await api.call('POST', '/api/v1/devices', { name: 'a' });
    const send = (body: unknown) => api.call('POST', '/api/v1/devices/a/downlinks', body);
    const offline = await send({ kind: 'command', values: { method: 'x' } });
    assert.deepEqual([offline.status, offline.json.code], [409, 'DEVICE_OFFLINE']);
    api.gateway.online.set('a', { status: 'online' });
    const queued = await send({ values: { x: 1 } });
    assert.deepEqual([queued.status, queued.json], [202, { device: 'a', status: 'queued', bytes: 9 }]);
    const written = await send({ kind: 'command', values: {}, wait: '5s' });
    assert.deepEqual([written.status, written.json.status], [200, 'written']);
    const late = await send({ values: {}, wait: 1 });
    assert.deepEqual([late.status, late.json.code], [504, 'DOWNLINK_TIMEOUT']);
    assert.deepEqual(api.gateway.calls, [
      'send a command {"method":"x"} undefined',
      'send a attributes {"x":1} undefined',
      'send a command {} 5000',
      'send a attributes {} 1',
    ]);
  });

  test('that cannot be are refused', async () => {
    await using api = await startApi();
    await api.call('POST', '/api/v1/devices', { name: 'a' });
    const cases: [path: string, body: unknown, code: string][] = [
      ['none', { values: {} }, 'DEVICE_UNKNOWN'],
      ['a', { kind: 'attributes' }, 'OPTION_INVALID'],
      ['a', { values: {}, wait: '1h' }, 'OPTION_INVALID'],
      ['a', { values: {}, wait: 'soon' }, 'OPTION_INVALID'],
    ];
    for (const [name, body, code] of cases)
      assert.equal((await api.call('POST', `/api/v1/devices/${name}/downlinks`, body)).json.code, code);
    assert.deepEqual(api.gateway.calls, []);
  });
});
