/** A driver from `fairlead driver new`, run by the service, read and set over the bus with Mosquitto's tools. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { eventually, peerEnvironment, requirePeer, startMosquitto } from '@fairlead/testkit';
import { publish, RunningService } from './running.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const FAIRLEAD = join(root, 'packages/cli/bin/fairlead.cjs');
const TOPIC = 'drivers/Well Meter';

/** The retained message of a topic, which a new subscriber gets at once; undefined: none. */
async function retained(port: number, topic: string): Promise<string> {
  const args = ['-h', '127.0.0.1', '-p', String(port), '-t', topic, '--retained-only', '-C', '1', '-W', '1'];
  // It exits with 27 if nothing arrived.
  const ended = run('mosquitto_sub', args, { env: peerEnvironment() });
  return (await ended.catch((error: { stdout: string }) => error)).stdout.trim();
}

/** A folder with the project of a new driver. */
async function project(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-e2e-driver-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await run(process.execPath, ['--conditions=fairlead-source', FAIRLEAD, 'driver', 'new', 'well-meter'], {
    cwd: folder,
  });
  await symlink(join(root, 'node_modules'), join(folder, 'well-meter', 'node_modules'));
  return join(folder, 'well-meter');
}

for (const bus of ['embedded', 'mosquitto'] as const)
  describe(`a driver of the service, with the bus ${bus}`, () => {
    it('shows, is set, refuses, stops and starts', async (t) => {
      if (!['mosquitto', 'mosquitto_sub', 'mosquitto_pub'].every((program) => requirePeer(t, program)))
        return;
      const folder = await project(t);
      await using stack = new AsyncDisposableStack();
      const environment: NodeJS.ProcessEnv = {
        HOME: folder,
        NODE_OPTIONS: '--conditions=fairlead-source',
        FAIRLEAD_DRIVERS__RUN__WELL__COMMAND: JSON.stringify([
          process.execPath,
          FAIRLEAD,
          'driver',
          'run',
          join(folder, 'driver.ts'),
        ]),
      };
      const broker = bus === 'mosquitto' ? stack.use(await startMosquitto()) : undefined;
      if (broker !== undefined)
        Object.assign(environment, { FAIRLEAD_BUS__KIND: 'mqtt', FAIRLEAD_BUS__MQTT__URL: broker.url });
      const service = stack.use(await RunningService.start(environment));
      const port = broker?.port ?? (service.ports.mqtt as number);
      const shows = (name: string, words: RegExp) =>
        eventually(
          async () => words.test(await retained(port, `${TOPIC}/${name}`)),
          `${name} shows ${words}`,
          20_000,
        );

      // A new subscriber gets the current value.
      await shows('CONNECTION', /"state":"Idle".*"CONNECT":false/);
      assert.equal(await publish(port, `${TOPIC}/DEVICE_ADDRESS/set`, '{"PORT":"4711"}'), 0);
      await shows('DEVICE_ADDRESS', /"PORT":"4711"/);

      // A deleted property has no retained message.
      await publish(port, `${TOPIC}/DEBUG/set`, '{"ENABLE":true}');
      await shows('DEBUG_LEVEL', /"values"/);
      await publish(port, `${TOPIC}/DEBUG/set`, '{"DISABLE":true}');
      await shows('DEBUG_LEVEL', /^$/);

      // A refusal is reported on the bus and in the log.
      const refusal = run(
        'mosquitto_sub',
        [
          '-h',
          '127.0.0.1',
          '-p',
          String(port),
          '-t',
          `${TOPIC}/POLLING_PERIOD/refused`,
          '-C',
          '1',
          '-W',
          '10',
        ],
        { env: peerEnvironment() },
      );
      const again = setInterval(
        () => void publish(port, `${TOPIC}/POLLING_PERIOD/set`, '{"PERIOD_MS":1}'),
        200,
      );
      const { stdout } = await refusal.finally(() => clearInterval(again));
      assert.match(stdout, /"code":"PROPERTY_NOT_SETTABLE"/);
      assert.match(service.log, /PROPERTY_NOT_SETTABLE/);

      // Users stop and start it.
      const stopped = await service.cli('driver', 'stop', 'well');
      assert.deepEqual([stopped.code, stopped.json?.state], [0, 'stopped'], stopped.stderr);
      await shows('CONNECTION', /^$/);
      assert.equal((await service.cli('driver', 'start', 'well')).json?.state, 'running');
      await shows('CONNECTION', /"CONNECT":false/);
      const { pid } = (await service.cli('driver', 'ls')).json[0];
      assert.notEqual((await service.cli('driver', 'restart', 'well')).json?.pid, pid);
      await shows('CONNECTION', /"CONNECT":false/);
      const unknown = await service.cli('driver', 'restart', 'wall');
      assert.equal(unknown.code, 3);
      assert.match(unknown.stderr, /There is no driver or chained server "wall"\. Known names: well\./);

      // Nothing is left on the broker, which continues to run.
      assert.equal(await service.stop(), 0);
      if (broker !== undefined) await shows('CONNECTION', /^$/);
    });
  });
