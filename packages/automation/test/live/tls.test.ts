import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { codePage } from '@fairlead/tcp';
import { eventually, requirePeer } from '@fairlead/testkit';
import { parseConnection, serverTlsOf } from '../../src/connection/schema.ts';
import { demoTask, demoTrigger } from '../../src/rules/demo.ts';
import { parseRules } from '../../src/rules/parse.ts';
import { runTask } from '../../src/task/run-task.ts';
import { startTrigger } from '../../src/trigger/trigger.ts';
import { Caller } from './peer.ts';

/** The files of a certificate for this machine and its key. */
function certificate(t: TestContext): { cert: string; key: string } {
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-tls-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=door', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
  ]);
  assert.equal(made.status, 0, String(made.stderr));
  return { cert, key };
}

it('a task and a trigger over TLS: trusted, refused, and whatever it is', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  const { cert, key } = certificate(t);
  await using door = await startTrigger({
    name: 'door',
    tree: parseRules(demoTrigger, 'trigger').tree,
    connection: parseConnection({ port: 0, tls: { cert, key } }),
    codePages: codePage,
  });
  const port = Number(door.address.slice(door.address.lastIndexOf(':') + 1));
  const call = (tls: object | boolean) =>
    runTask({
      tree: parseRules(demoTask, 'task').tree,
      connection: parseConnection({ port, tls, timeout: 5 }),
      codePages: codePage,
    });
  assert.equal((await call({ ca: cert })).result, 'success');
  assert.equal((await call({ insecure: true })).result, 'success');
  const refused = await call(true);
  assert.equal(refused.result, 'failure');
  assert.match(refused.code ?? '', /^TLS_/);
  assert.throws(() => serverTlsOf(parseConnection({ tls: true })), { code: 'DEFINITION_INVALID' });
});

it('a TLS handshake that fails leaves a trace: counted, told, and in the output', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  const strangers: string[] = [];
  await using door = await startTrigger({
    name: 'door',
    tree: parseRules(demoTrigger, 'trigger').tree,
    connection: parseConnection({ port: 0, tls: certificate(t) }),
    codePages: codePage,
    handshakeFailed: (remote, { code }) => void strangers.push(`${remote} ${code}`),
  });
  const port = Number(door.address.slice(door.address.lastIndexOf(':') + 1));
  await using plain = new Caller(port);
  plain.say('GET / HTTP/1.1\r\n\r\n');
  await eventually(() => strangers.length === 1, 'one that speaks no TLS');
  await using silent = new Caller(port);
  await once(silent.socket, 'connect');
  silent.socket.resetAndDestroy();
  await eventually(() => strangers.length === 2, 'one that hangs up');
  const lines = door.output
    .list()
    .entries.filter(({ text }) => text.startsWith('The TLS handshake failed: '));
  assert.deepEqual(
    lines.map(({ peer, code }) => `${peer} ${code}`),
    strangers,
  );
  assert.match(strangers[0] ?? '', / TLS_PLAIN_TEXT$/);
  const { handshakeFailures, accepted, failures } = door.counters();
  assert.deepEqual([handshakeFailures, accepted, failures], [2, 0, 0]);
});
