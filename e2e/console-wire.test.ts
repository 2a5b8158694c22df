/** The wire view: a tracker's bytes as they come, which of them make which value, and captures in the same view. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eventually, freePort, requirePeer } from '@fairlead/testkit';
import type { Page } from 'playwright-core';
import { buildPage, launch, violations } from './console-page.ts';
import { BareDevice, RunningService } from './running.ts';

const LOGIN = '78780d0103534190360660610003c3df0d0a';
/** A position of "Concox GPS tracker communication protocol (GT06) V1.02", 5.2.1. */
const POSITION = '78781f120b081d112e10cf027ac7eb0c46584900148f01cc00287d001fb8000380810d0a';
const bytes = (hex: string) => Buffer.from(hex, 'hex');

/** How many records the page says that it shows, skipped and saw. */
async function counts(page: Page): Promise<{ shown: number; skipped: number; seen: number }> {
  const text = await page.getByText(/shown \+ .* skipped = /).innerText();
  const [shown = 0, skipped = 0, seen = 0] = (text.match(/[\d,]+/g) ?? []).map((each) =>
    Number(each.replaceAll(',', '')),
  );
  return { shown, skipped, seen };
}

it('shows what a tracker says, lights up the bytes of a value, pauses without a loss, and opens a capture', {
  timeout: 150_000,
}, async (t) => {
  if (!requirePeer(t, 'chromium')) return;
  await buildPage();
  const port = await freePort();
  const config = `listeners:\n  field: {listen: "127.0.0.1:${port}", profiles: [gt06]}\n`;
  await using service = await RunningService.start({}, undefined, config);
  await service.cli('device', 'add', 'truck', '--profile', 'gt06', '--id', '353419036066061');
  const device = await BareDevice.dial(port);
  t.after(() => device[Symbol.dispose]());
  device.send(bytes(LOGIN));
  await eventually(() => device.received.length > 0, 'the login is answered');
  const [open] = (await service.cli('link', 'ls')).json as { id: string }[];
  const { id } = open as { id: string };

  const browser = await launch(t);
  const context = await browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
  });
  const link = (await service.cli('user', 'link')).json.link as string;
  await page.goto(link);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.goto(new URL(`/links/${id}/wire`, link).href);
  await page.getByRole('heading', { name: id }).waitFor();
  const table = page.getByRole('grid', { name: `What was seen on ${id}` });
  await eventually(async () => {
    device.send(bytes(POSITION));
    return (await table.getByText(/"latitude":23.11/).count()) > 0;
  }, 'the position is shown with its values');
  await table.getByText('▶ out').first().waitFor();

  // A row, its value, the bytes of the value; the address says it all.
  const row = table.getByRole('row', { name: /"latitude":23.11/ }).last();
  await row.getByRole('gridcell').first().click();
  const latitude = page.getByRole('button', { name: /^latitude/ });
  await latitude.click();
  assert.match(await latitude.innerText(), /23\.1116\d+\s+11-14/);
  assert.equal(new URL(page.url()).searchParams.get('bytes'), '11-14');
  const grid = page.getByRole('grid', { name: /Bytes of record/ });
  assert.equal(await grid.locator('[aria-selected="true"]').count(), 4);
  await grid.getByRole('gridcell', { name: 'offset 11, 02, latitude' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  const focused = page.locator(':focus');
  assert.equal(await focused.getAttribute('aria-label'), 'offset 28, 1f, cellId');
  await page.keyboard.press('Enter');
  assert.equal(new URL(page.url()).searchParams.get('bytes'), '27-29');
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/wire.png` });

  // What came while it was paused is there when it goes on.
  const before = (await counts(page)).seen;
  for (let i = 0; i < 5; i++) device.send(bytes(POSITION));
  await page.getByText(/paused, \d+ new rows/).waitFor();
  await eventually(async () => (await counts(page)).seen >= before + 11, 'what comes is counted');
  await page.getByRole('button', { name: 'Go on' }).click();
  const { shown, skipped, seen } = await counts(page);
  assert.equal(shown + skipped, seen);

  // Bytes are found, with any byte in one place.
  await page.getByRole('searchbox', { name: 'Find bytes or text' }).fill('78 78 ?? 12');
  const found = page.getByText(/^\d+ of [1-9]\d*$/);
  await found.waitFor();
  const earlier = await found.innerText();
  await page.keyboard.press('Enter');
  await eventually(async () => (await found.innerText()) !== earlier, 'the next one is chosen');
  assert.equal(new URL(page.url()).searchParams.get('bytes'), '0-3');

  // The address leads somebody else to the same bytes.
  const other = await context.newPage();
  await other.goto(page.url());
  await other.getByRole('grid', { name: /Bytes of record/ }).waitFor();
  assert.equal(await other.locator('[role="gridcell"][aria-selected="true"]').count(), 4);
  await other.close();

  // A capture of the device opens in the same view.
  await page.getByRole('link', { name: 'Capture (pcapng)' }).click();
  await page.getByRole('button', { name: 'Start' }).click();
  await page.getByRole('heading', { name: 'Capture of truck' }).waitFor();
  device.send(bytes(POSITION));
  await eventually(async () => {
    await page.getByRole('button', { name: 'Read again' }).click();
    return (await page.getByText(/"latitude":23.11/).count()) > 0;
  }, 'the capture has the position');
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('It was stopped.').waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'pcapng', exact: true }).click();
  assert.match((await download).suggestedFilename(), /^[0-9a-f]{8}\.pcapng$/);
  const capture = page.url();

  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const path of [`/links/${id}/wire?at=3&bytes=11-14`, '/captures', capture]) {
      await page.goto(new URL(path, link).href);
      await page.getByRole('heading', { level: 1 }).waitFor();
      if (process.env.SHOTS) {
        await page.waitForTimeout(1_500);
        const name = path.replaceAll(/\W+/g, '-').slice(-14);
        await page.screenshot({ path: `${process.env.SHOTS}/${colorScheme}-${name}.png` });
      }
      assert.deepEqual(await violations(page), [], `${path}, ${colorScheme}`);
    }
  }
  if (process.env.SHOTS) {
    await page.setViewportSize({ width: 390, height: 700 });
    await page.goto(new URL(`/links/${id}/wire?at=3&bytes=11-14`, link).href);
    await page.waitForTimeout(1_500);
    await page.screenshot({ path: `${process.env.SHOTS}/phone.png` });
    await page.goto(new URL(`/captures`, link).href);
    await page.waitForTimeout(1_000);
    await page.screenshot({ path: `${process.env.SHOTS}/phone-captures.png` });
    await page.setViewportSize({ width: 1280, height: 800 });
    const zh = await (
      await browser.newContext({ locale: 'zh-CN', storageState: await context.storageState() })
    ).newPage();
    await zh.goto(new URL(`/links/${id}/wire?at=3&bytes=11-14`, link).href);
    await zh.waitForTimeout(1_500);
    await zh.screenshot({ path: `${process.env.SHOTS}/zh.png` });
  }
  await page.goto(capture);
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Nothing was captured yet').waitFor();
  assert.deepEqual(complaints, []);
});
