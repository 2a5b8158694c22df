/** What tests of the page share: its build, a browser, and a way to it that can be cut. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import axe, { type AxeResults } from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';

const ROOT = join(import.meta.dirname, '..');
const SOURCES = ['packages/console/page', 'packages/api/src', 'packages/core/src'];
const BUILT = join(ROOT, 'packages/console/dist/page/index.html');
const LOCK = join(ROOT, 'packages/console/.building');
export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Builds the page if it is older than its sources. Tests that run at the same time build it once. */
export async function buildPage(): Promise<void> {
  const deadline = Date.now() + 50_000;
  for (;;) {
    try {
      mkdirSync(LOCK);
      break;
    } catch {
      // One that was killed leaves its lock.
      if (Date.now() > deadline) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  try {
    if (newest() <= timeOf(BUILT)) return;
    const { status, stderr } = spawnSync('npm', ['run', '-s', 'build'], { cwd: ROOT, encoding: 'utf8' });
    if (status !== 0) throw new Error(`the page is not built: ${stderr}`);
  } finally {
    rmdirSync(LOCK);
  }
}

function newest(): number {
  const files = SOURCES.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true }).map((file) => join(ROOT, folder, file as string)),
  );
  return Math.max(...files.map(timeOf));
}

function timeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY;
}

export async function launch(t: TestContext, ...flags: string[]): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: [...FLAGS, ...flags] });
  t.after(() => browser.close());
  return browser;
}

/** What axe finds wrong with the page. @param rule only this one */
export async function violations(page: Page, rule?: string): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations: found } = (await page.evaluate(
    rule === undefined ? 'axe.run()' : `axe.run({ runOnly: ['${rule}'] })`,
  )) as AxeResults;
  return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

/** Leads to a port of this machine, unless it is cut. */
export async function cuttable(t: TestContext, target: number) {
  const open = new Set<Socket>();
  let cut = false;
  const server = createServer((socket) => {
    const other = connect(target, '127.0.0.1');
    for (const each of [socket, other]) {
      open.add(each);
      each.on('error', () => {});
      each.on('close', () => {
        open.delete(each);
        socket.destroy();
        other.destroy();
      });
    }
    if (cut) socket.destroy();
    socket.pipe(other).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return {
    port: (server.address() as { port: number }).port,
    set cut(value: boolean) {
      cut = value;
      if (cut) for (const socket of open) socket.destroy();
    },
  };
}
