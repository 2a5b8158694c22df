import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cliErrors } from '../src/catalogue.ts';
import { run } from '../src/run.ts';
import { json, refuse, TestService, TOKEN } from './support/service.ts';
import { TestTerminal } from './support/terminal.ts';

const usage: [string, RegExp][] = [
  ['devcie', /Unknown command 'devcie'\. Did you mean "device"\?/],
  ['device lst', /Unknown command 'lst'\. Did you mean "ls"\?/],
  ['device sned a {}', /Unknown command 'sned'\. Did you mean "send"\?/],
  ['help device sned', /Unknown command 'sned'\. Did you mean "send"\?/],
  ['device ls --formt json', /Unknown option '--formt'\. Did you mean "--format"\?/],
  ['device ls --format xml', /Allowed choices are json, text/],
  ['device inspect', /Missing required argument 'name'/],
  ['device inspect a b', /Too many arguments/],
  ['device add a --protocol mqtt', /Allowed choices are official, custom/],
  ['device add a --auth-reply 78f', /hexadecimal/],
  ['device add a --inbound-buffer big', /a size such as/],
  ['device add a --parent g', /needs both --parent and --address/],
  ['device add a --parent g --address 1 --type gateway', /sub-device has no type; set it on its gateway/],
  ['device edit a', /nothing to change/i],
  ['device send a {"b":}', /not JSON/],
  ['device send a {} --wait soon', /a duration such as 5s/],
  ['sub -C 0', /whole number from 1/],
];

for (const [line, message] of usage) {
  test(`usage: fairlead ${line}`, async () => {
    const terminal = new TestTerminal({ FAIRLEAD_URL: 'http://127.0.0.1:9', FAIRLEAD_TOKEN: 'x' });
    assert.equal(await run(line.split(/ (?![}])/), terminal), 2);
    assert.match(terminal.stderr, message);
    assert.match(terminal.stderr, /^fairlead: [A-Z_]+: .*\n {2}\S.*\n$/);
    assert.equal(terminal.stdout, '');
  });
}

test('without a command the help is shown, as a usage error', async () => {
  const terminal = new TestTerminal();
  assert.equal(await run([], terminal), 2);
  assert.match(terminal.stderr, /^Usage: fairlead/);
  assert.doesNotMatch(terminal.stderr, /USAGE_INVALID/);
});

for (const line of [
  'help',
  '--help',
  'device --help',
  'help device add',
  'device send --help',
  '--version',
]) {
  test(`on request: fairlead ${line}`, async () => {
    const terminal = new TestTerminal();
    assert.equal(await run(line.split(' '), terminal), 0);
    assert.match(terminal.stdout, line === '--version' ? /^\d+\.\d+\.\d+\n$/ : /^Usage: fairlead/);
    assert.equal(terminal.stderr, '');
  });
}

const statuses: [number, string, number][] = [
  [404, 'DEVICE_UNKNOWN', 3],
  [401, 'UNAUTHORIZED', 4],
  [403, 'HOST_NOT_ALLOWED', 4],
  [504, 'DOWNLINK_TIMEOUT', 5],
  [409, 'DEVICE_OFFLINE', 6],
  [503, 'SHUTTING_DOWN', 6],
  [409, 'DEVICE_EXISTS', 7],
  [400, 'REQUEST_INVALID', 2],
  [429, 'TOO_MANY_FAILURES', 4],
  [503, 'TOO_MANY_STREAMS', 1],
  [422, 'SCRIPT_INVALID', 2],
  [422, 'SCRIPT_FAILED', 1],
  [422, 'SCRIPT_TIMEOUT', 1],
  [500, 'INTERNAL', 1],
];

for (const [status, code, exit] of statuses) {
  test(`the service refuses with ${status} ${code}: exit status ${exit}`, async () => {
    await using service = await TestService.start({
      'POST devices/a/downlinks': refuse(status, code, `The reason\u001b[2J`, 'What to do.'),
    });
    const terminal = new TestTerminal(service.env);
    assert.equal(await run(['device', 'send', 'a', '{}'], terminal), exit);
    const help = status === 401 ? cliErrors.entries.TOKEN_MISSING.help : 'What to do.';
    assert.equal(terminal.stderr, `fairlead: ${code}: The reason\\x1b[2J\n  ${help}\n`);
    assert.equal(terminal.stdout, '');
  });
}

