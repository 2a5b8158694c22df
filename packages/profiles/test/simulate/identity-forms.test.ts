import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityLike, replaceIdentity } from '../../src/simulate/identity-forms.ts';

test('identities count in their last digits; an IMEI keeps a right check digit', () => {
  assert.equal(identityLike('SN-00471', 12), 'SN-00012');
  assert.equal(identityLike('2f19229199007f12ab', 3), '2f19229199007f03ab');
  assert.equal(identityLike('863586038760942', 1), '863586030000016');
  assert.equal(identityLike('Analyser_X', 7), 'An000007_X');
  assert.equal(identityLike('VITALS@ICU', 7), '000007@ICU');
});

test('there are no more devices than the digits can count', () => {
  assert.equal(identityLike('A9', 9), 'A9');
  assert.equal(identityLike('A9', 10), undefined);
  assert.equal(identityLike('A-B', 1), undefined);
});

test('an identity is replaced in whatever form it stands there, in each place', () => {
  for (const [form, from, to, bytes, changed] of [
    ['text', '12345678', '12000001', '3132333435363738ff', '3132303030303031ff'],
    ['text, twice', 'ab1', 'ab2', '616231006162 31', '616232006162 32'],
    ['upper case', 'a1b2c3', 'a1b2c4', '413142324333', '413142324334'],
    ['BCD', '12345678', '12000001', 'aa12345678', 'aa12000001'],
    ['BCD with a zero before', '1234567', '1200001', 'aa01234567', 'aa01200001'],
    ['BCD with f after', '1234567', '1200001', 'aa1234567f', 'aa1200001f'],
    ['BCD from behind', '12345678', '12000001', 'aa78563412', 'aa01000012'],
    ['hex', '0a0b0c0d', '0a0b0c01', 'aa0a0b0c0d', 'aa0a0b0c01'],
    ['integer', '305419896', '305000001', 'aa12345678', 'aa122dee41'],
    ['integer, little-endian', '305419896', '305000001', 'aa78563412', 'aa41ee2d12'],
    ['a field', 'VITALS@ICU', '000001@ICU', '564954414c537c494355', '3030303030317c494355'],
  ] as const) {
    const plain = (hex: string) => hex.replaceAll(' ', '');
    const frame = Buffer.from(plain(bytes), 'hex');
    assert.ok(replaceIdentity(frame, from, to) > 0, form);
    assert.equal(frame.toString('hex'), plain(changed), form);
  }
});

test('an identity that is not there is replaced nowhere', () => {
  const frame = Buffer.from('78780d01', 'hex');
  assert.equal(replaceIdentity(frame, '863586038760942', '863586038760959'), 0);
  // A small number as four bytes would be found where it is none.
  assert.equal(replaceIdentity(Buffer.from('0000000700', 'hex'), '7', '8'), 0);
  assert.equal(replaceIdentity(Buffer.from('0000471100', 'hex'), '4711', '4712'), 0);
  assert.equal(frame.toString('hex'), '78780d01');
});
