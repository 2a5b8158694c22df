import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreErrors, isFairleadError } from '@fairlead/core';
import { BusStatus } from '../src/status.ts';
import { recordingLog } from './recording-log.ts';

const refused = () => coreErrors.error('CONNECT_REFUSED', { endpoint: 'x:1' });

test('one line a change, one line a reason while it is down', async () => {
  const log = recordingLog();
  const status = new BusStatus(log);
  const seen: string[] = [];
  const stop = status.on(({ from, to, cause }) => seen.push(`${from} ${to} ${cause?.code ?? ''}`.trim()));
  const ready = status.ready();
  status.down(refused());
  status.down(refused());
  status.down(coreErrors.error('PEER_CLOSED'));
  status.down(refused());
  assert.equal(status.cause?.code, 'CONNECT_REFUSED');
  status.connected({});
  await ready;
  await status.ready();
  assert.equal(status.cause, undefined);
  status.down(refused());
  stop();
  status.closed();
  status.closed();
  status.down(refused());
  status.connected({});
  assert.equal(status.state, 'closed');
  assert.deepEqual(seen, [
    'connecting down CONNECT_REFUSED',
    'down connected',
    'connected down CONNECT_REFUSED',
  ]);
  assert.deepEqual(log.codes, ['CONNECT_REFUSED', 'PEER_CLOSED', 'CONNECT_REFUSED']);
  assert.equal(log.lines.length, 5);
  await assert.rejects(status.ready(), (error) => isFairleadError(error, 'BUS_CLOSED'));
});
