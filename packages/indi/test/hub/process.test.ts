import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FairleadError, systemClock } from '@fairlead/core';
import { eventually } from '@fairlead/testkit';
import { DriverProcess } from '../../src/hub/process.ts';

const GRACE = 100;

/** Runs a script of the shell as a driver. */
const script = (text: string) => run(['/bin/sh', '-c', text]);

function run(command: [string, ...string[]]) {
  const options = { clock: systemClock, grace: GRACE, maxLine: 100, line: () => {} };
  const driver = new DriverProcess('x', { command }, options);
  let heard = '';
  const causes: FairleadError[] = [];
  driver.start({
    onData: (chunk) => {
      heard += chunk;
    },
    onDrain() {},
    onEnd() {},
    onClosed: (cause) => causes.push(cause),
  });
  driver.resume();
  const ended = () => eventually(() => causes.length > 0, 'its end');
  return { driver, ended, heard: () => heard, status: () => causes.map(({ details }) => details.status) };
}

describe('the process of a driver', () => {
  it('has a real pipe for its stdout', async () => {
    const { ended, heard } = script('readlink /proc/self/fd/1');
    await ended();
    assert.match(heard(), /^(pipe:|\/.*\(deleted\))/);
  });

  it('has a socket for it where it runs on Node, and ends as others do', async () => {
    const program = "console.log(require('node:fs').readlinkSync('/proc/self/fd/1')); process.exitCode = 5";
    const { ended, heard, status } = run([process.execPath, '-e', program]);
    await ended();
    assert.match(heard(), /^socket:/);
    assert.deepEqual(status(), ['status 5']);
  });

  it('is heard to its last word, and ends once, with its status', async () => {
    const { ended, heard, status } = script('head -c 1000000 /dev/zero; exit 3');
    await ended();
    assert.deepEqual([heard().length, status()], [1_000_000, ['status 3']]);
  });

  it('ends with what it was killed by', async () => {
    const { ended, status } = script('kill -9 $$');
    await ended();
    assert.deepEqual(status(), ['SIGKILL']);
  });

  it('ends although what it has left behind holds its output', async () => {
    const { ended, status } = script('setsid sleep 3 & sleep 0.05; exit 4');
    await ended();
    assert.deepEqual(status(), ['status 4']);
  });

  it('is ended when it closes its output', async () => {
    const { driver, ended, status } = script('exec 1>&-; sleep 60');
    await ended();
    assert.deepEqual(status(), ['it has closed its output']);
    assert.throws(() => process.kill(driver.pid as number, 0), 'nothing is left of it');
  });

  it('that has never been one says why', async () => {
    const { driver, ended, status } = run(['/no/such/program']);
    await ended();
    assert.match(`${status()}`, /no such program/);
    assert.equal(driver.pid, undefined);
  });
});
