import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { runProgram } from '../../src/job/program.ts';

const SECRETS = { FAIRLEAD_TOKEN: 'fl_0', FAIRLEAD_SECRET_KEY: '00', FAIRLEAD_BUS__MQTT__PASSWORD: 'secret' };
const WANTED = { HOME: '/home/somebody', TZ: 'Asia/Tokyo', LC_NUMERIC: 'C' };

describe('a program of a job', () => {
  const before = { ...process.env };
  after(() => {
    process.env = before;
  });

  it('gets no token, key or password of the service, and what it needs to run', async () => {
    Object.assign(process.env, SECRETS, WANTED);
    const shown = await runProgram(
      { path: '/usr/bin/env', args: [] },
      { step: 'x', allowed: new Set(['/usr/bin/env']), signal: new AbortController().signal },
    );
    const found = Object.fromEntries(shown.split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2)));
    for (const name of Object.keys(SECRETS)) assert.equal(found[name], undefined, name);
    for (const [name, value] of Object.entries(WANTED)) assert.equal(found[name], value, name);
    assert.equal(found.PATH, before.PATH);
  });
});
