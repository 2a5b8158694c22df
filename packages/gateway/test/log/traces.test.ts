import assert from 'node:assert/strict';
import { it } from 'node:test';
import { auth, world } from '../harness.ts';

it('the newest closed links tell why a device is not connected', async () => {
  const devices = [
    { name: 'm1', token: 't1' },
    { name: 'm2', token: 't2', protocol: 'custom' },
  ];
  const { gateway, official, clock } = await world(devices);
  assert.deepEqual(gateway.traces('m1'), {
    closed: undefined,
    refused: undefined,
    unknownToken: undefined,
    failure: undefined,
  });
  for (const token of ['t1', 't1', 't2', 'wrong']) {
    const peer = await (await official()).send(auth(token));
    peer.transport.end();
    await clock.advance(1_000);
  }
  const codes = (device: string) => {
    const { closed, refused, unknownToken } = gateway.traces(device);
    return [closed, refused, unknownToken].map((link) => link && `${link.id} ${link.code}`);
  };
  const unknown = 'official-4 AUTH_TOKEN_UNKNOWN';
  assert.deepEqual(codes('m1'), ['official-2 PEER_CLOSED', undefined, unknown]);
  assert.deepEqual(codes('m2'), [undefined, 'official-3 AUTH_PROTOCOL_MISMATCH', unknown]);
});

it('the last attempt to reach a dialled device is told until one succeeds', async () => {
  const endpoint = 'tcp://10.0.0.7:502';
  const device = { name: 'm1', protocol: 'profile', endpoint };
  const { gateway, network, clock } = await world([device]);
  gateway.dial();
  await clock.advance(100);
  const first = gateway.traces('m1').failure;
  assert.equal(first?.code, 'CONNECT_REFUSED');
  await clock.advance(120_000);
  const second = gateway.traces('m1').failure;
  assert.ok((second?.time ?? 0) > (first?.time ?? 0));
  await network.listen({ protocol: 'tcp', host: '10.0.0.7', port: 502 }, {} as never, () => {});
  await clock.advance(120_000);
  assert.equal(gateway.traces('m1').failure, undefined);
  assert.equal(gateway.presence('m1').status, 'online');
});