test('nothing listens: exit status 6, with the address and what to do', async () => {
  const service = await TestService.start({});
  await service.stop();
  const terminal = new TestTerminal({ FAIRLEAD_URL: service.url });
  assert.equal(await run(['device', 'ls'], terminal), 6);
  assert.match(
    terminal.stderr,
    /^fairlead: SERVER_UNREACHABLE: .*nothing listens there\.\n {2}Start it with/,
  );
});

test('https:// to a service that speaks plain HTTP says so in words', async () => {
  await using service = await TestService.start({});
  const terminal = new TestTerminal({ FAIRLEAD_URL: service.url.replace('http:', 'https:') });
  assert.equal(await run(['device', 'ls'], terminal), 6);
  assert.match(
    terminal.stderr,
    /SERVER_UNREACHABLE: .* does not answer: it does not speak TLS; write http:\/\//,
  );
  assert.doesNotMatch(terminal.stderr, /openssl|SSL routines/i);
});

test('what speaks no HTTP at all is told in words, too', async () => {
  const server = createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-x\r\n')).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const terminal = new TestTerminal({ FAIRLEAD_URL: `http://127.0.0.1:${port}` });
  assert.equal(await run(['device', 'ls'], terminal), 6);
  server.close();
  assert.match(terminal.stderr, /what answers there does not speak HTTP/);
});

test('a server that is not Fairlead: exit status 1', async () => {
  await using service = await TestService.start({
    'GET devices': (response) => void response.writeHead(502).end('<html>Bad gateway</html>'),
    'GET links': (response) => void response.end('<html>Hello</html>'),
  });
  for (const command of ['device', 'link']) {
    const terminal = new TestTerminal(service.env);
    assert.equal(await run([command, 'ls'], terminal), 1);
    assert.match(terminal.stderr, /^fairlead: SERVER_ANSWER_INVALID: /);
  }
});

test('a server that closes in the middle of its answer: exit status 6', async () => {
  await using service = await TestService.start({
    'GET devices': (response) => {
      response.writeHead(200, { 'content-length': '100' }).write('[');
      setImmediate(() => response.destroy());
    },
  });
  const terminal = new TestTerminal(service.env);
  assert.equal(await run(['device', 'ls'], terminal), 6);
});

test('a wrong FAIRLEAD_URL: exit status 2', async () => {
  const terminal = new TestTerminal({ FAIRLEAD_URL: 'localhost:7650' });
  assert.equal(await run(['device', 'ls'], terminal), 2);
  assert.match(terminal.stderr, /FAIRLEAD_URL is "localhost:7650"/);
});

test('the token is read from the data folder, and its absence is explained only where it is asked for', async (t) => {
  await using service = await TestService.start({ 'GET devices': json([]) });
  const data = mkdtempSync(join(tmpdir(), 'fairlead-cli-'));
  t.after(() => rmSync(data, { recursive: true }));
  const env = { FAIRLEAD_URL: service.url, FAIRLEAD_DATA: data };

  const without = new TestTerminal(env);
  assert.equal(await run(['device', 'ls'], without), 4);
  assert.match(without.stderr, /^fairlead: TOKEN_MISSING: .*admin-token\.\n {2}Set FAIRLEAD_DATA/);

  writeFileSync(join(data, 'admin-token'), `${TOKEN}\n`);
  assert.equal(await run(['device', 'ls'], new TestTerminal(env)), 0);

  assert.equal(await run(['device', 'ls'], new TestTerminal({ ...env, FAIRLEAD_TOKEN: 'wrong' })), 4);

  rmSync(join(data, 'admin-token'));
  mkdirSync(join(data, 'admin-token'));
  chmodSync(join(data, 'admin-token'), 0o700);
  const unreadable = new TestTerminal(env);
  assert.equal(await run(['device', 'ls'], unreadable), 2);
  assert.match(unreadable.stderr, /^fairlead: FILE_UNREADABLE: /);
});

test('FAIRLEAD_DEBUG shows where an error was made', async () => {
  const terminal = new TestTerminal({ FAIRLEAD_URL: 'nonsense', FAIRLEAD_DEBUG: '1' });
  assert.equal(await run(['device', 'ls'], terminal), 2);
  assert.match(terminal.stderr, /\n {4}at /);
});

test('an interruption gives up a call, with the status of the signal', async () => {
  await using service = await TestService.start({ 'GET devices': () => {} });
  const terminal = new TestTerminal(service.env);
  const status = run(['device', 'ls'], terminal);
  terminal.interrupt('SIGINT');
  assert.equal(await status, 130);
  assert.equal(terminal.stderr, '');
});
