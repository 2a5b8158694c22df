import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatNumber, formatSexagesimal, parseNumber, wireNumber } from '../../src/index.ts';

describe('wireNumber', () => {
  it('prints what C prints with %.20g', () => {
    const printed: [number, string][] = [
      [0, '0'],
      [-0, '-0'],
      [1, '1'],
      [0.1, '0.10000000000000000555'],
      [1 / 3, '0.33333333333333331483'],
      [1e15, '1000000000000000'],
      [1e20, '1e+20'],
      [2 ** 63, '9223372036854775808'],
      [1e21, '1e+21'],
      [1.5e300, '1.5000000000000000788e+300'],
      [-2.5, '-2.5'],
      [0.0001, '0.00010000000000000000479'],
      [0.00001, '1.0000000000000000818e-05'],
      [1e-300, '1.0000000000000000251e-300'],
      [123456789.125, '123456789.125'],
      [Number.NaN, 'nan'],
      [Number.NEGATIVE_INFINITY, '-inf'],
    ];
    for (const [value, text] of printed) assert.equal(wireNumber(value), text);
  });

  it('loses nothing', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        assert.ok(Object.is(parseNumber(wireNumber(value)), value));
      }),
    );
  });
});

describe('parseNumber', () => {
  it('reads sexagesimal with any separator', () => {
    const read: [string, number][] = [
      ['12:30', 12.5],
      ['-0:30', -0.5],
      ['12 30 36', 12.51],
      ["+45*30'36", 45.51],
      ['12h30m36s', 12.51],
      ['12;30;36.0', 12.51],
      ['  -12:30:00 ', -12.5],
      ['1:60', 2],
      ['12:', 12],
      ['.5', 0.5],
      ['5.', 5],
      ['1e3', 1_000],
      ['-1.5E-3', -0.0015],
    ];
    for (const [text, value] of read)
      assert.ok(Math.abs((parseNumber(text) ?? Number.NaN) - value) < 1e-12, text);
  });

  it('says when it is no number', () => {
    for (const text of ['', ' ', 'abc', '12abc', '--1', '1:2:3:4', '1e', 'NaNa', '1.2.3', ':'])
      assert.equal(parseNumber(text), undefined, text);
  });

  it('reads what is not finite', () => {
    assert.equal(parseNumber('nan'), Number.NaN);
    assert.equal(parseNumber('-inf'), Number.NEGATIVE_INFINITY);
  });
});

describe('formatNumber', () => {
  it('follows printf', () => {
    const shown: [string, number, string][] = [
      ['%g', 1e-5, '1e-05'],
      ['%g', 123456, '123456'],
      ['%g', 1234567, '1.23457e+06'],
      ['%.f', 2.6, '3'],
      ['%8.3f', Math.PI, '   3.142'],
      ['%08.3f', -Math.PI, '-003.142'],
      ['%-8.1f|', Math.PI, '3.1     |'],
      ['%+d', 5.9, '+5'],
      ['%4.0f %%', 50, '  50 %'],
      ['%lf', 1, '1.000000'],
      ['%E', 12345, '1.234500E+04'],
      ['%x', 255, 'ff'],
      ['%#g', 1, '1.00000'],
      ['%.2f', 1e22, '10000000000000000000000.00'],
      ['%5.1f', Number.NaN, '  nan'],
      ['', 1.5, '1.5'],
      ['%?', 1.5, '1.5'],
    ];
    for (const [format, value, text] of shown)
      assert.equal(formatNumber(format, value), text, `${format} of ${value}`);
  });

  it('shows hours and degrees', () => {
    const shown: [string, number, string][] = [
      ['%010.6m', 12.51, '  12:30:36'],
      ['%010.6m', -0.5, '  -0:30:00'],
      ['%9.6m', 5, '  5:00:00'],
      ['%10.9m', 12.51, '12:30:36.00'],
      ['%11.8m', -12.51, '-12:30:36.0'],
      ['%8.5m', 12.51, ' 12:30.6'],
      ['%7.3m', 12.51, '  12:31'],
      ['%9.6m', 23.999999, ' 24:00:00'],
    ];
    for (const [format, value, text] of shown)
      assert.equal(formatNumber(format, value), text, `${format} of ${value}`);
    assert.equal(formatSexagesimal(1.5, 0, 6), '1:30:00');
  });

  it('shows hours and degrees so that they are read back', () => {
    fc.assert(
      fc.property(fc.double({ min: -360, max: 360, noNaN: true }), (value) => {
        const read = parseNumber(formatNumber('%12.9m', value)) as number;
        assert.ok(Math.abs(read - value) <= 0.5 / 360_000 + 1e-9, `${value} ${read}`);
      }),
    );
  });
});
