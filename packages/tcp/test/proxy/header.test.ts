import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import fc from 'fast-check';
import { crc32c } from '../../src/proxy/crc32c.ts';
import { readProxyHeader } from '../../src/proxy/header.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const v1 = (text: string) => Buffer.from(text, 'latin1');
/** @param head the bytes 12 and 13 @param body addresses and TLVs, in hex */
function v2(head: string, body: string): Buffer {
  const length = (body.length / 2).toString(16).padStart(4, '0');
  return Buffer.from(SIGNATURE + head + length + body, 'hex');
}
const IPV4 = '0a010203c0000207d43101bb'; // 10.1.2.3:54321 to 192.0.2.7:443
const IPV6 = `20010db8${'00'.repeat(11)}0720010db8${'00'.repeat(11)}08d43101bb`;
const tlv = (type: string, value: string) => type + (value.length / 2).toString(16).padStart(4, '0') + value;
const client = { address: '10.1.2.3', port: 54_321 };
const server = { address: '192.0.2.7', port: 443 };

/** Source of the forms: sections 2.1 and 2.2 of the specification. */
const good: [name: string, bytes: Buffer, header: object][] = [
  [
    'TCP4',
    v1('PROXY TCP4 10.1.2.3 192.0.2.7 54321 443\r\n'),
    { version: 1, source: client, destination: server },
  ],
  [
    'TCP6',
    v1('PROXY TCP6 2001:db8::7 ::1 65535 0\r\n'),
    {
      version: 1,
      source: { address: '2001:db8::7', port: 65_535 },
      destination: { address: '::1', port: 0 },
    },
  ],
  ['UNKNOWN', v1('PROXY UNKNOWN\r\n'), { version: 1 }],
  ['UNKNOWN with what is to be ignored', v1('PROXY UNKNOWN ffff:f...f:ffff 65535 65535\r\n'), { version: 1 }],
  ['IPv4', v2('2111', IPV4), { version: 2, source: client, destination: server }],
  [
    'IPv6',
    v2('2121', IPV6),
    {
      version: 2,
      source: { address: '2001:db8::7', port: 54_321 },
      destination: { address: '2001:db8::8', port: 443 },
    },
  ],
  ['LOCAL, with what is to be skipped', v2('2011', IPV4), { version: 2 }],
  ['LOCAL without addresses', v2('2000', ''), { version: 2 }],
  ['a client that the proxy does not know', v2('2100', ''), { version: 2 }],
  ['UNIX', v2('2131', '2f78'.padEnd(432, '0')), { version: 2 }],
  [
    'TLVs: unique id, authority, NOOP, one of nobody',
    v2('2111', IPV4 + tlv('05', '0102') + tlv('02', '706c63') + tlv('04', '00000000') + tlv('ee', 'ff')),
    {
      version: 2,
      source: client,
      destination: server,
      uniqueId: Buffer.from([1, 2]),
      authority: 'plc',
    },
  ],
  [
    'TLS with a verified certificate',
    v2('2111', IPV4 + tlv('20', `0700000000${tlv('21', '544c5376312e33')}${tlv('22', '706c63')}`)),
    {
      version: 2,
      source: client,
      destination: server,
      tls: { version: 'TLSv1.3', commonName: 'plc', verified: true },
    },
  ],
  [
    'TLS with a certificate that is not good',
    v2('2111', IPV4 + tlv('20', '0700000001')),
    { version: 2, source: client, destination: server, tls: { verified: false } },
  ],
];

