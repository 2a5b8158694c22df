import assert from 'node:assert/strict';
import { test } from 'node:test';
import { command } from '../support/command.ts';

const WRITE = { method: 'write', params: { kind: 'holding', address: 1, value: 3 } };
const BYTES = '000100000006010600010003';

test('a command as bytes, and as hex digits', async () => {
  const json = JSON.stringify(WRITE);
  assert.equal((await command(['encode', 'modbus_tcp', json])).bytes.toString('hex'), BYTES);
  assert.equal((await command(['encode', 'modbus_tcp', json, '--hex'])).stdout, `${BYTES}\n`);
  assert.equal((await command(['encode', 'modbus_tcp', '-', '--hex'], json)).stdout, `${BYTES}\n`);
  const whole = JSON.stringify({ kind: 'command', values: WRITE });
  assert.equal((await command(['encode', 'modbus_tcp', whole, '--hex'])).stdout, `${BYTES}\n`);
});

test('attributes, and parameters of the device', async () => {
  const map = JSON.stringify([{ name: 'target', kind: 'holding', address: 7, type: 'u16', writable: true }]);
  const argv = ['encode', 'modbus_tcp', '{"target": 5}', '--hex'];
  const set = ['--parameter', `registers=${map}`, '--parameter', 'unitId=9'];
  assert.equal((await command([...argv, ...set])).stdout, '000100000006090600070005\n');
});

test('what cannot be sent is told, with a status', async () => {
  for (const [argv, stdin, status, message] of [
    [['encode', 'gt06'], '', 2, /USAGE_INVALID: Missing required argument 'json'/],
    [['encode', 'gt06', '[]'], '', 2, /INPUT_NOT_JSON: .*expected an object/],
    [['encode', 'gt06', 'relay'], '', 2, /INPUT_NOT_JSON/],
    [['encode', 'gt06', '-'], '', 2, /INPUT_NOT_JSON: .*end of JSON/],
    [['encode', 'adsb_sbs1', '{"method": "x"}'], '', 2, /PROFILE_SENDS_NOTHING: The profile adsb_sbs1/],
    [['encode', 'gt06', '{"method": "fly"}'], '', 1, /SCRIPT_FAILED/],
    [['encode', 'gt07', '{}'], '', 3, /PROFILE_NOT_FOUND/],
  ] as const) {
    const result = await command(argv, stdin);
    assert.equal(result.status, status, result.stderr);
    assert.match(result.stderr, message);
    assert.equal(result.stdout, '');
  }
});
