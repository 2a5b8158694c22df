import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { profileFolder } from '../profile.ts';
import { startApi } from './harness.ts';

const PATH = '/api/v1/devices';
const PARAMETERS =
  'identity: { by: script }\nsecret: optional\nparameters: { unit: { type: number, default: 1, about: x } }';

async function api() {
  const harness = await startApi();
  harness.store.profiles.put(profileFolder({ yaml: PARAMETERS }));
  harness.store.profiles.put(profileFolder({ name: 'newer' }));
  return harness;
}

describe('devices of profiles', () => {
  test('are added by their identity, without a token; their secret is never shown', async () => {
    await using service = await api();
    const body = {
      name: 'a',
      profile: 'lines',
      identity: '7',
      secret: 'hush-hush',
      parameters: { unit: '3' },
    };
    const added = await service.call('POST', PATH, body);
    assert.deepEqual([added.status, added.json], [201, { name: 'a', identity: '7' }]);
    assert.deepEqual(service.gateway.registrations, ['a']);
    const shown = await service.call('GET', `${PATH}/a`);
    const { profile, profileVersion, identity, parameters, hasSecret, protocol } = shown.json;
    assert.deepEqual(
      { profile, profileVersion, identity, parameters, hasSecret, protocol },
      {
        profile: 'lines',
        profileVersion: '1.0.0',
        identity: '7',
        parameters: { unit: 3 },
        hasSecret: true,
        protocol: 'profile',
      },
    );
    // What the profile says is shown with the profile.
    assert.deepEqual([shown.json.framing, shown.json.uplink], [undefined, undefined]);
    const listed = await service.call('GET', `${PATH}?profile=lines`);
    assert.equal(listed.json.length, 1);
    assert.equal((await service.call('GET', `${PATH}?profile=newer`)).json.length, 0);
    for (const { text } of [shown, listed, added]) assert.ok(!text.includes('hush-hush'));
    assert.ok(!JSON.stringify(service.logged).includes('hush-hush'));
  });

  test('that cannot be are refused with the reason', async () => {
    await using service = await api();
    const refusal = async (body: object) => (await service.call('POST', PATH, { name: 'x', ...body })).json;
    assert.match((await refusal({ profile: 'lines' })).detail, /"identity".*are known by it/);
    assert.match((await refusal({ profile: 'line' })).detail, /no profile called "line"/);
    const { code, detail } = await refusal({ profile: 'lines', identity: '7', parameters: { units: 1 } });
    assert.deepEqual(
      [code, detail],
      ['DEVICE_INVALID', 'The device\'s "parameters.units" is not valid: did you mean "unit"?'],
    );
    await service.call('POST', PATH, { name: 'a', profile: 'lines', identity: '7' });
    assert.equal((await refusal({ profile: 'lines', identity: '7' })).code, 'IDENTITY_TAKEN');
    assert.equal((await service.call('POST', `${PATH}/a/token`)).json.code, 'DEVICE_HAS_NO_TOKEN');
  });

  test('are changed by a filter: dry run, all at once, or not at all', async () => {
    await using service = await api();
    for (const n of [1, 2, 3])
      await service.call('POST', PATH, { name: `d${n}`, profile: 'lines', identity: `${n}` });
    service.gateway.calls.length = 0;
    const change = (body: object) => service.call('PATCH', PATH, body);
    const where = { profile: 'lines', prefix: 'd' };
    const changes = { profile: 'newer' };
    const dry = await change({ where, changes, dryRun: true });
    const devices = ['d1', 'd2', 'd3'];
    assert.deepEqual(dry.json, { dryRun: true, matched: 3, changed: 0, devices, refused: [] });
    assert.equal(service.store.devices.get('d1')?.profile.name, 'lines');
    assert.deepEqual(service.gateway.calls, []);

    await service.call('POST', PATH, { name: 'other', profile: 'newer', identity: '2' });
    const refused = await change({ where, changes });
    assert.equal(refused.status, 200);
    assert.deepEqual(
      [refused.json.changed, refused.json.refused[0].name, refused.json.refused[0].code],
      [0, 'd2', 'IDENTITY_TAKEN'],
    );
    assert.equal(service.store.devices.get('d1')?.profile.name, 'lines');

    await service.call('DELETE', `${PATH}/other`);
    service.gateway.calls.length = 0;
    assert.equal((await change({ where, changes })).json.changed, 3);
    assert.equal(service.store.devices.get('d3')?.profile.name, 'newer');
    assert.deepEqual(service.gateway.calls, ['deviceChanged d1', 'deviceChanged d2', 'deviceChanged d3']);
    assert.equal((await change({ where: {}, changes })).json.code, 'FILTER_INVALID');
    assert.equal((await change({ where: { name: 'd1' }, changes })).json.code, 'OPTION_UNKNOWN');
  });

  test('are imported, and the same line again changes nothing', async () => {
    await using service = await api();
    const line = { name: 'a', profile: 'lines', identity: '7', secret: 's', parameters: { unit: '3' } };
    const send = async (lines: readonly object[]) => {
      const headers = { 'content-type': 'application/x-ndjson' };
      const body = lines.map((each) => JSON.stringify(each)).join('\n');
      const { text } = await service.call('POST', `${PATH}/import?existing=keep`, body, headers);
      return text
        .trim()
        .split('\n')
        .map((each) => JSON.parse(each));
    };
    assert.deepEqual(await send([line]), [{ line: 1, name: 'a' }]);
    assert.deepEqual(service.gateway.registrations, ['a']);
    assert.deepEqual(await send([line]), [{ line: 1, name: 'a', existing: true }]);
    const dialled = { name: 'b', profile: 'modbus_tcp', endpoint: 'tcp://10.0.0.7:502' };
    assert.deepEqual(await send([dialled]), [{ line: 1, name: 'b' }]);
    assert.deepEqual(service.gateway.registrations, ['a', 'b'], 'it is dialled at once');
    for (const other of [{ identity: '8' }, { secret: 't' }, { parameters: { unit: 4 } }, { parameters: {} }])
      assert.equal((await send([{ ...line, ...other }]))[0].code, 'DEVICE_EXISTS', JSON.stringify(other));
  });
});
