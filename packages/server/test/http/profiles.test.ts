import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { profileFolder, SCRIPT } from '../profile.ts';
import { startApi } from './harness.ts';

const PATH = '/api/v1/profiles';

/** Replaces whatever there is. */
const ANY = { 'if-match': '*' };

describe('profiles', () => {
  test('are added from their files once all examples pass, shown, listed and removed', async () => {
    await using api = await startApi();
    const files = profileFolder({
      yaml: 'identity: { by: script }\nparameters: { unit: { type: number, about: Unit } }',
    });
    const put = await api.call('PUT', `${PATH}/lines`, { files });
    const { content, ...rest } = put.json;
    assert.deepEqual(
      [put.status, rest],
      [200, { name: 'lines', version: '1.0.0', changed: true, examples: 1, revision: 2, devices: 0 }],
    );
    assert.match(content, /^[0-9a-f]{64}$/);
    assert.deepEqual(api.gateway.calls, ['profileChanged lines']);
    assert.equal((await api.call('PUT', `${PATH}/lines`, { files }, ANY)).json.changed, false);
    assert.equal(api.gateway.calls.length, 1);

    const { json } = await api.call('GET', `${PATH}/lines`);
    assert.deepEqual(
      [json.title, json.source, json.identity, json.parameters, json.history.length, json.sources],
      [
        'Lines of text',
        'store',
        'script',
        { unit: { type: 'number', about: 'Unit' } },
        1,
        ['made up for a test'],
      ],
    );
    assert.equal('files' in json, false);
    assert.deepEqual((await api.call('GET', `${PATH}/lines/files`)).json, { name: 'lines', files });
    const listed = await api.call('GET', `${PATH}?after=line&limit=1`);
    assert.deepEqual(
      listed.json.map(({ name, versions }: { name: string; versions: number }) => [name, versions]),
      [['lines', 1]],
    );
    assert.equal((await api.call('DELETE', `${PATH}/lines`)).status, 204);
    assert.equal((await api.call('GET', `${PATH}/lines`)).json.code, 'PROFILE_UNKNOWN');
    assert.equal((await api.call('DELETE', `${PATH}/lines`)).status, 404);
  });

  test('may have scripts of several files, which are kept and given back as they are', async () => {
    await using api = await startApi();
    const folder = profileFolder({ script: "export { identify, uplink } from './lines.ts';" });
    const files = { ...folder, 'lines.ts': SCRIPT };
    const { changed, examples, code } = (await api.call('PUT', `${PATH}/lines`, { files })).json;
    assert.deepEqual([changed, examples, code], [true, 1, undefined]);
    assert.deepEqual((await api.call('GET', `${PATH}/lines/files`)).json, { name: 'lines', files });
    const other = { ...files, 'lines.ts': `${SCRIPT}\n// another` };
    assert.equal((await api.call('PUT', `${PATH}/lines`, { files: other }, ANY)).json.changed, true);
    assert.equal((await api.call('GET', `${PATH}/lines`)).json.history.length, 2);
    const missing = (await api.call('PUT', `${PATH}/lines`, { files: folder }, ANY)).json;
    assert.equal(missing.code, 'SCRIPT_FILE_MISSING');
    const broken = { ...files, 'lines.ts': 'export function uplink(\n{' };
    assert.match(
      (await api.call('PUT', `${PATH}/lines`, { files: broken }, ANY)).json.detail,
      /of lines\.ts/,
    );
    assert.equal((await api.call('GET', `${PATH}/lines`)).json.history.length, 2);
  });

  test('with an example that fails are refused with the field that differs', async () => {
    await using api = await startApi();
    const put = async (changes: Parameters<typeof profileFolder>[0], name = 'lines') =>
      (await api.call('PUT', `${PATH}/${name}`, { files: profileFolder(changes) })).json;
    const wrong = [{ name: 'a temperature', hex: '542032312e350a', values: { temperature: 22 } }];
    const { code, detail, details } = await put({ examples: wrong });
    assert.equal(code, 'PROFILE_EXAMPLE_FAILED');
    assert.match(detail, /temperature/);
    assert.equal(details.example, 'a temperature');
    assert.equal((await put({ script: 'export function uplink( {' })).code, 'SCRIPT_INVALID');
    assert.equal((await put({ yaml: 'identity: { by: guess }' })).code, 'PROFILE_FOLDER_INVALID');
    assert.match((await put({ name: 'other' })).detail, /its name is not the one of the request/);
    const loops = `${SCRIPT}export function downlink() { for (;;); }`;
    const example = { name: 'loops', downlink: { kind: 'command', values: {} }, bytes: '00' };
    assert.equal((await put({ script: loops, examples: [example] })).code, 'PROFILE_EXAMPLE_FAILED');
    assert.equal((await api.call('PUT', `${PATH}/lines`, { files: { '../x': '' } })).status, 400);
    assert.equal((await api.call('PUT', `${PATH}/lines`, { files: { 'profile.yaml': 7 } })).status, 400);
    assert.equal(
      (await api.call('PUT', `${PATH}/lines`, { files: { 'x.json': 'x'.repeat(9_000_000) } })).status,
      413,
    );
    assert.equal(api.store.profiles.get('lines'), undefined);
    assert.deepEqual(api.gateway.calls, []);
  });

  test('an older version can be read and put again', async () => {
    await using api = await startApi();
    await api.call('PUT', `${PATH}/lines`, { files: profileFolder() });
    await api.call('PUT', `${PATH}/lines`, { files: profileFolder({ version: '2.0.0' }) }, ANY);
    const { history, version } = (await api.call('GET', `${PATH}/lines`)).json;
    assert.deepEqual([version, history.length], ['2.0.0', 2]);
    const old = await api.call('GET', `${PATH}/lines/files?content=${history[1].content}`);
    await api.call('PUT', `${PATH}/lines`, { files: old.json.files }, ANY);
    assert.equal((await api.call('GET', `${PATH}/lines`)).json.version, '1.0.0');
    const none = await api.call('GET', `${PATH}/lines/files?content=${'0'.repeat(64)}`);
    assert.deepEqual([none.status, none.json.code], [404, 'PROFILE_VERSION_UNKNOWN']);
  });

  test('that devices use are kept; those that come with Fairlead stay', async () => {
    await using api = await startApi();
    await api.call('PUT', `${PATH}/lines`, { files: profileFolder() });
    await api.call('POST', '/api/v1/devices', { name: 'a', profile: 'lines', identity: '7' });
    assert.equal((await api.call('DELETE', `${PATH}/lines`)).json.code, 'PROFILE_IN_USE');
    const builtin = (await api.call('GET', `${PATH}/gt06`)).json;
    assert.deepEqual([builtin.source, builtin.versions, builtin.history], ['builtin', 0, []]);
    assert.equal((await api.call('DELETE', `${PATH}/gt06`)).json.code, 'PROFILE_BUILTIN');
    const added = await api.call('POST', '/api/v1/devices', {
      name: 'b',
      profile: 'gt06',
      identity: '863586038760942',
    });
    assert.equal(added.status, 201);
    assert.equal((await api.call('GET', `${PATH}/gt06`)).json.devices, 1);
  });
});
