import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startApi } from './harness.ts';

const PATH = '/api/v1/explain';
/** A position of "Concox GPS tracker communication protocol (GT06) V1.02", 5.2.1. */
const POSITION = '78781f120b081d112e10cf027ac7eb0c46584900148f01cc00287d001fb8000380810d0a';

describe('explain', () => {
  test('tells which bytes yield which field: by a profile, by a device, of a payload, of a stored message', async () => {
    await using api = await startApi();
    const byProfile = (await api.call('POST', PATH, { profile: 'gt06', hex: `${POSITION}${POSITION}` })).json;
    assert.equal(byProfile.frames.length, 2);
    const [{ values, explained }] = byProfile.frames;
    assert.equal(values.latitude, 23.111668333333334);
    const latitude = explained.fields.find(({ name }: { name: string }) => name === 'latitude');
    assert.deepEqual(latitude.bytes, [[11, 14]]);
    assert.deepEqual(explained.kind, [
      [0, 0],
      [3, 3],
    ]);

    const device = { name: 'tracker', profile: 'gt06', identity: '353419036066061' };
    assert.equal((await api.call('POST', '/api/v1/devices', device)).status, 201);
    const timeOf = async () => {
      const body = { device: 'tracker', hex: POSITION, of: 'payload' };
      const { json } = await api.call('POST', PATH, body);
      return json.frames[0].time;
    };
    assert.equal(await timeOf(), '2011-08-29T17:46:16.000Z');
    api.gateway.states.set('tracker', { state: '{"zone":480}', deviceState: undefined });
    assert.equal(await timeOf(), '2011-08-29T09:46:16.000Z', 'with a copy of the state of its link');

    const stored = api.store.devices.get('tracker');
    assert.ok(stored !== undefined);
    const payload = Buffer.from(POSITION, 'hex');
    api.store.observer().uplinks([{ device: stored, kind: 'raw', time: 5, payload }] as never);
    const [message] = (await api.call('GET', '/api/v1/devices/tracker/messages')).json;
    const ofMessage = (
      await api.call('POST', PATH, { device: 'tracker', message: message.id, of: 'payload' })
    ).json;
    assert.equal(ofMessage.frames[0].hex, POSITION);
    assert.ok(ofMessage.frames[0].explained.fields.length > 5);
    const gone = await api.call('POST', PATH, { device: 'tracker', message: 999 });
    assert.equal(gone.json.code, 'EXPLAIN_INPUT_INVALID');

    const entries = (await api.call('GET', '/api/v1/audit')).json as { action: string }[];
    assert.deepEqual(
      entries.filter(({ action }) => action === 'explainBytes'),
      [],
      'it changes nothing, and is not in the audit log',
    );
  });

  test('refuses what it cannot explain', async () => {
    await using api = await startApi();
    const refused = async (body: object) => {
      const { status, json } = await api.call('POST', PATH, body);
      return [status, json.code];
    };
    assert.deepEqual(await refused({ hex: '00' }), [400, 'EXPLAIN_INPUT_INVALID']);
    assert.deepEqual(await refused({ profile: 'gt06', device: 'x', hex: '00' }), [
      400,
      'EXPLAIN_INPUT_INVALID',
    ]);
    assert.deepEqual(await refused({ profile: 'gt06' }), [400, 'EXPLAIN_INPUT_INVALID']);
    assert.deepEqual(await refused({ profile: 'gt06', message: 1 }), [400, 'EXPLAIN_INPUT_INVALID']);
    assert.deepEqual(await refused({ profile: 'none', hex: '00' }), [404, 'PROFILE_UNKNOWN']);
    assert.deepEqual(await refused({ device: 'none', hex: '00' }), [404, 'DEVICE_UNKNOWN']);
    assert.deepEqual(await refused({ profile: 'gt06', hex: '0' }), [400, 'OPTION_INVALID']);
    assert.deepEqual(await refused({ profile: 'gt06', hex: '00'.repeat(4_097) }), [400, 'OPTION_INVALID']);
    assert.deepEqual(await refused({ profile: 'gt06', hex: '00', parameters: { modell: 'x' } }), [
      400,
      'PARAMETER_INVALID',
    ]);
  });

  test('answers one request after another, and refuses more than may wait', async () => {
    await using api = await startApi();
    const body = { profile: 'gt06', hex: POSITION };
    const answers = await Promise.all(Array.from({ length: 20 }, () => api.call('POST', PATH, body)));
    const codes = answers.map(({ status, json }) => (status === 200 ? 'done' : json.code));
    assert.deepEqual([...new Set(codes)].sort(), ['EXPLAIN_BUSY', 'done']);
  });
});
