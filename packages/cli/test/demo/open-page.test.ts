import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '@fairlead/testkit';
import { openPage } from '../../src/demo/open-page.ts';

test('the page is opened where somebody sits at a screen, and nowhere else', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-open-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const opened = join(folder, 'opened');
  writeFileSync(join(folder, 'xdg-open'), `#!/bin/sh\necho "$1" >> ${opened}\n`);
  chmodSync(join(folder, 'xdg-open'), 0o755);
  const env = { PATH: `${folder}:/bin:/usr/bin` };
  const screen = { ...env, DISPLAY: ':0' };
  openPage('http://none/1', { interactive: false, env: screen }, 'linux');
  openPage('http://none/2', { interactive: true, env }, 'linux');
  openPage('http://none/3', { interactive: true, env: { ...screen, SSH_CONNECTION: 'x' } }, 'linux');
  // There is no such program: nothing happens.
  openPage('http://none/4', { interactive: true, env: { PATH: '/none', DISPLAY: ':0' } }, 'linux');
  openPage('http://here/#code=5', { interactive: true, env: screen }, 'linux');
  const text = () => {
    try {
      return readFileSync(opened, 'utf8');
    } catch {
      return '';
    }
  };
  await eventually(() => text() !== '', 'it is opened');
  assert.equal(text(), 'http://here/#code=5\n');
});
