/** One live stream for all tabs of a browser, over plain HTTP on the name of a machine, and what becomes of it. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { createClient } from '@fairlead/api';
import { eventually, requirePeer } from '@fairlead/testkit';
import { buildPage, cuttable, launch } from './console-page.ts';
import { BareDevice, RunningService } from './running.ts';
import { attributes, auth } from './world.ts';

const HOST = 'fairlead.lan';
const TABS = 12;

it('twelve tabs share one stream, tell a lost service, are right again after it, and ask to sign in when the session ends', {
  timeout: 150_000,
}, async (t) => {
  if (!requirePeer(t, 'chromium')) return;
  await buildPage();
  await using service = await RunningService.start({ FAIRLEAD_HTTP__HOSTS: HOST });
  const adminToken = (await readFile(join(service.folder, 'admin-token'), 'utf8')).trim();
  const admin = createClient({ url: `http://127.0.0.1:${service.ports.http}`, token: adminToken });
  const way = await cuttable(t, service.ports.http);
  const token = await service.add('station');
  using device = await BareDevice.dial(service.ports.official);
  device.send(auth(token));
  device.send(attributes({ level: 1 }));
  const browser = await launch(t, `--host-resolver-rules=MAP ${HOST} 127.0.0.1`);
  const context = await browser.newContext({ locale: 'en-US' });
  const first = await context.newPage();
  const code = new URL((await service.cli('user', 'link')).json.link).hash;
  const origin = `http://${HOST}:${way.port}`;
  await first.goto(`${origin}/${code}`);
  await first.getByRole('heading', { name: 'Overview' }).waitFor();
  const tabs = [first];
  for (let i = 1; i < TABS; i++) {
    const tab = await context.newPage();
    await tab.goto(`${origin}/devices/station`);
    tabs.push(tab);
  }
  for (const tab of tabs.slice(1)) await tab.getByRole('row', { name: /level 1/ }).waitFor();
  assert.equal(await service.metric('fairlead_streams'), 1, 'all tabs have one stream');
  device.send(attributes({ level: 2 }));
  for (const tab of tabs.slice(1)) await tab.getByRole('row', { name: /level 2/ }).waitFor();

  // The way is cut for three seconds, in which things change.
  way.cut = true;
  const [one, two] = [tabs[1] as typeof first, tabs[2] as typeof first];
  await one.getByRole('alert').getByText('does not answer').waitFor();
  device.send(attributes({ level: 3, fresh: true }));
  await one.waitForTimeout(3_000);
  way.cut = false;
  for (const tab of [one, two]) {
    await tab.getByRole('row', { name: /level 3/ }).waitFor();
    await tab.getByRole('row', { name: /fresh true/ }).waitFor();
    await tab.getByRole('alert').waitFor({ state: 'detached' });
  }

  // The session is ended from elsewhere: nothing stays half live, and what was begun stays.
  await one.goto(`${origin}/devices/station/downlinks`);
  await one.getByRole('textbox').first().fill('{"draft": 1}');
  for (const { id } of await admin.sessions.list()) await admin.sessions.end({ params: { id } });
  for (const tab of [one, two]) await tab.getByRole('heading', { name: 'Sign in' }).waitFor();
  const password = 'correct horse battery';
  await admin.users.add({ body: { name: 'ann', role: 'administrator', password } });
  await one.getByLabel('User').fill('ann');
  await one.getByLabel('Password').first().fill(password);
  await one.getByRole('button', { name: 'Sign in' }).click();
  await eventually(
    async () => (await one.getByRole('heading', { name: 'Sign in' }).count()) === 0,
    'signed in',
  );
});
