import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeviceName } from '@fairlead/store';
import fc from 'fast-check';
import { code, freshStore, profile } from '../helpers.ts';

test('names', (t) => {
  const { store } = freshStore(t);
  for (const name of ['a', '0', 'A_b:c-d', 'x'.repeat(64)]) {
    assert.equal(isDeviceName(name), true, name);
    store.devices.add({ name });
  }
  const bad = [
    '',
    '_a',
    '-a',
    ':a',
    'a.b',
    'a/b',
    'a b',
    'ä',
    'a\n',
    'x'.repeat(65),
    '+',
    '#',
    undefined,
    7,
    null,
  ];
  for (const name of bad) {
    assert.equal(isDeviceName(name), false, String(name));
    assert.throws(() => store.devices.add({ name: name as string }), code('DEVICE_NAME_INVALID'));
  }
});

test('fields that do not fit are named with what is allowed', (t) => {
  const { store } = freshStore(t);
  const refused: [object, string, RegExp][] = [
    [{ protocol: 'mqtt' }, 'protocol', /official, custom/],
    [{ type: 'hub' }, 'type', /standard, gateway, sub/],
    [{ type: 'sub' }, 'type', /parent/],
    [{ address: '1' }, 'address', /sub-device/],
    [{ parent: 'gw' }, 'address', /empty/],
    [{ parent: 'gw', address: '' }, 'address', /empty/],
    [{ parent: 'gw', address: 'a\u0000' }, 'address', /control/],
    [{ parent: 'gw', address: 'a'.repeat(257) }, 'address', /257/],
    [{ parent: 'gw', address: '1', type: 'gateway' }, 'type', /sub-device/],
    [{ parent: 'gw', address: '1', token: 'x' }, 'token', /none/],
    [{ label: 7 }, 'label', /string/],
    [{ label: 'x'.repeat(257) }, 'label', /257/],
    [{ label: 'a\u0007' }, 'label', /U\+0007/],
    [{ label: 'a\nb' }, 'label', /U\+000A/],
    [{ label: 'a\u009bb' }, 'label', /U\+009B/],
    [{ label: 'a\u202eb' }, 'label', /U\+202E, a control character or one that changes the direction/],
    [{ label: 'a\u2066b' }, 'label', /U\+2066/],
    [{ label: 'a\u200fb' }, 'label', /U\+200F/],
    [{ inboundBuffer: 0 }, 'inboundBuffer', /whole number/],
    [{ inboundBuffer: 1.5 }, 'inboundBuffer', /whole number/],
    [{ outboundBuffer: 2 ** 25 }, 'outboundBuffer', /16777216/],
    [{ outboundBuffer: '1KiB' }, 'outboundBuffer', /whole number/],
    [{ authReply: 'abc' }, 'authReply', /hexadecimal/],
    [{ ack: 'zz' }, 'ack', /hexadecimal/],
    [{ heartbeatEcho: 'yes' }, 'heartbeatEcho', /true or false/],
    [{ uplink: 'x'.repeat(262_145) }, 'uplink', /262145/],
    [{ framing: {} }, 'framing', /string/],
    [{ framin: 'line' }, 'framin', /did you mean "framing"/],
    [{ profile: 'p', framing: 'line' }, 'framing', /profile "p"/],
  ];
  for (const [fields, field, reason] of refused) {
    assert.throws(
      () => store.devices.add({ name: 'a', ...fields }),
      (error: { code?: string; details?: { field?: string; reason?: string } }) => {
        assert.equal(error.code, 'DEVICE_INVALID', JSON.stringify(fields));
        assert.equal(error.details?.field, field);
        assert.match(String(error.details?.reason), reason);
        return true;
      },
    );
  }
  for (const nothing of [null, undefined, 'a', [], 7])
    assert.throws(() => store.devices.add(nothing as never), code('DEVICE_INVALID'));
  assert.equal(store.devices.count(), 0);
});

test('a definition of any shape is taken or refused with a code, and nothing else', (t) => {
  const { store } = freshStore(t);
  const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant(undefined));
  const fields = [
    'label',
    'protocol',
    'type',
    'parent',
    'address',
    'token',
    'profile',
    'framing',
    'ack',
    'x',
  ];
  const definition = fc.record(
    {
      name: fc.oneof(fc.string(), fc.stringMatching(/^[a-z]{1,9}$/)),
      ...Object.fromEntries(fields.map((f) => [f, value])),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(definition, (given) => {
      try {
        store.devices.add(given as never);
      } catch (error) {
        assert.match(
          String((error as { code?: string }).code),
          /^(DEVICE_(NAME_INVALID|INVALID|EXISTS)|TOKEN_(NOT_ALLOWED|TAKEN)|P(ARENT|ROFILE)_UNKNOWN)$/,
        );
      }
    }),
    { numRuns: 300 },
  );
});

test('a patch between inline fields and a named profile', (t) => {
  const { store } = freshStore(t);
  store.profiles.put(profile('meter', { framing: 'line', ack: '06' }));
  store.devices.add({ name: 'a', framing: 'fixed:4' });
  assert.equal(store.devices.edit('a', { profile: 'meter' }).profile.framing, 'line');
  assert.throws(() => store.devices.edit('a', { framing: 'raw' }), code('DEVICE_INVALID'));
  const own = store.devices.edit('a', { profile: null, framing: 'raw' });
  assert.equal(own.profile.name, undefined);
  assert.deepEqual([own.profile.framing, own.profile.ack], ['raw', undefined]);
});
