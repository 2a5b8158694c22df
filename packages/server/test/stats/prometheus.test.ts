import assert from 'node:assert/strict';
import { it } from 'node:test';
import { connect, exportStats, line, pool, serve } from '@fairlead/tcp';
import { Registry } from 'prom-client';

it('clients, pools and servers show their statistics in a registry of prom-client', async () => {
  const registry = new Registry();
  const shown = exportStats(registry, { prefix: 'plant_' });
  const server = await serve<string>('127.0.0.1:0', {
    codec: line(),
    frames: (session, batch) => {
      for (const text of batch) session.send(text);
    },
  });
  const client = connect<string>(server.address, { codec: line() });
  const clients = pool<string>(server.address, { codec: line(), max: 2 });
  shown.add('door', server).add('plc-7', client).add('lab', clients);
  await client.request('hello');
  await clients.request('hi');
  const text = await registry.metrics();
  for (const expected of [
    '# TYPE plant_bytes_total counter',
    'plant_bytes_total{name="door",direction="in"} 9',
    'plant_frames_total{name="plc-7",direction="out"} 1',
    'plant_frames_total{name="lab",direction="in"} 1',
    'plant_sessions{name="door"} 2',
    'plant_up{name="plc-7"} 1',
    'plant_pool_clients{name="lab"} 1',
    'plant_request_seconds_count{name="plc-7"} 1',
    '# TYPE plant_request_seconds summary',
  ])
    assert.ok(text.includes(`${expected}\n`), `${expected} in\n${text}`);
  assert.match(text, /plant_request_seconds\{name="plc-7",quantile="0.99"\} 0\.\d+\n/);
  assert.match(text, /plant_last_activity_seconds\{name="door"\} \d{10}/);
  await client.close();
  assert.match(await registry.metrics(), /plant_closes_total\{name="plc-7",code="LINK_CLOSED"\} 1\n/);
  shown.remove('plc-7');
  assert.doesNotMatch(await registry.metrics(), /plc-7/);
  await clients.close();
  await server.close();
});
