import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { silentLog } from '@fairlead/core';
import { freePort } from '@fairlead/testkit';
import { ThingsPanelPort } from '../../src/http/thingspanel.ts';

const answered = () => ({ status: 200, body: '{"code":0}' });

test('only listed addresses may call, and each other one is named once', async (t) => {
  const port = await freePort();
  const named: string[] = [];
  const log = { ...silentLog, warn: ({ code }: { code?: string }) => void named.push(code ?? '') };
  const terms = { official: false, custom: `127.0.0.1:${port}`, allow: ['10.0.0.0/8'] } as const;
  let calls = 0;
  const open = await ThingsPanelPort.open(
    terms,
    () => {
      calls++;
      return answered();
    },
    log,
  );
  t.after(() => open[Symbol.asyncDispose]());
  for (let i = 0; i < 2; i++) {
    const response = await fetch(`http://127.0.0.1:${port}/api/device/config/delete`, {
      method: 'POST',
      body: '{}',
    });
    assert.equal(response.status, 403);
  }
  assert.equal(calls, 0);
  assert.deepEqual(named, ['THINGSPANEL_CALL_REFUSED']);
});

test('a caller that sends half of its call holds up neither others nor the end', async () => {
  const port = await freePort();
  const open = await ThingsPanelPort.open(
    { official: `127.0.0.1:${port}`, custom: false },
    answered,
    silentLog,
  );
  const half = connect(port, '127.0.0.1');
  half.on('error', () => {});
  half.write('POST /api/device/config/add HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{');
  const closed = new Promise((resolve) => half.once('close', resolve));
  const response = await fetch(`http://127.0.0.1:${port}/api/device/config/add`, {
    method: 'POST',
    body: '{}',
  });
  assert.deepEqual([response.status, await response.json()], [200, { code: 0 }]);
  await open[Symbol.asyncDispose]();
  await closed;
});

test('a port in use is named, and nothing stays open', async (t) => {
  const port = await freePort();
  const at = `127.0.0.1:${port}`;
  const first = await ThingsPanelPort.open({ official: at, custom: false }, answered, silentLog);
  t.after(() => first[Symbol.asyncDispose]());
  const other = `127.0.0.1:${await freePort()}`;
  await assert.rejects(ThingsPanelPort.open({ official: other, custom: at }, answered, silentLog), {
    code: 'PORT_IN_USE',
  });
  await assert.rejects(fetch(`http://${other}/`));
});
