/** The metrics of a service with devices, as Prometheus' own tool reads them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { requirePeer } from '@fairlead/testkit';
import { dial, eventually, packet, scratch, start } from './running.ts';

/** What may tell series apart: each has a bounded number of values. */
const LABELS = new Set([
  ...['listener', 'direction', 'code', 'kind', 'outcome', 'profile', 'bus', 'side', 'handled', 'result'],
  ...['trigger', 'version', 'node'],
]);

async function scrape(service: { url: string; token: string }): Promise<string> {
  const answer = await fetch(`${service.url}/metrics`, {
    headers: { authorization: `Bearer ${service.token}` },
  });
  return answer.text();
}

test('metrics by listener, profile and code count what devices do, with bounded labels', async (t) => {
  const { dir, remove } = scratch();
  t.after(remove);
  await using running = await start(dir);
  const script = 'export function uplink(bytes) { return { values: { n: bytes.length } }; }';
  const added = await running.call('POST', '/api/v1/devices', {
    name: 'meter-1',
    protocol: 'custom',
    framing: { rules: [{ kind: 'line' }] },
    uplink: script,
  });
  assert.equal(added.status, 201, JSON.stringify(added.json));
  const official = await running.call('POST', '/api/v1/devices', { name: 'boiler-1' });
  const { listeners } = running.service.addresses;

  const meter = await dial(listeners.custom as string);
  meter.write(`${added.json.token}\nhello\n`);
  const boiler = await dial(listeners.official as string);
  const login = packet(0, 0, official.json.token);
  boiler.write(login);
  await eventually(() => running.service.gateway.counters().uplinks.get('attributes') === 1);
  const before = await scrape(running);
  for (const line of [
    'fairlead_links_open{listener="custom"} 1',
    `fairlead_link_bytes_total{listener="custom",direction="in"} ${added.json.token.length + 7}`,
    `fairlead_link_bytes_total{listener="official",direction="in"} ${login.length}`,
    'fairlead_profile_uplinks_total{profile="(own)"} 1',
    'fairlead_profile_script_calls_total{profile="(own)"} 1',
    'fairlead_devices 2',
  ])
    assert.ok(before.includes(`\n${line}\n`), `${line} is missing in\n${before}`);
  await eventually(async () => /\nfairlead_history_written_total 1\n/.test(await scrape(running)));
  const history = await scrape(running);
  assert.match(history, /\nfairlead_history_rows 1\n/);
  assert.match(history, /\nfairlead_history_bytes [1-9]\d+\n/);
  for (const name of ['waiting', 'dropped_total', 'rolled_up_total', 'upkeep_seconds_total'])
    assert.match(history, new RegExp(`\nfairlead_history_${name} `));
  assert.match(before, /fairlead_profile_script_seconds_total\{profile="\(own\)"\} 0\.\d+/);

  meter.destroy();
  await once(meter, 'close');
  await eventually(() => running.service.gateway.counters().online === 1);
  const after = await scrape(running);
  assert.match(after, /fairlead_links_open\{listener="custom"\} 0\n/);
  assert.match(after, /fairlead_profile_links_closed_total\{profile="\(own\)",code="\w+"\} 1\n/);
  // What an ended link carried stays counted.
  assert.ok(after.includes(`{listener="custom",direction="in"} ${added.json.token.length + 7}\n`));
  boiler.destroy();

  for (const [, label] of after.matchAll(/[{,](\w+)="/g))
    assert.ok(LABELS.has(label as string), `the label ${label}`);
  if (!requirePeer(t, 'promtool')) return;
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: after });
  assert.equal(status, 0, `${stdout}${stderr}`);
});
