import assert from 'node:assert/strict';
import { it } from 'node:test';
import { coreErrors } from '@fairlead/core';
import { FakeClock, memoryPair } from '@fairlead/testkit';
import { type Link, line } from '../../src/index.ts';
import { FramedLink } from '../../src/link/framed-link.ts';

it('a link shows no machinery, and its cause cannot be assigned', () => {
  const [near] = memoryPair();
  const owner = { frames() {}, closed() {} };
  const settings = { clock: new FakeClock(), writeBuffer: 1, closeGrace: 1 };
  const link: Link<string> = new FramedLink(near, line(), owner, settings);
  const hidden = () => [
    // @ts-expect-error: internal
    link.deliver,
    // @ts-expect-error: internal
    link.expect,
    // @ts-expect-error: internal
    link.settings,
    // @ts-expect-error: internal
    link.onData,
  ];
  assert.equal(hidden().length, 4);
  assert.throws(() => {
    // @ts-expect-error: read-only
    link.cause = coreErrors.error('LINK_CLOSED');
  }, TypeError);
  assert.equal(link.cause, undefined);
});
