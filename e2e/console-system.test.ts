/** The pages about the service, profiles, and the keyboard, with a real service and a real browser. */
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { requirePeer } from '@fairlead/testkit';
import { buildPage, launch, violations } from './console-page.ts';
import { world } from './world.ts';

const PAGES = [
  '/system',
  '/system/bus',
  '/system/journal',
  '/system/listeners',
  '/system/users',
  '/system/tokens',
  '/system/audit',
  '/system/settings',
  '/system/about',
  '/profiles',
  '/profiles/gt06',
];
const SHOTS = process.env.FAIRLEAD_SHOTS;

/** A page that is signed in to a service. */
async function signedIn(t: TestContext) {
  await buildPage();
  const { service } = await world(t, 'embedded');
  const link = (await service.cli('user', 'link')).json.link as string;
  const browser = await launch(t);
  const context = await browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  const broken: string[] = [];
  page.on('pageerror', ({ message }) => broken.push(message));
  await page.goto(link);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  return { service, page, link, broken };
}

it('shows users, tokens, the audit log and profiles; is used by keys; and tells what somebody else changed', {
  timeout: 150_000,
}, async (t) => {
  if (!requirePeer(t, 'chromium')) return;
  const { service, page, link, broken } = await signedIn(t);
  for (const name of ['meter-1', 'meter-2']) await service.cli('device', 'add', name);
  const open = async (path: string) => {
    await page.goto(new URL(path, link).href);
    await page.getByRole('heading', { level: 1 }).waitFor();
  };

  // A user with a role, and a token that is shown once.
  await open('/system/users');
  await page.getByLabel('Name').fill('ann');
  await page.getByRole('combobox', { name: 'Role', exact: true }).selectOption('operator');
  await page.getByRole('button', { name: 'Add a user' }).click();
  await page.getByRole('cell', { name: 'ann', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Sign-in link' }).click();
  await page.getByText('signs ann in once').waitFor();
  await open('/system/tokens');
  await page.getByLabel('Name').fill('ci');
  await page.getByRole('button', { name: 'Make a token' }).click();
  await page.getByText('It is shown only here and now').waitFor();
  assert.match(await page.locator('[role=status] code').innerText(), /^ft_[0-9a-f]{32}$/);
  await page.reload();
  await page.getByRole('cell', { name: 'ci', exact: true }).waitFor();
  assert.equal(await page.getByText('It is shown only here and now').count(), 0);
  await page.getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('Revoke the token ci?').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('cell', { name: 'ci', exact: true }).waitFor({ state: 'detached' });
  await open('/system/audit');
  await page.getByRole('gridcell', { name: 'removeToken' }).first().waitFor();
  await page.getByRole('searchbox').fill('addUser ann');
  await page.getByRole('gridcell', { name: 'removeToken' }).waitFor({ state: 'detached' });

  // By keys alone.
  await page.locator('body').press('Escape');
  await page.evaluate('document.activeElement.blur()');
  await page.keyboard.press('g');
  await page.keyboard.press('p');
  await page.getByRole('heading', { name: 'Profiles' }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('gt06');
  await page.getByRole('link', { name: 'gt06', exact: true }).waitFor();
  await page.keyboard.press('g');
  assert.match(page.url(), /q=gt06g/, 'letters in a field are text');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search or command' }).waitFor();
  await page.keyboard.type('meter-2');
  await page.getByRole('option', { name: 'meter-2 open' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'meter-2' }).waitFor();

  // Somebody else changes a device while this page asks whether to remove it.
  await open('/devices/meter-2/settings');
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('dialog').waitFor();
  await service.cli('device', 'edit', 'meter-2', '--label', 'Attic');
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByText('It was not removed.').waitFor();
  assert.equal(
    await page
      .getByRole('dialog')
      .getByRole('row', { name: /label.*Attic/ })
      .count(),
    1,
  );
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'Remove it all the same' }).click();
  await page.waitForURL(/\/devices$/);

  assert.deepEqual(broken, []);
});

it('keeps to the rules of accessibility on each of these pages, in both themes', {
  timeout: 150_000,
}, async (t) => {
  if (!requirePeer(t, 'chromium')) return;
  const { page, broken } = await signedIn(t);
  for (const path of PAGES) {
    // Within the page, as a click on a link does it.
    await page.evaluate(`history.pushState(null, '', '${path}')`);
    await page.locator('main h1').waitFor();
    await page.locator('main dl, main table, main code, main [role=grid]').first().waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      if (SHOTS !== undefined)
        await page.screenshot({ path: `${SHOTS}/${colorScheme}${path.replaceAll('/', '-')}.png` });
      // Only colours differ.
      const rules = colorScheme === 'dark' ? ['color-contrast'] : undefined;
      assert.deepEqual(await violations(page, rules), [], `${path}, ${colorScheme}`);
    }
  }
  assert.deepEqual(broken, []);
});
