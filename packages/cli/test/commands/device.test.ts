import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../src/run.ts';
import { temporaryFolder } from '../support/process.ts';
import { type Answer, json, refuse, TestService } from '../support/service.ts';
import { TestTerminal } from '../support/terminal.ts';

/** Runs a line against a service with one route; what was asked, printed and said. */
const gone: Answer = (response) => void response.writeHead(204).end();
/** What a command reads before it changes a device. */
const READ = { 'GET devices/a': json({ name: 'a', revision: 4 }) };

async function against(
  route: string,
  answer: Answer,
  argv: string[],
  stdin = '',
  more: Readonly<Record<string, Answer>> = {},
) {
  await using service = await TestService.start({ [route]: answer, ...more });
  const terminal = new TestTerminal(service.env, stdin);
  const status = await run(argv, terminal);
  return { status, seen: service.seen, stdout: terminal.stdout, stderr: terminal.stderr };
}

/** Self-signed, valid until 2126. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBbzCCARWgAwIBAgIUYDcUuXeSwEr+x2m6rdFUPZpq8IEwCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBYTAgFw0yNjExMzAyMTEyNTVaGA8yMTI2MTEwNjIxMTI1NVow
DDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABG3eKkBNUT9K
OqDLk6qvYRZjtduhM66n+3oCQz1pikKLO//nQh4fw/S3Qi7ktRSS5sUGb9H6Ln/Z
9S2gdxVeYPOjUzBRMB0GA1UdDgQWBBS9eiY65ULMkqzbFT85xUw4bd4JITAfBgNV
HSMEGDAWgBS9eiY65ULMkqzbFT85xUw4bd4JITAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0gAMEUCIAGkhc6iyKI4aEOMxI/x/7bV9BiMKre6T8R4k5qJS+wa
AiEAh5L4VcpGz1Nim7rN4utX6pKcPcwXMw5+RRHXJ6lAK/c=
-----END CERTIFICATE-----
`;

test('add prints name and token', async () => {
  const added = json({ name: 'meter-1', token: 'fl_00' }, 201);
  const text = await against('POST devices', added, ['device', 'add', 'meter-1']);
  assert.equal(text.status, 0);
  assert.equal(text.stdout, 'name   meter-1\ntoken  fl_00\n');
  assert.match(text.stderr, /shown only once/);
  assert.deepEqual(JSON.parse(text.seen[0]?.body as string), {
    name: 'meter-1',
    protocol: 'official',
    type: 'standard',
  });

  const document = await against('POST devices', added, ['device', 'add', 'meter-1', '--format', 'json']);
  assert.deepEqual(JSON.parse(document.stdout), { name: 'meter-1', token: 'fl_00' });
  assert.equal(document.stderr, '');
});

test('add of a sub-device sends parent and address alone, and prints no token', async () => {
  const argv = 'device add hall-1 --parent gw-1 --address 3c20 --label Hall --format json'.split(' ');
  const { seen, stdout } = await against(
    'POST devices',
    json({ name: 'hall-1', parent: 'gw-1', address: '3c20' }, 201),
    argv,
  );
  assert.deepEqual(JSON.parse(seen[0]?.body as string), {
    name: 'hall-1',
    label: 'Hall',
    parent: 'gw-1',
    address: '3c20',
  });
  assert.deepEqual(JSON.parse(stdout), { name: 'hall-1', parent: 'gw-1', address: '3c20' });
});

test('add reads scripts, framing and token from files, the token also from stdin', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-cli-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'up.js'), 'export function uplink() {}\n');
  writeFileSync(join(folder, 'framing.json'), '{"rules": [{"kind": "fixed", "bytes": 12}]}');
  const argv =
    'device add a --protocol custom --token-file - --ack 06 --inbound-buffer 2KiB --heartbeat-echo';
  const { seen, status, stderr } = await against(
    'POST devices',
    json({ name: 'a', token: 'old' }, 201),
    [...argv.split(' '), '--uplink', join(folder, 'up.js'), '--framing', 'line'],
    'old\n',
  );
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(seen[0]?.body as string), {
    name: 'a',
    protocol: 'custom',
    type: 'standard',
    token: 'old',
    ack: '06',
    inboundBuffer: 2048,
    heartbeatEcho: true,
    framing: 'line',
    uplink: 'export function uplink() {}\n',
  });
});

test('what is wrong with a file or a framing is said before anything is sent', async () => {
  const cases: [string[], RegExp][] = [
    [['--uplink', '/nonexistent/up.js'], /FILE_UNREADABLE: .*does not exist/],
    [['--uplink', '/dev/zero'], /INPUT_TOO_LARGE/],
    [['--framing', 'lines'], /FRAMING_SPEC_INVALID: .*line/],
    [['--framing', 'fixed:0'], /FRAMING_SPEC_INVALID/],
  ];
  for (const [options, message] of cases) {
    const { status, seen, stderr } = await against('POST devices', json({}), [
      'device',
      'add',
      'a',
      ...options,
    ]);
    assert.match(stderr, message);
    assert.notEqual(status, 0);
    assert.deepEqual(seen, []);
  }
});

test('import sends the file and prints the results as they come', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-cli-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'devices.ndjson');
  writeFileSync(file, '{"name":"a"}\n{"name":"b"}\n');
  const good = [
    { line: 1, name: 'a', token: 'fl_1' },
    { line: 2, name: 'b', token: 'fl_2' },
  ];
  const bad = { line: 2, name: 'b', code: 'DEVICE_EXISTS', message: 'there is one' };
  const ndjson =
    (results: unknown[]): Answer =>
    (response) => {
      for (const result of results) response.write(`${JSON.stringify(result)}\n`);
      response.end();
    };
  const route = 'POST devices/import';

  const text = await against(route, ndjson(good), ['device', 'import', file]);
  assert.equal(text.status, 0);
  assert.equal(text.stdout, 'a  fl_1\nb  fl_2\n');
  assert.equal(text.seen[0]?.body, '{"name":"a"}\n{"name":"b"}\n');

  const document = await against(route, ndjson(good), ['device', 'import', '-', '--format', 'json'], '{}\n');
  assert.deepEqual(JSON.parse(document.stdout), good);
  assert.equal(document.seen[0]?.body, '{}\n');

  const empty = await against(route, ndjson([]), ['device', 'import', '-', '--format', 'json']);
  assert.deepEqual(JSON.parse(empty.stdout), []);

  const partly = await against(route, ndjson([good[0], bad]), ['device', 'import', file]);
  assert.equal(partly.status, 1);
  assert.equal(partly.stdout, 'a  fl_1\n');
  assert.match(partly.stderr, /line 2: DEVICE_EXISTS: there is one\nfairlead: IMPORT_INCOMPLETE: 1 of 2/);

  const missing = await against(route, ndjson([]), ['device', 'import', '/nonexistent']);
  assert.equal(missing.status, 2);
  assert.deepEqual(missing.seen, []);
});

test('an import can be done again: what is there keeps its token, or gets a new one', async () => {
  const route = 'POST devices/import';
  const answers =
    (results: unknown[]): Answer =>
    (response) =>
      response.end(results.map((result) => `${JSON.stringify(result)}\n`).join(''));
  const results = [
    { line: 1, name: 'a', existing: true },
    { line: 2, name: 'b', token: 'fl_2' },
  ];
  const again = await against(route, answers(results), ['device', 'import', '-']);
  assert.deepEqual(
    [again.status, again.stdout, again.seen[0]?.query],
    [0, 'b  fl_2\n', { existing: 'keep' }],
  );
  assert.match(again.stderr, /1 devices imported.*\n1 devices already exist and keep their tokens; --rotate/);
  const rotated = await against(route, answers([{ line: 1, name: 'a', token: 'fl_9', existing: true }]), [
    ...['device', 'import', '-', '--rotate'],
  ]);
  assert.deepEqual([rotated.stdout, rotated.seen[0]?.query], ['a  fl_9\n', { existing: 'rotate' }]);
});

test('a service that dies in the middle of an import: what was made is printed, exit status 6', async () => {
  const dying: Answer = (response) => {
    response.write('{"line":1,"name":"a","token":"fl_1"}\n');
    setTimeout(() => response.destroy(), 20);
  };
  const { status, stdout, stderr } = await against('POST devices/import', dying, ['device', 'import', '-']);
  assert.equal(status, 6);
  assert.equal(stdout, 'a  fl_1\n');
  assert.match(stderr, /^fairlead: SERVER_UNREACHABLE: .*closed the connection/);
});

test('ls asks for all pages, and prints a table or an array', async () => {
  const all = Array.from({ length: 501 }, (_, i) => ({
    name: `d-${String(i).padStart(4, '0')}`,
    type: 'standard',
    protocol: 'official',
    status: 'offline',
  }));
  const pages: Answer = (response, { query }) => {
    const from = query.after === undefined ? 0 : all.findIndex(({ name }) => name === query.after) + 1;
    json(all.slice(from, from + Number(query.limit)))(response, {} as never);
  };
  const document = await against('GET devices', pages, ['device', 'ls', '--format', 'json']);
  assert.deepEqual(JSON.parse(document.stdout), all);
  const text = await against('GET devices', pages, ['device', 'ls', '--prefix', 'd-']);
  assert.equal(text.seen[0]?.query.prefix, 'd-');
  const lines = text.stdout.trimEnd().split('\n');
  assert.equal(lines.length, 502);
  assert.equal(lines[0], 'NAME    STATUS   TYPE      PROTOCOL');
  assert.equal(lines[1], 'd-0000  offline  standard  official');
});

test('ls of nothing says how to begin', async () => {
  const { stdout, stderr, status } = await against('GET devices', json([]), ['device', 'ls']);
  assert.equal(status, 0);
  assert.equal(stdout, '');
  assert.equal(stderr, 'No devices yet. Add one: fairlead device add NAME\n');
});

test('why prints the sentence, and the document with JSON', async () => {
  const sentence = 'It has never connected.';
  const answer = json({ name: 'm1', status: 'offline', sentence });
  const text = await against('GET devices/m1/why', answer, ['device', 'why', 'm1']);
  assert.deepEqual([text.status, text.stdout], [0, `${sentence}\n`]);
  const argv = ['device', 'why', 'm1', '--format', 'json'];
  const document = await against('GET devices/m1/why', answer, argv);
  assert.equal(JSON.parse(document.stdout).sentence, sentence);
});

test('ls says which devices are suspect, and which are dead', async () => {
  const of = (name: string, status: string, state?: string) => ({
    name,
    status,
    state,
    type: 'standard',
    protocol: 'official',
    createdAt: '2026-01-01T00:00:00.000Z',
  });
  const list = [
    of('a', 'online', 'live'),
    of('b', 'online', 'suspect'),
    of('c', 'offline', 'dead'),
    of('d', 'offline'),
  ];
  const { stdout } = await against('GET devices', json(list), ['device', 'ls']);
  const shown = stdout
    .split('\n')
    .slice(1, 5)
    .map((line) => line.split(/ {2,}/)[1]);
  assert.deepEqual(shown, ['online', 'online (suspect)', 'offline (dead)', 'offline']);
});

test('inspect shows the device and its latest values', async () => {
  const device = {
    name: 'meter-1',
    label: 'Cellar \u001b[31m',
    type: 'standard',
    protocol: 'official',
    status: 'online',
    since: new Date().toISOString(),
    link: '1f',
    values: { temperature: { value: 21.5, time: new Date(Date.now() - 3_000_000).toISOString() } },
  };
  const text = await against('GET devices/meter-1', json(device), ['device', 'inspect', 'meter-1']);
  assert.match(text.stdout, /^label +Cellar \\x1b\[31m$/m);
  assert.match(text.stdout, /^status +online, just now$/m);
  assert.match(text.stdout, /^VALUE +IS +TIME\ntemperature +21\.5 +50 min ago$/m);
  const document = await against('GET devices/meter-1', json(device), [
    'device',
    'inspect',
    'meter-1',
    '--format',
    'json',
  ]);
  assert.deepEqual(JSON.parse(document.stdout), device);
});

test('edit sends only what changes, and null for what is taken away', async () => {
  const argv = 'device edit a --label Attic --no-downlink --no-heartbeat-echo'.split(' ');
  const { seen, stdout, status } = await against('PATCH devices/a', json({ name: 'a' }), argv, '', READ);
  assert.equal(status, 0);
  assert.deepEqual(JSON.parse(seen[1]?.body as string), {
    label: 'Attic',
    downlink: null,
    heartbeatEcho: false,
  });
  assert.equal(seen[1]?.match, '"4"', 'the revision that was read');
  assert.match(stdout, /^Changed a: /);
  const forced = await against('PATCH devices/a', json({ name: 'a' }), [...argv, '--force']);
  assert.equal(forced.seen[0]?.match, '*');
});

test('rm and rotate-token', async () => {
  const removed = await against('DELETE devices/a', (response) => void response.writeHead(204).end(), [
    'device',
    'rm',
    'a',
    '--cascade',
    '--format',
    'json',
    '--force',
  ]);
  assert.equal(removed.seen[0]?.query.cascade, 'true');
  assert.equal(removed.seen[0]?.match, '*');
  assert.deepEqual(JSON.parse(removed.stdout), { name: 'a', removed: true });

  const argv = ['device', 'rotate-token', 'a', '--format', 'json'];
  const rotated = await against('POST devices/a/token', json({ name: 'a', token: 'fl_9' }), argv);
  assert.deepEqual(JSON.parse(rotated.stdout), { name: 'a', token: 'fl_9' });
});

test('rm takes several names, tells what is refused of each, and goes on', async () => {
  const routes = {
    ...READ,
    'GET devices/b': refuse(404, 'DEVICE_UNKNOWN', 'There is no device "b".'),
    'GET devices/c': json({ name: 'c', revision: 9 }),
    'DELETE devices/c': gone,
  };
  const rm = (...argv: string[]) => against('DELETE devices/a', gone, ['device', 'rm', ...argv], '', routes);
  const text = await rm('a', 'b', 'c', 'a');
  assert.equal(text.stdout, 'Removed a.\nRemoved c.\n');
  assert.match(text.stderr, /^b: DEVICE_UNKNOWN: There is no device "b"\.\nfairlead: NAMES_REFUSED: 1 of 3 /);
  assert.equal(text.status, 1);
  assert.deepEqual(
    text.seen.filter(({ method }) => method === 'DELETE').map(({ path, match }) => [path, match]),
    [
      ['devices/a', '"4"'],
      ['devices/c', '"9"'],
    ],
  );
  const { stdout } = await rm('a', 'b', '--format', 'json');
  const message = 'There is no device "b".';
  assert.deepEqual(JSON.parse(stdout), [
    { name: 'a', removed: true },
    { name: 'b', code: 'DEVICE_UNKNOWN', message },
  ]);
  assert.equal((await rm('b')).status, 3, 'the refusal of the only name is that of the command');
  const away = refuse(401, 'UNAUTHORIZED', 'No.');
  const locked = await against('GET devices/x', away, ['device', 'rm', 'x', 'y']);
  assert.deepEqual([locked.status, locked.seen.length], [4, 1], 'the next would fare the same');
});

test('send passes kind, values and wait', async () => {
  const queued = json({ device: 'a', status: 'queued', bytes: 24 }, 202);
  const text = await against('POST devices/a/downlinks', queued, ['device', 'send', 'a', '{"interval": 30}']);
  assert.equal(text.stdout, 'Queued for a: 24 bytes.\n');
  assert.deepEqual(JSON.parse(text.seen[0]?.body as string), {
    kind: 'attributes',
    values: { interval: 30 },
  });

  const written = json({ device: 'a', status: 'written', bytes: 1 });
  const argv = ['device', 'send', 'a', '-', '--command', '--wait', '5s', '--format', 'json'];
  const command = await against('POST devices/a/downlinks', written, argv, '{"method":"reboot"}');
  assert.deepEqual(JSON.parse(command.stdout), { device: 'a', status: 'written', bytes: 1 });
  assert.deepEqual(JSON.parse(command.seen[0]?.body as string), {
    kind: 'command',
    values: { method: 'reboot' },
    wait: 5_000,
  });
});

test('add of a device with a profile: identity, secret and parameters from options and files', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-cli-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'map.csv'), 'name,address\nt,40001\n');
  writeFileSync(join(folder, 'more.yaml'), 'zone: "+08:00"\nunit: 1\n');
  const line = `device add a --profile gt06 --id 86 --secret-file - --parameters ${folder}/more.yaml --parameter unit=3 --parameter map=@${folder}/map.csv`;
  const { seen, stdout } = await against(
    'POST devices',
    json({ name: 'a', identity: '86' }, 201),
    line.split(' '),
    'hush\n',
  );
  assert.deepEqual(JSON.parse(seen[0]?.body as string), {
    name: 'a',
    type: 'standard',
    profile: 'gt06',
    identity: '86',
    secret: 'hush',
    parameters: { zone: '+08:00', unit: '3', map: [{ name: 't', address: 40001 }] },
  });
  assert.equal(stdout, 'name      a\nidentity  86\n');
  const dialled = 'device add m --profile modbus_tcp --address tcp://10.0.0.7:502'.split(' ');
  const sent = await against('POST devices', json({ name: 'm' }, 201), dialled);
  assert.equal(JSON.parse(sent.seen[0]?.body as string).endpoint, 'tcp://10.0.0.7:502');
  for (const bad of ['unit', '3=unit', '=x']) {
    const { status, seen: none } = await against('POST devices', json({}), [
      'device',
      'add',
      'a',
      '--parameter',
      bad,
    ]);
    assert.deepEqual([status, none.length], [2, 0]);
  }
  writeFileSync(join(folder, 'bad.yaml'), '[1]');
  const refused = await against('POST devices', json({}), [
    'device',
    'add',
    'a',
    '--parameters',
    join(folder, 'bad.yaml'),
  ]);
  assert.match(refused.stderr, /PARAMETERS_INVALID/);
});

test('edit --where changes all devices that match, says which cannot be changed, and shows a dry run', async () => {
  const route = 'PATCH devices';
  const line = 'device edit --where profile=gt06 --where prefix=t --profile gt06-new'.split(' ');
  const done = { dryRun: false, matched: 2, changed: 2, devices: ['t1', 't2'], refused: [] };
  const { stdout, seen } = await against(route, json(done), line);
  assert.equal(stdout, 't1\nt2\nChanged 2 devices: profile.\n');
  assert.deepEqual(JSON.parse(seen[0]?.body as string), {
    where: { profile: 'gt06', prefix: 't' },
    changes: { profile: 'gt06-new' },
  });
  const dry = await against(route, json({ ...done, dryRun: true, changed: 0 }), [...line, '--dry-run']);
  assert.equal(dry.stdout, 't1\nt2\n');
  assert.equal(JSON.parse(dry.seen[0]?.body as string).dryRun, true);
  const why = { name: 't2', code: 'IDENTITY_TAKEN', message: 'The identity is taken.' };
  const refused = await against(route, json({ ...done, changed: 0, refused: [why] }), line);
  assert.equal(refused.status, 7);
  assert.match(
    refused.stderr,
    /t2: IDENTITY_TAKEN: The identity is taken\.\nfairlead: DEVICES_NOT_CHANGED: 1 of 2 devices/,
  );
  const none = await against(route, json({ ...done, matched: 0, changed: 0, devices: [] }), line);
  assert.match(none.stderr, /No device matches/);
  for (const bad of [
    'edit --label x',
    'edit a --where prefix=t --label x',
    'edit a --dry-run --label x',
    'edit --where name=a --label x',
    'edit --where prefix=t',
  ])
    assert.equal((await against(route, json(done), ['device', ...bad.split(' ')])).status, 2, bad);
});

test('a rate and certificates of the device', async () => {
  await using folder = await temporaryFolder();
  const pem = join(folder.path, 'own.pem');
  writeFileSync(pem, CERTIFICATE);
  const edit = async (...options: string[]) => {
    const argv = ['device', 'edit', 'a', ...options];
    const { status, seen, stderr } = await against('PATCH devices/a', json({ name: 'a' }), argv, '', READ);
    return status === 0 ? JSON.parse(seen.at(-1)?.body as string) : stderr;
  };
  assert.deepEqual(await edit('--rate', '50/1s'), { rate: { messages: 50, per: 1_000 } });
  assert.deepEqual(await edit('--rate', '64KiB/s'), { rate: { bytes: 65_536, per: 1_000 } });
  assert.deepEqual(await edit('--rate', '50,1KB/2m', '--rate-exceeded', 'refuse'), {
    rate: { messages: 50, bytes: 1_000, per: 120_000, exceeded: 'refuse' },
  });
  assert.deepEqual(await edit('--no-rate', '--no-certificate'), { rate: null, certificates: null });
  for (const wrong of ['50', '/1s', '50,/1s', '1KiB,50/1s', ',1KiB/1s', '50/', '50/x'])
    assert.match(await edit('--rate', wrong), /--rate <limit>/, wrong);
  assert.match(await edit('--rate-exceeded', 'wait'), /--rate-exceeded needs --rate/);
  const fingerprint = `fingerprint:${new X509Certificate(CERTIFICATE).fingerprint256.replaceAll(':', '').toLowerCase()}`;
  assert.deepEqual(await edit('--certificate', 'cn:a', '--certificate', pem), {
    certificates: ['cn:a', fingerprint],
  });
  writeFileSync(pem, 'PRIVATE');
  const refused = await edit('--certificate', pem);
  assert.match(refused, /no certificate \(PEM\) is in it/);
  assert.doesNotMatch(refused, /PRIVATE/);
});
