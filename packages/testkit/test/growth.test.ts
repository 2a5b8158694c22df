import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertLinear } from '@fairlead/testkit';

describe('assertLinear', () => {
  const numbers = (size: number) => Array.from({ length: size }, (_, index) => index);

  it('accepts work in proportion to its input', () =>
    assertLinear(500_000, numbers, (all) => all.reduce((sum, n) => sum + Math.sqrt(n), 0)));

  it('refuses work that grows with the square of its input', () =>
    assert.rejects(
      assertLinear(3_000, numbers, (all) => all.filter((n, index) => all.indexOf(n) !== index).length),
      /Twice the input \(6000 instead of 3000\) takes/,
    ));
});
