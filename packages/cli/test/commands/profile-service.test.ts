import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { run } from '../../src/run.ts';
import { type Answer, json, refuse, TestService } from '../support/service.ts';
import { TestTerminal } from '../support/terminal.ts';

async function against(routes: Readonly<Record<string, Answer>>, ...argv: string[]) {
  await using service = await TestService.start(routes);
  const terminal = new TestTerminal(service.env);
  const status = await run(argv, terminal);
  return { status, seen: service.seen, stdout: terminal.stdout, stderr: terminal.stderr };
}

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-profile-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

const YAML = 'name: my-meter\ntitle: My meter\nsource: [x]\nversion: 1.2.0\nframing: line\n';

const LISTED = {
  name: 'my-meter',
  title: 'My meter',
  source: 'store',
  version: '1.2.0',
  direction: 'listens',
  identity: 'token',
  devices: 3,
  versions: 2,
  revision: 17,
};

test('add sends the files of a folder under the name that they state', async (t) => {
  const dir = folder(t);
  writeFileSync(join(dir, 'profile.yaml'), YAML);
  writeFileSync(join(dir, 'examples.json'), '[]');
  const stored = {
    name: 'my-meter',
    version: '1.2.0',
    content: 'ab',
    changed: true,
    examples: 0,
    devices: 0,
  };
  const none = refuse(404, 'PROFILE_UNKNOWN', 'There is none.');
  const routes = { 'GET profiles/my-meter': none, 'PUT profiles/my-meter': json(stored) };
  const added = await against(routes, 'profile', 'add', dir);
  assert.equal(added.stdout, 'Added my-meter 1.2.0: 0 examples pass. Devices that use it: 0.\n');
  assert.match(added.stderr, /device add NAME --profile my-meter/);
  const files = { 'examples.json': '[]', 'profile.yaml': YAML };
  assert.deepEqual(JSON.parse(added.seen[1]?.body as string), { files });
  assert.equal(added.seen[1]?.match, undefined, 'it adds');
  const again = await against(
    { 'GET profiles/my-meter': json(LISTED), 'PUT profiles/my-meter': json({ ...stored, changed: false }) },
    'profile',
    'add',
    dir,
  );
  assert.equal(again.stdout, 'my-meter 1.2.0 is in use already.\n');
  assert.equal(again.seen[1]?.match, '"17"');
});

test('add tells which field of an example differs, and does not send what cannot be a profile', async (t) => {
  const dir = folder(t);
  writeFileSync(join(dir, 'profile.yaml'), YAML);
  const answer = refuse(
    400,
    'PROFILE_EXAMPLE_FAILED',
    'The example "a" fails: temperature is 1; expected 2.',
    'Correct it.',
  );
  const routes = { 'GET profiles/my-meter': json(LISTED), 'PUT profiles/my-meter': answer };
  const refused = await against(routes, 'profile', 'add', dir);
  assert.deepEqual([refused.status, refused.stdout], [2, '']);
  assert.match(
    refused.stderr,
    /PROFILE_EXAMPLE_FAILED: The example "a" fails: temperature is 1; expected 2\.\n {2}Correct it\./,
  );
  writeFileSync(join(dir, 'profile.yaml'), 'name: my-meter\n');
  const broken = await against({}, 'profile', 'add', dir);
  assert.deepEqual([broken.status, broken.seen.length], [2, 0]);
  assert.match(broken.stderr, /PROFILE_FOLDER_INVALID/);
});

test('ls and show use the service with --service', async () => {
  const { stdout } = await against({ 'GET profiles': json([LISTED]) }, 'profile', 'ls', '--service');
  assert.match(
    stdout,
    /^NAME +TITLE +DEVICE +IDENTITY +VERSION +FROM +DEVICES\nmy-meter +My meter +dials in +token +1\.2\.0 +the service +3\n$/,
  );
  const history = [{ number: 2, content: 'ab'.repeat(32), createdAt: new Date().toISOString() }];
  const detail = { ...LISTED, parameters: { unit: { type: 'number', about: 'Unit on the bus' } }, history };
  const shown = await against(
    { 'GET profiles/my-meter': json(detail) },
    'profile',
    'show',
    'my-meter',
    '--service',
  );
  assert.match(shown.stdout, /Parameters\nunit {2}Unit on the bus\n/);
  assert.match(shown.stdout, /Versions\n2 {2}abababababab {2}/);
});

test('export writes the files of the service, and none outside the folder', async (t) => {
  const dir = folder(t);
  const target = join(dir, 'copy');
  const files = { 'profile.yaml': YAML, 'script.ts': 'export function uplink() {}\n' };
  const route = 'GET profiles/my-meter/files';
  await against(
    { [route]: json({ name: 'my-meter', files }) },
    'profile',
    'export',
    'my-meter',
    target,
    '--service',
  );
  assert.deepEqual(readdirSync(target), ['profile.yaml', 'script.ts']);
  assert.equal(readFileSync(join(target, 'profile.yaml'), 'utf8'), YAML);
  const bad = json({ name: 'my-meter', files: { '../evil': 'x' } });
  const other = join(dir, 'other');
  const refused = await against({ [route]: bad }, 'profile', 'export', 'my-meter', other, '--service');
  assert.match(refused.stderr, /FILE_UNWRITABLE/);
  assert.deepEqual(readdirSync(dir), ['copy']);
});

test('rm removes', async () => {
  const removed = await against(
    {
      'GET profiles/my-meter': json(LISTED),
      'DELETE profiles/my-meter': (response) => void response.writeHead(204).end(),
    },
    ...'profile rm my-meter'.split(' '),
  );
  assert.deepEqual([removed.status, removed.stdout], [0, 'Removed my-meter.\n']);
  assert.equal(removed.seen[1]?.match, '"17"');
});
