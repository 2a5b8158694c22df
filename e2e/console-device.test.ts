/** A device as an operator works with it: its values and history, its messages, what is sent to it, its settings. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eventually, requirePeer } from '@fairlead/testkit';
import { buildPage, launch } from './console-page.ts';
import { BareDevice, RunningService } from './running.ts';
import { attributes, auth } from './world.ts';

it('shows what a device says, sends to it without a promise too early, and changes it', {
  timeout: 150_000,
}, async (t) => {
  if (!requirePeer(t, 'chromium')) return;
  await buildPage();
  await using service = await RunningService.start();
  let token = await service.add('station', '--label', 'Roof');
  const browser = await launch(t);
  const page = await (await browser.newContext({ locale: 'en-US' })).newPage();
  await page.goto((await service.cli('user', 'link')).json.link);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  const origin = new URL(page.url()).origin;

  // Kept while the device is away: queued, and nothing more is claimed.
  await page.goto(`${origin}/devices/station/downlinks`);
  await page.getByText('The device is not connected').waitFor();
  await page.getByLabel('Values as a JSON object').fill('{"led": true}');
  await page.getByLabel('Keep it for').fill('1h');
  await page.getByRole('button', { name: 'Send' }).click();
  const row = page.getByRole('row', { name: /"led":true/ });
  await row.getByText('✓ queued').waitFor();
  assert.equal(await row.getByText('✓ written').count(), 0);
  await page.getByText(/fairlead device send station '\{"led":true\}' --keep 1h/).waitFor();
  using first = await BareDevice.dial(service.ports.official);
  first.send(auth(token));
  await row.getByText('✓ written').waitFor();
  await eventually(() => first.received.includes('"led":true'), 'the device got it');

  // Values, live, with their course; and the message that brought one, under an address of its own.
  for (const level of [1, 2, 3]) first.send(attributes({ level, mode: 'auto' }));
  await page.goto(`${origin}/devices/station`);
  await page.getByRole('row', { name: /level 3/ }).waitFor();
  await page.getByRole('img', { name: /level: from/ }).waitFor();
  first.send(attributes({ level: 42 }));
  await page.getByRole('row', { name: /level 42/ }).waitFor();
  await page.getByRole('button', { name: 'As table' }).click();
  await page.getByRole('columnheader', { name: 'Lowest' }).waitFor();
  await page.getByRole('tab', { name: 'Messages' }).click();
  await page
    .getByRole('row', { name: /\{"level":42\}/ })
    .getByRole('link')
    .click();
  await page.getByRole('heading', { name: 'station' }).waitFor();
  const permalink = page.url();
  assert.match(permalink, /\/devices\/station\/messages\/\d+$/);
  first.send(attributes({ level: 43 }));
  await page.goto(permalink);
  await page.getByText('"level": 42').waitFor();

  // Settings: another operator's change of another field stays.
  await page.goto(`${origin}/devices/station/settings`);
  await page.getByLabel('Label').fill('Roof, north');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: /Roof, north/ }).waitFor();
  await page.getByRole('button', { name: 'New token' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'New token' }).click();
  const shown = page.getByRole('status').locator('code');
  await shown.waitFor();
  token = await shown.innerText();
  await page.reload();
  await page.getByText('The token is not shown').waitFor();
  await eventually(() => first.closed, 'the old token is refused, and its link closed');
  using second = await BareDevice.dial(service.ports.official);
  second.send(auth(token));
  await page.getByText('live', { exact: true }).first().waitFor();

  // What is desired, beside what is reported.
  await page.getByRole('tab', { name: 'Desired state' }).click();
  await page.getByLabel('Change, as JSON').fill('{"interval": 30}');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('row', { name: 'interval 30 not reported' }).waitFor();
  second.send(attributes({ interval: 30 }));
  await page.getByRole('row', { name: 'interval 30 30' }).waitFor();
  await page.getByText('The device reports all of it.').waitFor();
});
