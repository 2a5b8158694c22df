/** The console as an operator uses it: a real service, a real device, a real browser. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { requirePeer } from '@fairlead/testkit';
import { buildPage, launch, violations } from './console-page.ts';
import { auth, world } from './world.ts';

const PAGES = [
  '/',
  '/devices',
  '/devices/station',
  '/devices/station/messages',
  '/devices/station/downlinks',
  '/devices/station/desired',
  '/devices/station/settings',
  '/inbox',
  '/links',
  '/system',
];

it('signs in by a link once, shows the device and why it is offline, and obeys its own policy', {
  timeout: 150_000,
}, async (t) => {
  if (!requirePeer(t, 'chromium')) return;
  await buildPage();
  const { service, dial } = await world(t, 'embedded');
  const link = (await service.cli('user', 'link')).json.link as string;
  const added = await service.cli('device', 'add', 'station');
  const device = await dial('official');
  device.send(auth(added.json.token as string));
  const browser = await launch(t);
  const context = await browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
  });
  const foreign: string[] = [];
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(link).host) foreign.push(request.url());
  });

  await page.goto(link);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  assert.equal(new URL(page.url()).hash, '', 'the code is gone from the address');

  await page.getByRole('link', { name: 'Devices', exact: true }).click();
  await page.getByRole('link', { name: 'station', exact: true }).click();
  await page.getByRole('heading', { name: 'station' }).waitFor();
  await page.getByText('live', { exact: true }).first().waitFor();
  device[Symbol.dispose]();
  await page
    .getByText(/PEER_CLOSED|closed/)
    .first()
    .waitFor();

  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const path of PAGES) {
      await page.goto(new URL(path, link).href);
      await page.getByRole('heading', { level: 1 }).waitFor();
      assert.deepEqual(await violations(page), [], `${path}, ${colorScheme}`);
    }
  }
  assert.deepEqual(complaints, []);
  assert.deepEqual(foreign, [], 'nothing is asked of another host');

  // The link works once: another browser must sign in.
  const other = await (await browser.newContext({ locale: 'en-US' })).newPage();
  await other.goto(link);
  await other.getByRole('heading', { name: 'Sign in' }).waitFor();
  await other.getByText('A link works once').waitFor();
});
