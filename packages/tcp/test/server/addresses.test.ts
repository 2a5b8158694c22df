import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AddressList, parseAddress } from '../../src/server/addresses.ts';

const list = (...ranges: string[]) => new AddressList(ranges, 'allow');

describe('AddressList', () => {
  it('knows addresses and ranges, IPv4 and IPv6', () => {
    const some = list('10.0.0.0/8', '192.0.2.7', '2001:db8::/32', 'fe80::/10', '::1');
    for (const inside of [
      '10.0.0.0',
      '10.255.255.255',
      '192.0.2.7',
      '2001:db8:ffff::1',
      'fe80::1%eth0',
      '::1',
    ])
      assert.ok(some.has(inside), inside);
    for (const outside of ['11.0.0.0', '9.255.255.255', '192.0.2.8', '2001:db9::', '::2', 'nonsense', ''])
      assert.ok(!some.has(outside), outside);
  });

  it('sees through IPv4 in the clothes of IPv6', () => {
    assert.ok(list('10.0.0.0/8').has('::ffff:10.1.2.3'));
    assert.ok(list('10.0.0.0/8').has('::ffff:a01:203'));
    assert.ok(list('::ffff:10.0.0.0/104').has('10.1.2.3'));
    assert.ok(list('0.0.0.0/0').has('203.0.113.9'));
    assert.ok(!list('0.0.0.0/0').has('2001:db8::1'));
    assert.ok(!list('::/0').has('203.0.113.9'), 'IPv6 alone');
    assert.ok(list('::/0').has('2001:db8::1'));
  });

  it('refuses what is no range, in words', () => {
    for (const bad of [
      '10.0.0.0/33',
      '10.0.0/8',
      '1.2.3.256',
      '01.2.3.4',
      '::1/129',
      '1::2::3',
      'host',
      '10.0.0.0/',
      '1.2.3.4/8/8',
    ])
      assert.throws(() => list(bad), { code: 'OPTION_INVALID', message: /"allow".*10\.0\.0\.0\/8/ }, bad);
  });

  it('agrees with the operating system on what an address is, and on ranges', () => {
    const part = fc.constantFrom('0', '1', 'ffff', 'db8', '1.2.3.4', '', ':', '12345', '::', 'g');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 9 }), (parts) => {
        const text = parts.join(':');
        assert.equal(parseAddress(text) !== undefined, net.isIP(text) > 0, text);
      }),
    );
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (a, b, prefix) => {
        const system = new net.BlockList();
        system.addSubnet(a, prefix);
        assert.equal(list(`${a}/${prefix}`).has(b), system.check(b));
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), fc.ipV6(), fc.integer({ min: 0, max: 128 }), (a, b, prefix) => {
        const system = new net.BlockList();
        system.addSubnet(a, prefix, 'ipv6');
        if (!/^::ffff:/i.test(b) && !/^::ffff:/i.test(a) && !a.includes('.') && !b.includes('.'))
          assert.equal(list(`${a}/${prefix}`).has(b), system.check(b, 'ipv6'), `${a}/${prefix} ${b}`);
      }),
    );
  });
});
