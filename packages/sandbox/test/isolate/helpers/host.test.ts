/** The helpers whose work the host does: in this process, and from inside an isolate. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { callHost, Host } from '../../../src/child/host.ts';
import { createSandbox } from '../../../src/index.ts';
import * as h from '../../../src/isolate/helpers.ts';
import { context, errorOf, frame, values } from '../../support.ts';

const global = globalThis as { fairleadHost?: unknown };
before(() => {
  global.fairleadHost = callHost;
});
const sandbox = createSandbox();
after(() => sandbox.close());

const { fromHex, hex, utf8Bytes } = h;

test('digests give the published values', () => {
  // RFC 1321, FIPS 180, RFC 2202 and RFC 4231 (test case 2).
  assert.equal(hex(h.md5(utf8Bytes('abc'))), '900150983cd24fb0d6963f7d28e17f72');
  assert.equal(hex(h.sha1('abc')), 'a9993e364706816aba3e25717850c26c9cd0d89d');
  assert.equal(hex(h.sha256('abc')), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  const what = 'what do ya want for nothing?';
  assert.equal(hex(h.hmac('md5', 'Jefe', what)), '750c783e6ab0b503eaa86e310a5db738');
  assert.equal(hex(h.hmac('sha1', 'Jefe', what)), 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79');
  assert.equal(
    hex(h.hmac('sha256', 'Jefe', utf8Bytes(what))),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
  assert.throws(() => h.hmac('sha3' as 'sha1', '', ''), {
    name: 'RangeError',
    message: /"sha3" is none of md5/,
  });
});

test('AES gives the published values', () => {
  const block = fromHex('6bc1bee22e409f96e93d7e117393172a');
  const key = fromHex('2b7e151628aed2a6abf7158809cf4f3c');
  const iv = fromHex('000102030405060708090a0b0c0d0e0f');
  const counter = fromHex('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff');
  // NIST SP 800-38A, F.1.1, F.1.5, F.2.1 and F.5.1.
  const published = [
    ['aes-ecb', key, undefined, '3ad77bb40d7a3660a89ecaf32466ef97'],
    [
      'aes-ecb',
      fromHex('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4'),
      undefined,
      'f3eed1bdb5d2a03c064b5a7e3db181f8',
    ],
    ['aes-cbc', key, iv, '7649abac8119b246cee98e9b12e9197d'],
    ['aes-ctr', key, counter, '874d6191b620e3261bef6864990db6ce'],
  ] as const;
  for (const [cipher, key, iv, expected] of published) {
    const options = { padding: false, ...(iv && { iv }) };
    assert.equal(hex(h.encrypt(cipher, key, block, options)), expected);
    assert.deepEqual(h.decrypt(cipher, key, fromHex(expected), options), block);
  }
  const padded = h.encrypt('aes-cbc', key, 'hello', { iv });
  assert.equal(padded.length, 16);
  assert.equal(h.utf8(h.decrypt('aes-cbc', key, padded, { iv })), 'hello');
});

test('authenticated ciphers give the published values and refuse what was changed', () => {
  // NIST GCM test case 4.
  const key = fromHex('feffe9928665731c6d6a8f9467308308');
  const iv = fromHex('cafebabefacedbaddecaf888');
  const aad = fromHex('feedfacedeadbeeffeedfacedeadbeefabaddad2');
  const data = fromHex(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  );
  const sealed = h.encrypt('aes-gcm', key, data, { iv, aad });
  assert.equal(hex(sealed.subarray(0, 16)), '42831ec2217774244b7221b784d0d49c');
  assert.equal(hex(sealed.subarray(-16)), '5bc94fbc3221a5db94fae95ae7121a47');
  assert.deepEqual(h.decrypt('aes-gcm', key, sealed, { iv, aad }), data);
  const apart = { iv, aad, tag: sealed.slice(-16) };
  assert.deepEqual(h.decrypt('aes-gcm', key, sealed.slice(0, -16), apart), data);
  // The first 12 bytes of the tag, as DLMS sends it; fewer prove too little.
  const short = (size: number) => ({ iv, aad, tag: apart.tag.slice(0, size) });
  assert.deepEqual(h.decrypt('aes-gcm', key, sealed.slice(0, -16), short(12)), data);
  assert.throws(() => h.decrypt('aes-gcm', key, sealed.slice(0, -16), short(11)), RangeError);
  sealed[0] = 0;
  assert.throws(() => h.decrypt('aes-gcm', key, sealed, { iv, aad }), RangeError);
  assert.throws(() => h.decrypt('aes-gcm', key, fromHex('00'), { iv }), {
    message: /tag must have 16 bytes/,
  });

  // RFC 8439, section 2.8.2.
  const chacha = h.encrypt(
    'chacha20poly1305',
    fromHex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f'),
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
    { iv: fromHex('070000004041424344454647'), aad: fromHex('50515253c0c1c2c3c4c5c6c7') },
  );
  assert.equal(hex(chacha.subarray(0, 16)), 'd31a8d34648e60db7b86afbc53ef7ec2');
  assert.equal(hex(chacha.subarray(-16)), '1ae10b594f09e26a7e902ecbd0600691');
});

test('DES gives the published values', () => {
  // FIPS 81, table B1 and C1: "Now is t".
  const key = fromHex('0123456789abcdef');
  const data = utf8Bytes('Now is t');
  const ecb = h.encrypt('des-ecb', key, data, { padding: false });
  assert.equal(hex(ecb), '3fa40e8a984d4815');
  assert.deepEqual(h.decrypt('des-ecb', key, ecb, { padding: false }), data);
  const iv = fromHex('1234567890abcdef');
  assert.equal(hex(h.encrypt('des-cbc', key, data, { iv, padding: false })), 'e5c7cdde872bf27c');
  const three = h.concat(key, fromHex('23456789abcdef01'), fromHex('456789abcdef0123'));
  // NIST SP 800-67, appendix B: "The qufc".
  const quick = h.encrypt('des-ede3-ecb', three, utf8Bytes('The qufc'), { padding: false });
  assert.equal(hex(quick), 'a826fd8ce53b855f');
  const two = three.slice(0, 16);
  const sealed = h.encrypt('des-ede3-cbc', two, 'text', { iv });
  assert.equal(h.utf8(h.decrypt('des-ede3-cbc', h.concat(two, key), sealed, { iv })), 'text');
});

test('a wrong key, a wrong length and a missing iv say so', () => {
  const key = new Uint8Array(16);
  assert.throws(() => h.encrypt('aes-ecb', new Uint8Array(5), key), { message: /16, 24 or 32 bytes, got 5/ });
  assert.throws(() => h.encrypt('des-cbc', key, key, { iv: new Uint8Array(8) }), {
    message: /8 bytes, got 16/,
  });
  assert.throws(() => h.encrypt('aes-cbc', key, key), { message: /needs an "iv"/ });
  assert.throws(() => h.encrypt('aes-cbc', key, key, { iv: new Uint8Array(3) }), RangeError);
  assert.throws(() => h.decrypt('aes-ecb', key, new Uint8Array(5)), { message: /wrong final block length/ });
  assert.throws(() => h.encrypt('rc4' as 'aes-ecb', key, key), { message: /none of aes-ecb/ });
  assert.throws(() => h.md5(new Uint8Array(2 ** 20 + 1)), { message: /the limit is 1048576/ });
});

test('X25519 agrees on the published secret', () => {
  // RFC 7748, section 5.2, the first vector.
  const scalar = fromHex('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4');
  const point = fromHex('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c');
  const secret = 'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552';
  assert.equal(hex(h.x25519(scalar, point)), secret);
  assert.throws(() => h.x25519(scalar, fromHex('00')), { message: /32 bytes, got 1/ });
  assert.throws(() => h.x25519(scalar, new Uint8Array(32)), RangeError);
});

test('random bytes are as many as asked for, and others each time', async () => {
  const drawn = Array.from({ length: 100 }, () => hex(h.randomBytes(16)));
  assert.equal(new Set(drawn).size, 100);
  assert.ok(drawn.every((text) => text.length === 32));
  assert.equal(h.randomBytes(0).length, 0);
  assert.equal(h.randomBytes(1_024).length, 1_024);
  for (const count of [
    -1,
    1.5,
    1_025,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '8' as never,
    undefined as never,
  ])
    assert.throws(() => h.randomBytes(count), { name: 'RangeError', message: /from 0 to 1024/ });
  const script = await sandbox.load(`
    import { hex, randomBytes } from 'fairlead:helpers';
    export const uplink = () => ({ values: { a: hex(randomBytes(8)), b: hex(randomBytes(8)) } });`);
  const { a, b } = values((await script.uplink([frame(0)], context())).results[0]) as {
    a: string;
    b: string;
  };
  assert.match(a, /^[0-9a-f]{16}$/);
  assert.notEqual(a, b);
});

test('what zlib, gzip and deflate made is inflated, within a bound', () => {
  const data = utf8Bytes('a'.repeat(1_000));
  assert.deepEqual(h.inflate(deflateSync(data)), data);
  assert.deepEqual(h.inflate(gzipSync(data)), data);
  assert.deepEqual(h.inflate(deflateRawSync(data), { raw: true, max: 1_000 }), data);
  assert.throws(() => h.inflate(deflateSync(data), { max: 999 }), {
    name: 'RangeError',
    message: /more than 999/,
  });
  assert.throws(() => h.inflate(deflateSync(new Uint8Array(2 ** 21))), { message: /more than 1048576/ });
  assert.throws(() => h.inflate(data), { message: /not compressed/ });
  assert.throws(() => h.inflate(data, { max: 2 ** 21 }), { message: /"max"/ });
});

test('text of legacy encodings goes both ways', () => {
  const published: [encoding: string, text: string, hex: string][] = [
    ['gbk', '中文', 'd6d0cec4'],
    ['GB2312', '京A12345', 'bea9413132333435'],
    ['gb18030', '€😀ぁ', 'a2e39439fc36a4a1'],
    ['gb18030', '\u0080', '81308130'],
    ['big5', '中文', 'a4a4a4e5'],
    ['shift_jis', '日本ｱ', '93fa967bb1'],
    ['euc-jp', '日本', 'c6fccbdc'],
    ['euc-kr', '한국', 'c7d1b1b9'],
    ['windows-1251', 'Привет', 'cff0e8e2e5f2'],
    ['cp1252', '€', '80'],
    ['koi8-r', 'Привет', 'f0d2c9d7c5d4'],
    ['cp437', 'Ää½α', '8e84abe0'],
    ['IBM850', 'Øß', '9de1'],
    ['cp866', 'Да', '84a0'],
    ['iso-8859-5', 'Да', 'b4d0'],
    ['latin1', 'é\u0080', 'e980'],
    ['utf-16le', 'é😀', 'e9003dd800de'],
    ['utf-16be', 'é', '00e9'],
    ['utf-8', 'é', 'c3a9'],
  ];
  for (const [encoding, text, bytes] of published) {
    assert.equal(hex(h.encodeText(text, encoding)), bytes, encoding);
    assert.equal(h.decodeText(fromHex(bytes), encoding), text, encoding);
  }
  assert.equal(h.decodeText(fromHex('d6'), 'gbk'), '\ufffd');
  assert.equal(hex(h.encodeText('한😀?', 'latin1')), '3f3f3f');
  for (const encoding of ['nothing', 'hex', '', 'constructor']) {
    assert.throws(() => h.decodeText(fromHex('41'), encoding), {
      name: 'RangeError',
      message: /no encoding/,
    });
    assert.throws(() => h.encodeText('A', encoding), RangeError);
  }
});

test('what these encodings encode, they decode again', () => {
  for (const encoding of [
    'gbk',
    'gb18030',
    'big5',
    'shift_jis',
    'euc-jp',
    'euc-kr',
    'windows-1250',
    'cp437',
    'cp850',
  ]) {
    let wrong = 0;
    let known = 0;
    for (let point = 0x80; point < 0xfffd; point++) {
      if (point >= 0xd800 && point < 0xe000) continue;
      const text = String.fromCodePoint(point);
      const bytes = callHost('encodeText', text, encoding) as Uint8Array;
      if (bytes.length === 1 && bytes[0] === 0x3f) continue;
      known += 1;
      if (h.decodeText(bytes, encoding) !== text) wrong += 1;
    }
    assert.equal(wrong, 0, encoding);
    assert.ok(known > 8_000 || /125|cp/.test(encoding), `${encoding}: ${known}`);
  }
});

test('inside an isolate they do the same, and the host itself is out of reach', async () => {
  const script = await sandbox.load(`
    import { md5, hex, decodeText, encodeText, inflate, encrypt, decrypt } from 'fairlead:helpers';
    const early = typeof fairleadHost;
    export function uplink(bytes) {
      if (bytes.length > 100) return { values: { n: inflate(bytes).length } };
      const key = bytes.subarray(2);
      return { values: {
        host: [early, typeof globalThis.fairleadHost],
        md5: hex(md5(key)), text: decodeText(encodeText('中', 'gbk'), 'gbk'),
        same: hex(decrypt('aes-ecb', key, encrypt('aes-ecb', key, bytes))) === hex(bytes),
        kind: Object.getPrototypeOf(md5(key)) === Uint8Array.prototype, own: md5(key).buffer.byteLength,
      } };
    }`);
  const input = frame(...Array.from({ length: 18 }, (_, i) => i));
  const bomb = deflateSync(new Uint8Array(2 ** 21));
  const {
    results: [good, big],
  } = await script.uplink([input, bomb], context());
  assert.deepEqual(values(good), {
    host: ['undefined', 'undefined'],
    md5: hex(h.md5(input.subarray(2))),
    text: '中',
    same: true,
    kind: true,
    own: 16,
  });
  assert.match(errorOf(big, 'SCRIPT_FAILED').message, /inflate: more than 1048576 bytes/);
});

test('the time of host calls is bounded for each entry into a script', () => {
  const host = new Host(1);
  assert.equal(host.call('digest', 'md5', new Uint8Array()), '!the time for such functions is used up');
  host.renew();
  let calls = 0;
  while (typeof host.call('digest', 'sha256', new Uint8Array(2 ** 20)) !== 'string') calls += 1;
  assert.ok(calls > 0);
  host.renew();
  assert.equal(typeof host.call('digest', 'md5', new Uint8Array()), 'object');
});

test('a script that keeps the host busy is stopped like any other', async () => {
  const script = await sandbox.load(`
    import { sha256 } from 'fairlead:helpers';
    const big = new Uint8Array(2 ** 20);
    export function uplink(bytes) { for (;;) try { sha256(big); } catch (error) { if (bytes[0] === 1) throw error; } }`);
  // Which bound is met first depends on how busy the machine is.
  for (const n of [1, 2]) {
    const [result] = (await script.uplink([frame(n)], context())).results;
    assert.match(
      String(result?.error?.code),
      n === 1 ? /^SCRIPT_(FAILED|TIMEOUT|KILLED)$/ : /^SCRIPT_(TIMEOUT|KILLED)$/,
    );
  }
});
