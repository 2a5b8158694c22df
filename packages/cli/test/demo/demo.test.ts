/** What a newcomer sees first, with the lines that it tells him to copy. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { test } from 'node:test';
import { requirePeer } from '@fairlead/testkit';
import { cleanEnvironment, Running, root, temporaryFolder } from '../support/process.ts';

/** A line through the shell, as one that was copied from the terminal. */
async function shell(line: string): Promise<string> {
  const env = { ...cleanEnvironment(), PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` };
  const child = spawn('sh', ['-c', line], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const [status] = await once(child, 'close');
  assert.equal(status, 0, `${line}\n${stderr}`);
  return stdout;
}

test('the demo: readings arrive decoded, the printed lines work, Ctrl-C leaves nothing behind', async (t) => {
  await using folder = await temporaryFolder();
  await using demo = new Running(['serve', '--demo'], root, { TMPDIR: folder.path });
  const printed = async (pattern: RegExp) => (await demo.shows(pattern))[1] as string;

  await demo.shows(/^\S+ +sensor-1 +attributes +temperature=[\d.-]+ humidity=\d+$/m);
  for (const room of ['hall', 'cellar', 'roof']) {
    await demo.shows(new RegExp(`^\\S+ +${room} +attributes +temperature=`, 'm'));
  }
  await demo.shows(/^\S+ +tracker-1 +attributes +deviceId=\d{15}$/m);
  await demo.shows(
    /^\S+ +tracker-1 +attributes +time=2022-04-14T16:44:34Z latitude=-5\.292939 longitude=-44\.491859 /m,
  );

  const command = await printed(/^ {2}(.* fairlead device send sensor-1 .*)$/m);
  assert.match(await shell(command), /^Written to sensor-1: \d+ bytes\.$/m);
  await demo.shows(/^\S+ +sensor-1 +was sent +attributes: interval=1$/m);
  await shell(await printed(/^ {2}(.* fairlead device send gateway-1 .*)$/m));
  await demo.shows(/^\S+ +gateway-1 +was sent +command: method=identify$/m);
  const messages = await shell(`${await printed(/^ {2}(.* fairlead sub)$/m)} -C 1`);
  assert.deepEqual(Object.keys(JSON.parse(messages)), ['time', 'device', 'kind', 'values']);

  if (requirePeer(t, 'nc')) {
    await shell(await printed(/^ {2}(printf 'TP.*)$/m));
    await demo.shows(/^\S+ +hand-1 +attributes +temperature=21\.5$/m);
    await shell(await printed(/^ {2}(printf 'fl_.*)$/m));
    await demo.shows(/^\S+ +hand-2 +attributes +temperature=19\.5$/m);
  }
  if (requirePeer(t, 'mosquitto_sub')) {
    const line = await printed(/^ {2}(mosquitto_sub .*)$/m);
    assert.match(await shell(`${line} -C 1 -W 10`), /^devices\/\S+ \{/);
  }

  const data = /FAIRLEAD_DATA=(\S+)/.exec(demo.stdout)?.[1] as string;
  assert.ok(existsSync(data));
  assert.equal(await demo.end('SIGINT'), 0, demo.stderr);
  assert.equal(demo.stderr, '');
  assert.deepEqual(readdirSync(folder.path), []);
});

test('the demo has data of its own', async () => {
  await using demo = new Running(['serve', '--demo', '--data', 'here'], root);
  assert.equal(await demo.end(), 2);
  assert.match(demo.stderr, /uses a temporary data folder/);
});
