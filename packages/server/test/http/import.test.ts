import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { serverLimits } from '../../src/index.ts';
import { eventually } from '../running.ts';
import { type Harness, startApi } from './harness.ts';

async function upload(api: Harness, body: string, query = '') {
  const answer = await api.call('POST', `/api/v1/devices/import${query}`, body, {
    'content-type': 'application/x-ndjson',
  });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.type, 'application/x-ndjson');
  return answer.text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

describe('import', () => {
  test('takes the good lines and says what is wrong with the others', async () => {
    await using api = await startApi();
    const results = await upload(
      api,
      [
        '{"name":"gw","type":"gateway"}',
        '',
        'not json',
        '{"name":"sub","parent":"gw","address":"1"}\r',
        '{"name":"gw"}',
        '{"name":"x","framing":"nonsense"}',
        '{"name":"y","labl":"z"}',
        `{"name":"z","label":"${'x'.repeat(2 ** 20)}"}`,
        '{"name":"last","token":"imported-token"}',
      ].join('\n'),
    );
    assert.deepEqual(
      results.map(({ line, name, code }) => [line, name, code]),
      [
        [1, 'gw', undefined],
        [3, undefined, 'REQUEST_INVALID'],
        [4, 'sub', undefined],
        [5, 'gw', 'DEVICE_EXISTS'],
        [6, undefined, 'FRAMING_SPEC_INVALID'],
        [7, undefined, 'OPTION_UNKNOWN'],
        [8, undefined, 'BODY_TOO_LARGE'],
        [9, 'last', undefined],
      ],
    );
    assert.match(results[0].token, /^fl_/);
    assert.equal(results[2].token, undefined);
    assert.match(results[5].message, /Did you mean "label"/);
    assert.equal(results.at(-1).token, 'imported-token');
    assert.deepEqual(api.gateway.calls, ['subDevicesChanged gw']);
    assert.equal(api.store.devices.count(), 3);
  });

  test('a few at the same time; one more is refused, and who leaves makes room', async () => {
    await using api = await startApi();
    const { port } = new URL(api.url);
    const begun = Array.from({ length: serverLimits.values.imports }, (_, i) => {
      const socket = connect(Number(port), '127.0.0.1').on('error', () => {});
      socket.write(
        `POST /api/v1/devices/import HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${api.token}\r\n` +
          `Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n` +
          `${(20).toString(16)}\r\n{"name":"begun-${i}"} \n\r\n`,
      );
      return socket;
    });
    const refused = await eventually(async () => {
      const answer = await api.call('POST', '/api/v1/devices/import', '', {
        'content-type': 'application/x-ndjson',
      });
      return answer.status === 503 && answer;
    });
    assert.equal(refused.json.code, 'TOO_MANY_IMPORTS');
    begun[0]?.destroy();
    await eventually(async () => {
      const answer = await api.call('POST', '/api/v1/devices/import', '{"name":"later"}', {
        'content-type': 'application/x-ndjson',
      });
      return answer.status === 200;
    });
    for (const socket of begun) socket.destroy();
  });

  test('can be done again: lines of devices that are there as they say are no error', async () => {
    await using api = await startApi();
    const script = 'export function uplink(bytes) { return { values: { size: bytes.length } }; }';
    const whole = {
      ...{
        name: 'whole',
        label: 'x',
        protocol: 'custom',
        type: 'gateway',
        inboundBuffer: 100,
        outboundBuffer: 200,
      },
      ...{
        framing: { rules: [{ kind: 'line' }] },
        uplink: script,
        authReply: 'AB',
        ack: '0d0A',
        heartbeatEcho: true,
      },
    };
    const lines = [
      { name: 'plain' },
      whole,
      { name: 'sub', parent: 'whole', address: '1' },
      { name: 'own', token: 'imported-token' },
    ];
    const body = lines.map((line) => JSON.stringify(line)).join('\n');
    const first = await upload(api, body);
    assert.deepEqual(await upload(api, body, '?existing=keep'), [
      ...lines.map(({ name }, at) => ({ line: at + 1, name, existing: true })),
    ]);
    assert.equal(api.store.devices.byToken(first[0].token)?.name, 'plain');
    assert.equal(api.store.devices.count(), 4);

    const rotated = await upload(api, `${body}\n${JSON.stringify(lines[0])}`, '?existing=rotate');
    assert.deepEqual(
      rotated.map(({ token }) => token !== undefined),
      [true, true, false, false, false],
    );
    assert.deepEqual(
      [rotated[4].line, rotated[4].code],
      [5, 'DEVICE_EXISTS'],
      'the same line twice in one file',
    );
    assert.equal(api.store.devices.byToken(first[0].token), undefined);
    assert.equal(api.store.devices.byToken(rotated[0].token)?.name, 'plain');
    assert.equal(api.store.devices.byToken('imported-token')?.name, 'own');
    assert.deepEqual(
      api.gateway.calls.filter((call) => call.startsWith('forget')),
      ['forget plain', 'forget whole'],
    );
  });

  test('is refused for a device that is another than the line says, however it is asked for', async () => {
    await using api = await startApi();
    await upload(
      api,
      '{"name":"a","label":"x","token":"token-a"}\n{"name":"b"}\n{"name":"gw","type":"gateway"}',
    );
    const others = [
      '{"name":"a","label":"y"}',
      '{"name":"a","label":"x","token":"token-b"}',
      '{"name":"b","protocol":"custom"}',
      '{"name":"b","framing":"line"}',
      '{"name":"b","type":"gateway"}',
      '{"name":"b","inboundBuffer":77}',
      '{"name":"b","ack":"00"}',
      '{"name":"b","parent":"gw","address":"1"}',
    ];
    for (const query of ['?existing=keep', '?existing=rotate', ''])
      assert.deepEqual(
        (await upload(api, others.join('\n'), query)).map(({ code }) => code),
        others.map(() => 'DEVICE_EXISTS'),
      );
  });

  test('a body far larger than one request may have', async () => {
    await using api = await startApi();
    const count = 5_000;
    const label = 'x'.repeat(250);
    const body = Array.from({ length: count }, (_, i) => `{"name":"d${i}","label":"${label}"}\n`).join('');
    assert.ok(body.length > 2 ** 20);
    const results = await upload(api, body);
    assert.equal(results.length, count);
    assert.ok(results.every(({ token }, i) => results[i].line === i + 1 && token.startsWith('fl_')));
    assert.equal(api.store.devices.count(), count);
  });

  test('an empty body is no device', async () => {
    await using api = await startApi();
    assert.deepEqual(await upload(api, ''), []);
  });

  test('other kinds of body are refused', async () => {
    await using api = await startApi();
    for (const type of ['application/json', 'text/plain', 'text/csv']) {
      const answer = await api.call('POST', '/api/v1/devices/import', '{"name":"a"}', {
        'content-type': type,
      });
      assert.deepEqual([answer.status, answer.json.code], [415, 'MEDIA_TYPE_UNSUPPORTED'], type);
    }
  });
});
