/** docs/dial-and-listen.md: each block of commands is run, and prints what the block after it shows. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { freePort } from '@fairlead/testkit';
import { cleanEnvironment, launcher, temporaryFolder } from '../support/process.ts';

const page = readFileSync(new URL('../../../../docs/dial-and-listen.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/^```sh\n(.*?)^```\n```text\n(.*?)^```/gms)];

/** What the examples use: our command, and a wait until something listens, without connecting to it. */
const PRELUDE = `set -u
printf '#!/bin/sh\\nexec "$NODE" "$LAUNCHER" "$@"\\n' > fairlead
chmod +x fairlead
PATH=$PWD:$PATH
waitfor() {
  port=$(printf '%04X' "$1")
  for _ in $(seq 500); do grep -q ":$port 0*:0000 0A" /proc/net/tcp && return; sleep 0.02; done
  echo "nothing listens at $1"; exit 1
}
`;

test('docs/dial-and-listen.md has examples', () => assert.ok(examples.length >= 5));

for (const [i, [, commands = '', expected]] of examples.entries())
  test(`docs/dial-and-listen.md, example ${i + 1}`, { skip: process.platform !== 'linux' }, async () => {
    await using folder = await temporaryFolder();
    const script = PRELUDE + commands.replaceAll('9000', String(await freePort()));
    const env = { ...cleanEnvironment(), NODE: process.execPath, LAUNCHER: launcher };
    const options = { cwd: folder.path, env, timeout: 30_000 };
    const { stdout } = await promisify(execFile)('bash', ['-c', script], options);
    assert.equal(stdout, expected);
  });
