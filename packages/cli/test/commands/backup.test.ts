import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../../src/run.ts';
import { TestService } from '../support/service.ts';
import { TestTerminal } from '../support/terminal.ts';

test('--without says what is left out; an answer that is no backup is not taken for one', async () => {
  await using service = await TestService.start({
    'GET backup': (response) => void response.writeHead(200).end('no archive'),
  });
  const backup = async (...argv: string[]) => {
    const terminal = new TestTerminal(service.env, '');
    const status = await run(['backup', '-', ...argv], terminal);
    return { status, stderr: terminal.stderr };
  };
  const { status, stderr } = await backup('--without', 'history,captures');
  assert.equal(status, 1);
  assert.match(stderr, /BACKUP_INVALID/);
  assert.deepEqual(service.seen[0]?.query, { keys: 'false', without: 'history,captures' });
  await backup();
  assert.deepEqual(service.seen[1]?.query, { keys: 'false' });
  const wrong = await backup('--without', 'database');
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /history, captures, or history,captures/);
});
