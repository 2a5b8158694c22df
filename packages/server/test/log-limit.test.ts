import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeClock } from '@fairlead/testkit';
import { serverLimits } from '../src/index.ts';
import { limitLog } from '../src/log-limit.ts';

const { logLines, logLinesOverAll, logKeys, logPeriod } = serverLimits.values;

function limited() {
  const clock = new FakeClock();
  const lines: { level: string; message: string; [field: string]: unknown }[] = [];
  const write = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, ...fields, message });
  const log = limitLog(
    { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    clock,
  );
  return { clock, lines, log };
}

const guess = (port: number, host = '192.0.2.1') => ({
  link: `official-${port}`,
  remote: `${host}:${port}`,
  code: 'AUTH_TOKEN_UNKNOWN',
});

describe('who guesses tokens', () => {
  test('does not flood the log, and how many lines were left out is said later', async () => {
    const { clock, lines, log } = limited();
    for (let i = 0; i < 5_000; i++) log.warn(guess(i), 'link closed');
    assert.equal(lines.length, logLines);
    await clock.advance(logPeriod);
    assert.deepEqual(lines.slice(logLines), [
      {
        level: 'warn',
        code: 'AUTH_TOKEN_UNKNOWN',
        address: '192.0.2.1',
        suppressed: 5_000 - logLines,
        message: `${5_000 - logLines} further lines of this kind were suppressed`,
      },
    ]);
    log.warn(guess(1), 'link closed');
    assert.equal(lines.length, logLines + 2);
    await clock.advance(logPeriod);
    assert.equal(lines.length, logLines + 2);
    assert.equal(clock.pending, 0);
  });

  test('does not flood it from many addresses, nor fills the memory', () => {
    const { clock, lines, log } = limited();
    const count = 2 * logKeys;
    for (let i = 0; i < count; i++)
      log.warn(guess(1, `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`), 'link closed');
    assert.equal(lines.length, logLinesOverAll);
    log[Symbol.dispose]();
    const told = lines.slice(logLinesOverAll);
    assert.equal(told.length, 1);
    assert.equal(told[0]?.suppressed, count - logLinesOverAll);
    assert.equal(clock.pending, 0);
  });

  test('hides no line of another code, of another address, or of a device', () => {
    const { lines, log } = limited();
    for (let i = 0; i < 100; i++) log.warn(guess(i), 'link closed');
    const before = lines.length;
    log.warn({ ...guess(1), code: 'HANDSHAKE_TIMEOUT' }, 'link closed');
    log.warn(guess(1, '192.0.2.2'), 'link closed');
    log.warn({ ...guess(1), device: 'boiler-1' }, 'link closed');
    log.error(guess(1), 'link closed');
    assert.equal(lines.length, before + 4);
  });
});

test('a fleet that comes back has a line for each device, a device that flaps has a few', () => {
  const { lines, log } = limited();
  for (let i = 0; i < 3_000; i++)
    log.info({ link: `l-${i}`, device: `d-${i}`, remote: '192.0.2.1:1' }, 'device connected');
  assert.equal(lines.length, 3_000);
  for (let i = 0; i < 3_000; i++)
    log.info({ link: `m-${i}`, device: 'd-1', remote: '192.0.2.1:1' }, 'device connected');
  assert.equal(lines.length, 3_000 + logLines - 1);
});

test('names that a client of the bus makes up are no devices', () => {
  const { lines, log } = limited();
  for (let i = 0; i < 5_000; i++) {
    log.warn({ device: `x-${i}`, code: 'DOWNLINK_DEVICE_UNKNOWN' }, 'downlink from the bus failed');
    log.warn({ device: `x-${i}`, property: 'p', code: 'PROPERTY_UNKNOWN' }, 'refused');
  }
  assert.equal(lines.length, 2 * logLines);
});

test('what is not about a peer, what is limited already, and the level debug pass', () => {
  const { lines, log } = limited();
  for (let i = 0; i < 1_000; i++) {
    log.info({ script: 's', device: 'd' }, 'Script: text');
    log.warn({ code: 'CLIENT_REFUSED', trigger: 't', count: 5 }, 'refused');
    log.debug(guess(i), 'link closed');
  }
  assert.equal(lines.length, 3_000);
});
