import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAnswer } from '../../src/platform/answer.ts';

const TOKEN = 'b79f6640-8c11-b7ca-608a-f943bb1e2183';
const DEVICE = { Id: 'meter-7', AccessToken: TOKEN, ProtocolType: 'tcp', DeviceType: '1' };
const answer = (data: unknown) => readAnswer(TOKEN, JSON.stringify({ code: 200, message: 'success', data }));

test('a device, with its buffers in KB', () => {
  const DeviceConfig = { InBoundByteLength: 4, OutBoundByteLength: 2 };
  assert.deepEqual(answer({ ...DEVICE, DeviceConfig }), {
    id: 'meter-7',
    token: TOKEN,
    protocol: 'official',
    type: 'standard',
    inboundBuffer: 4_096,
    outboundBuffer: 2_048,
  });
});

test('what versions of the platform write otherwise', () => {
  const numbers = answer({
    ...DEVICE,
    Id: 7,
    DeviceType: 2,
    ProtocolType: 'raw-tcp',
    Extra: [1],
    DeviceConfig: null,
  });
  assert.deepEqual(
    [numbers?.id, numbers?.type, numbers?.protocol, numbers?.inboundBuffer],
    ['7', 'gateway', 'custom', 1_024],
  );
  const texts = answer({ ...DEVICE, DeviceConfig: { InBoundByteLength: '8', OutBoundByteLength: 0 } });
  assert.deepEqual([texts?.inboundBuffer, texts?.outboundBuffer], [8_192, 1_024]);
  const huge = answer({ ...DEVICE, DeviceConfig: { InBoundByteLength: 1e9, OutBoundByteLength: 1 } });
  assert.equal(huge?.inboundBuffer, 2 ** 24, 'the largest buffer that a device may have');
  assert.equal(answer({ ...DEVICE, ProtocolType: 'toString' })?.protocol, undefined);
});

test('refusals', () => {
  assert.equal(answer(null), undefined);
  assert.equal(readAnswer(TOKEN, '{"code":404,"message":"no such device"}'), undefined);
  assert.equal(answer({ ...DEVICE, AccessToken: '' }), undefined);
});

test('answers that cannot be used, none of which shows a token', () => {
  const bad: unknown[] = [
    [],
    'text',
    { ...DEVICE, Id: '' },
    { ...DEVICE, Id: undefined },
    { ...DEVICE, Id: 'x'.repeat(257) },
    { ...DEVICE, AccessToken: 7 },
    { ...DEVICE, DeviceType: '3' },
    { ...DEVICE, ProtocolType: {} },
    { ...DEVICE, DeviceConfig: { InBoundByteLength: -1 } },
    { ...DEVICE, DeviceConfig: { InBoundByteLength: 1.5 } },
    { ...DEVICE, DeviceConfig: { InBoundByteLength: 'many' } },
    { ...DEVICE, DeviceConfig: 'none' },
  ];
  for (const data of bad)
    assert.throws(
      () => answer(data),
      ({ code, message }: Error & { code: string }) =>
        code === 'THINGSPANEL_ANSWER_INVALID' && !message.includes(TOKEN),
      JSON.stringify(data),
    );
  for (const body of ['', '[]', 'null', '<html>', '{"data":', '1'])
    assert.throws(() => readAnswer(TOKEN, body), { code: 'THINGSPANEL_ANSWER_INVALID' }, body);
  assert.throws(() => answer({ ...DEVICE, AccessToken: 'another' }), { code: 'THINGSPANEL_ANSWER_WRONG' });
});