const bad: [name: string, bytes: Buffer, reason: RegExp][] = [
  ['a bare LF', v1('PROXY TCP4 10.1.2.3 192.0.2.7 1 2\n'), /CR LF/],
  ['no end', v1('PROXY TCP4 '.padEnd(120, 'x')), /within 107 bytes/],
  ['UDP4', v1('PROXY UDP4 10.1.2.3 192.0.2.7 1 2\r\n'), /TCP4, TCP6/],
  ['two spaces', v1('PROXY TCP4  10.1.2.3 192.0.2.7 1 2\r\n'), /addresses/],
  ['leading zeros', v1('PROXY TCP4 010.1.2.3 192.0.2.7 1 2\r\n'), /addresses/],
  ['IPv6 as TCP4', v1('PROXY TCP4 ::1 ::1 1 2\r\n'), /addresses/],
  ['a zone', v1('PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n'), /addresses/],
  ['port 65536', v1('PROXY TCP4 10.1.2.3 192.0.2.7 65536 2\r\n'), /ports/],
  ['one port', v1('PROXY TCP4 10.1.2.3 192.0.2.7 1\r\n'), /ports/],
  ['three ports', v1('PROXY TCP4 10.1.2.3 192.0.2.7 1 2 3\r\n'), /ports/],
  ['version 3', v2('3111', IPV4), /version 3/],
  ['command 2', v2('2211', IPV4), /command 2/],
  ['datagrams', v2('2112', IPV4), /0x12/],
  ['short addresses', v2('2121', IPV4), /too short/],
  ['a cut TLV', v2('2111', `${IPV4}05`), /cut off/],
  ['a TLV beyond the end', v2('2111', `${IPV4}05000501`), /longer/],
  ['a wrong checksum', v2('2111', IPV4 + tlv('03', '00000001')), /checksum/],
  ['a short TLV of TLS', v2('2111', IPV4 + tlv('20', '07')), /TLS/],
  ['a huge length', Buffer.from(`${SIGNATURE}2111ffff`, 'hex'), /65551 bytes, the limit is 4096/],
];

/** Feeds the bytes as they arrive: split at `at`. */
function arriving(bytes: Buffer, at: number) {
  const early = readProxyHeader(bytes.subarray(0, at));
  return early === 'more' ? readProxyHeader(bytes) : early;
}

describe('the PROXY header', () => {
  for (const [name, bytes, header] of good)
    it(`reads ${name}, at every split and glued to data`, () => {
      const glued = Buffer.concat([bytes, Buffer.from('data')]);
      for (let at = 0; at <= glued.length; at++) {
        const read = arriving(glued, at);
        assert.deepEqual(read, { header, length: bytes.length }, `split at ${at}`);
      }
      for (let at = 0; at < bytes.length; at++) assert.equal(readProxyHeader(bytes.subarray(0, at)), 'more');
    });

  for (const [name, bytes, reason] of bad)
    it(`refuses ${name}, at every split`, () => {
      const expected = { code: 'PROXY_HEADER_INVALID', message: reason };
      for (let at = 0; at <= bytes.length; at++) assert.throws(() => arriving(bytes, at), expected);
    });

  it('knows what does not begin one', () => {
    for (const text of ['\x16\x03\x01', 'PROXX', 'TP\0\0', 'fl_', '\r\n\r\n\r\n', 'proxy '])
      assert.equal(readProxyHeader(v1(text)), 'none', text);
    assert.equal(readProxyHeader(Buffer.alloc(0)), 'more');
  });

  it('takes a header whose checksum is right', () => {
    // Of "123456789": the check value of the catalogue of CRC algorithms.
    assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
    const body = IPV4 + tlv('03', '00000000');
    const bytes = v2('2111', body);
    bytes.writeUInt32BE(crc32c(bytes), bytes.length - 4);
    assert.equal((readProxyHeader(bytes) as { length: number }).length, bytes.length);
  });

  it('gives a header, nothing yet, or its own error for any bytes', () => {
    const prefix = fc.constantFrom('', Buffer.from('PROXY ').toString('hex'), SIGNATURE, `${SIGNATURE}2111`);
    fc.assert(
      fc.property(prefix, fc.uint8Array({ maxLength: 300 }), (head, rest) => {
        const bytes = Buffer.concat([Buffer.from(head, 'hex'), rest]);
        try {
          const read = readProxyHeader(bytes);
          if (typeof read === 'object') assert.ok(read.length > 0 && read.length <= bytes.length);
        } catch (error) {
          assert.ok(isFairleadError(error, 'PROXY_HEADER_INVALID'), String(error));
        }
      }),
    );
  });
});
