import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { codePage } from '@fairlead/tcp';
import { requirePeer } from '@fairlead/testkit';
import { parseConnection, serverTlsOf } from '../../src/connection/schema.ts';
import { demoTask, demoTrigger } from '../../src/rules/demo.ts';
import { parseRules } from '../../src/rules/parse.ts';
import { runTask } from '../../src/run/task.ts';
import { startTrigger } from '../../src/run/trigger.ts';

it('a task and a trigger over TLS: trusted, refused, and whatever it is', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-tls-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=door', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
  ]);
  assert.equal(made.status, 0, String(made.stderr));
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
