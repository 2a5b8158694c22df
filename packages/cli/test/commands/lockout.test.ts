import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../../src/run.ts';
import { type Answer, json, TestService } from '../support/service.ts';
import { TestTerminal } from '../support/terminal.ts';

const gone: Answer = (response) => void response.writeHead(204).end();

test('ls shows who is locked out of what; rm ends it', async () => {
  const until = '2023-11-14T22:20:20.000Z';
  const lockouts = [
    { of: 'listener', listener: 'official', address: '192.0.2.7', until },
    { of: 'sign-in', user: 'ann', address: '10.0.0.1', until },
  ];
  const answers = { 'GET lockouts': json(lockouts), 'DELETE lockouts/192.0.2.7': gone };
  await using service = await TestService.start(answers);
  const terminal = new TestTerminal(service.env);
  assert.equal(await run(['lockout', 'ls'], terminal), 0);
  const [head, first, second] = terminal.stdout.split('\n');
  assert.match(head ?? '', /^ADDRESS +USER +LOCKED OUT OF +ENDS/);
  assert.match(first ?? '', /^192\.0\.2\.7 +\S* *listener official/);
  assert.match(second ?? '', /^10\.0\.0\.1 +ann +signing in/);
  assert.equal(await run(['lockout', 'rm', '192.0.2.7'], terminal), 0);
  assert.match(terminal.stdout, /192\.0\.2\.7 may try again\./);
});
