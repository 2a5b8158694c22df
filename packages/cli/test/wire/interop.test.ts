/** `dial` and `listen` as processes, with other people's programs at the other end. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, freePort, peerEnvironment, requirePeer } from '@fairlead/testkit';
import { cleanEnvironment, launcher, temporaryFolder } from '../support/process.ts';

class Program implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly #out: Buffer[] = [];
  stderr = '';

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = peerEnvironment()) {
    this.child = spawn(command, args, { env, stdio: 'pipe' });
    this.child.stdout?.on('data', (chunk: Buffer) => this.#out.push(chunk));
    this.child.stderr?.on('data', (chunk) => (this.stderr += chunk));
    this.child.stdin?.on('error', () => {});
  }

  static fairlead(...args: string[]): Program {
    return new Program(process.execPath, [launcher, ...args], cleanEnvironment());
  }

  get stdout(): Buffer {
    return Buffer.concat(this.#out);
  }

  /** Writes to its stdin and closes it. */
  input(bytes: Uint8Array | string): this {
    this.child.stdin?.end(bytes);
    return this;
  }

  says(pattern: RegExp): Promise<void> {
    return eventually(
      () => pattern.test(this.stderr + this.stdout),
      `${pattern} from ${this.child.spawnfile}`,
    );
  }

  async status(): Promise<number | null> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    return child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'close');
  }
}

const bytes = Buffer.from(Array.from({ length: 2 ** 20 }, (_, i) => (i * 31 + (i >> 8)) % 256));

async function listening(...args: string[]): Promise<{ program: Program; port: string }> {
  const program = Program.fairlead('listen', '127.0.0.1:0', ...args);
  await program.says(/Listening at/);
  const [, port = ''] = /127\.0\.0\.1:(\d+)/.exec(program.stderr) ?? [];
  return { program, port };
}

test('dial to an echo by socat: a megabyte comes back as it went', async (t) => {
  if (!requirePeer(t, 'socat')) return;
  const port = await freePort();
  await using socat = new Program('socat', ['-d', '-d', `TCP-LISTEN:${port},bind=127.0.0.1`, 'EXEC:cat']);
  await socat.says(/listening on/);
  await using dial = Program.fairlead('dial', '-N', `127.0.0.1:${port}`).input(bytes);
  assert.equal(await dial.status(), 0, dial.stderr);
  assert.ok(dial.stdout.equals(bytes));
});

test('dial to nc: expects what nc says, and nc hears what was sent', async (t) => {
  if (!requirePeer(t, 'nc')) return;
  const port = await freePort();
  await using nc = new Program('nc', ['-lvn', '127.0.0.1', String(port)]);
  await nc.says(/Listening/i);
  nc.child.stdin?.write('220 ready\r\n');
  const line = ['dial', `127.0.0.1:${port}`, '--send', 'HELO\\n', '--crlf', '--expect', '220 ', '-W', '10'];
  await using dial = Program.fairlead(...line);
  assert.equal(await dial.status(), 0, dial.stderr);
  await nc.says(/HELO\r\n/);
});

test('listen takes what nc and socat send', async (t) => {
  if (!requirePeer(t, 'nc') || !requirePeer(t, 'socat')) return;
  const { program, port } = await listening('--once');
  await using listen = program;
  await using nc = new Program('nc', ['-N', '127.0.0.1', port]).input(bytes);
  assert.equal(await listen.status(), 0, listen.stderr);
  assert.equal(await nc.status(), 0);
  assert.ok(listen.stdout.equals(bytes));

  const framed = await listening('--framing', 'length:2', '--expect', 'two');
  await using other = framed.program;
  await using socat = new Program('socat', ['-u', 'STDIN', `TCP:127.0.0.1:${framed.port}`]);
  socat.input(Buffer.from('\0\u0003one\0\u0003two', 'latin1'));
  assert.equal(await other.status(), 0, other.stderr);
  assert.equal(other.stdout.toString(), 'one\ntwo\n');
});

test('a reader of stdout that goes away ends dial without a word', async (t) => {
  if (!requirePeer(t, 'socat')) return;
  const port = await freePort();
  await using socat = new Program('socat', [
    '-d',
    '-d',
    `TCP-LISTEN:${port},bind=127.0.0.1`,
    'OPEN:/dev/zero',
  ]);
  await socat.says(/listening on/);
  await using dial = Program.fairlead('dial', `127.0.0.1:${port}`);
  await once(dial.child.stdout as NonNullable<ChildProcess['stdout']>, 'data');
  dial.child.stdout?.destroy();
  assert.equal(await dial.status(), 141);
  assert.equal(dial.stderr, '');
});

test('TLS with openssl at either end, and what is wrong with a certificate', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  await using folder = await temporaryFolder();
  const [cert, key] = [join(folder.path, 'cert.pem'), join(folder.path, 'key.pem')];
  const made = ['-subj', '/CN=plc.local', '-addext', 'subjectAltName=DNS:plc.local', '-days', '2'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', cert, ...made], {
    stdio: 'ignore',
  });

  const port = String(await freePort());
  await using server = new Program('openssl', [
    's_server',
    '-accept',
    port,
    '-cert',
    cert,
    '-key',
    key,
    '-rev',
  ]);
  await server.says(/ACCEPT/);
  const ask = ['--send', 'abc\\n', '--expect', 'cba', '-W', '10'];
  await using good = Program.fairlead(
    'dial',
    `tls://127.0.0.1:${port}`,
    '--ca',
    cert,
    '--servername',
    'plc.local',
    ...ask,
  );
  assert.equal(await good.status(), 0, good.stderr);
  await using insecure = Program.fairlead('dial', '--tls', `127.0.0.1:${port}`, '--insecure', ...ask);
  assert.equal(await insecure.status(), 0, insecure.stderr);
  for (const [args, code] of [
    [[], /TLS_CERTIFICATE_SELF_SIGNED/],
    [['--ca', cert, '--servername', 'other.local'], /TLS_NAME_MISMATCH/],
    [['--ca', key], /TLS_/],
    [['--ca', join(folder.path, 'none.pem')], /TLS_MATERIAL_INVALID/],
  ] as const) {
    await using bad = Program.fairlead('dial', `tls://127.0.0.1:${port}`, ...args, ...ask);
    assert.notEqual(await bad.status(), 0);
    assert.match(bad.stderr, code);
  }

  const { program, port: ours } = await listening(
    '--tls',
    '--cert',
    cert,
    '--key',
    key,
    '--send',
    'hello\\n',
    '--expect',
    'bye',
  );
  await using listen = program;
  await using client = new Program('openssl', [
    's_client',
    '-quiet',
    '-CAfile',
    cert,
    '-verify_return_error',
    '-servername',
    'plc.local',
    '-connect',
    `127.0.0.1:${ours}`,
  ]);
  await client.says(/hello/);
  client.child.stdin?.write('bye\n');
  assert.equal(await listen.status(), 0, listen.stderr);
});
