import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '@fairlead/core';
import { eventually } from '@fairlead/testkit';
import { inherited } from '../../src/hub/environment.ts';
import { DriverProcess } from '../../src/hub/process.ts';
import type { DriverCommand } from '../../src/index.ts';
import { fixture, hubOf, RawClient } from './world.ts';

const SECRETS = {
  FAIRLEAD_TOKEN: 'fl_0',
  FAIRLEAD_SECRET_KEY: '00',
  FAIRLEAD_BUS__MQTT__PASSWORD: 'secret',
  FAIRLEAD_BUS__EMBEDDED__USERS__ALICE__PASSWORD: 'secret',
  AWS_SECRET_ACCESS_KEY: 'secret',
  NODE_AUTH_TOKEN: 'secret',
  https_proxy: 'http://user:secret@proxy',
};

/** Runs `work` with further variables in the environment of this process. */
async function having(variables: Record<string, string>, work: () => Promise<void>): Promise<void> {
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
  Object.assign(process.env, variables);
  try {
    await work();
  } finally {
    for (const [name, value] of Object.entries(before))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  }
}

/** The environment that a driver finds. */
async function found(command: DriverCommand): Promise<Record<string, string>> {
  const driver = new DriverProcess('x', command, {
    clock: systemClock,
    grace: 100,
    maxLine: 100,
    line: () => {},
  });
  let heard = '';
  let over = false;
  driver.start({
    onData: (chunk) => {
      heard += chunk;
    },
    onDrain() {},
    onEnd() {},
    onClosed: () => {
      over = true;
    },
  });
  driver.resume();
  await eventually(() => over, 'its end');
  return Object.fromEntries(heard.split('\0').map((entry) => entry.split(/=(.*)/s).slice(0, 2)));
}

describe('the environment of a driver', () => {
  it('holds no token, key or password of the service', () =>
    having({ ...SECRETS, INDIPREFIX: '/opt/indi', LC_NUMERIC: 'C', TZ: 'UTC' }, async () => {
      const onPipe: DriverCommand = { command: ['/bin/cat', '/proc/self/environ'] };
      const onNode: DriverCommand = {
        command: [process.execPath, '-e', 'process.stdout.write(fs.readFileSync("/proc/self/environ"))'],
      };
      for (const command of [onPipe, onNode]) {
        const environment = await found(command);
        for (const [name, value] of Object.entries(SECRETS)) {
          assert.equal(environment[name], undefined, name);
          assert.ok(!Object.values(environment).includes(value), name);
        }
        const { PATH, INDIPREFIX, LC_NUMERIC, TZ } = environment;
        assert.deepEqual([PATH, INDIPREFIX, LC_NUMERIC, TZ], [process.env.PATH, '/opt/indi', 'C', 'UTC']);
      }
    }));

  it('has what its command adds and changes', async () => {
    const command = ['/bin/cat', '/proc/self/environ'] as const;
    const environment = await found({ command, env: { WEATHER_KEY: 'its own', HOME: '/elsewhere' } });
    assert.deepEqual([environment.WEATHER_KEY, environment.HOME], ['its own', '/elsewhere']);
  });

  it('holds what a driver needs to run', async () => {
    const needed = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'INDICONFIG', 'XDG_RUNTIME_DIR'];
    const given = Object.fromEntries(needed.map((name) => [name, 'x']));
    assert.deepEqual(inherited({ ...given, ...SECRETS }), given);
    await using hub = await hubOf({ run: { a: fixture('Alpha') } });
    using client = new RawClient(hub.address as string);
    await client.greet();
  });
});
