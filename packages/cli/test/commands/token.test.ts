import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../src/run.ts';
import { temporaryFolder } from '../support/process.ts';
import { type Answer, json, TestService } from '../support/service.ts';
import { TestTerminal } from '../support/terminal.ts';

async function against(route: string, answer: Answer, line: string) {
  await using service = await TestService.start({ [route]: answer });
  const terminal = new TestTerminal(service.env);
  const status = await run(line.split(' '), terminal);
  return { status, seen: service.seen, stdout: terminal.stdout, stderr: terminal.stderr };
}

const VIEW = {
  name: 'prometheus',
  scopes: ['metrics'],
  createdBy: 'administrator',
  createdAt: '2023-11-14T22:13:20.000Z',
  expired: false,
};
const ADDED = { ...VIEW, token: 'ft_00' };

test('add prints the token', async () => {
  const line = 'token add prometheus --scope metrics --scope read --scope read --days 90';
  const { stdout, stderr, seen } = await against('POST tokens', json(ADDED, 201), line);
  assert.equal(stdout, 'name     prometheus\nscopes   metrics\nexpires  never\ntoken    ft_00\n');
  assert.match(stderr, /only once/);
  assert.deepEqual(JSON.parse(seen[0]?.body as string), {
    name: 'prometheus',
    scopes: ['metrics', 'read'],
    days: 90,
  });
});

test('add writes the token into a new file that only its owner can read', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'token');
  const line = `token add prometheus --scope metrics --format json --out ${file}`;
  const { stdout } = await against('POST tokens', json(ADDED, 201), line);
  assert.deepEqual(JSON.parse(stdout), VIEW);
  assert.equal(readFileSync(file, 'utf8'), 'ft_00\n');
  assert.equal(statSync(file).mode & 0o777, 0o600);

  writeFileSync(file, 'in use\n');
  const again = await against('POST tokens', json(ADDED, 201), line);
  assert.match(again.stderr, /FILE_UNWRITABLE/);
  assert.deepEqual([again.seen.length, readFileSync(file, 'utf8')], [0, 'in use\n'], 'no token was made');
});

test('a token that was refused leaves no file', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'token');
  const refusal = json({ code: 'API_TOKEN_EXISTS', detail: 'It exists.' }, 409);
  const line = `token add prometheus --scope metrics --out ${file}`;
  const { status, stderr } = await against('POST tokens', refusal, line);
  assert.match(stderr, /API_TOKEN_EXISTS/);
  assert.deepEqual([status, existsSync(file)], [7, false]);
});

test('ls and rm', async () => {
  const listed = await against(
    'GET tokens',
    json([
      VIEW,
      { ...VIEW, name: 'old', expired: true, expiresAt: VIEW.createdAt, lastUsedAt: VIEW.createdAt },
    ]),
    'token ls',
  );
  assert.match(
    listed.stdout,
    /^NAME +SCOPES +USED +EXPIRES +MADE +BY\nold|^NAME.*\nprometheus +metrics +never +never /,
  );
  assert.match(listed.stdout, /\nold +metrics +\S.* expired /);
  const removed = await against('DELETE tokens/old', json(undefined, 204), 'token rm old');
  assert.deepEqual([removed.status, removed.stdout], [0, 'Revoked old.\n']);
  const wrong = await against('POST tokens', json(ADDED, 201), 'token add x --scope root');
  assert.deepEqual([wrong.status, wrong.seen.length], [2, 0]);
});
