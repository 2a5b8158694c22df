import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { globMatches } from '../../src/fanout/glob.ts';
import { topicRoute } from '../../src/fanout/route.ts';

test('a pattern matches as a regular expression would', () => {
  const pattern = fc.stringMatching(/^[ab*?]{0,8}$/);
  const name = fc.stringMatching(/^[ab]{0,8}$/);
  fc.assert(
    fc.property(pattern, name, (glob, text) => {
      const expression = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
      assert.equal(globMatches(glob, text), expression.test(text), `${glob} ${text}`);
    }),
  );
});

const templates = (selected: readonly string[]) =>
  ['attributes', 'events', 'status'].map((kind) => ({
    template: `site/{device}/${kind}`,
    selected: selected.includes(kind),
  }));

test('routes by kind, device and filter', () => {
  const takes = topicRoute({
    templates: templates(['attributes']),
    devices: ['pump-*', 'press'],
    filters: ['drivers/#'],
    others: false,
  });
  const taken = [
    'site/pump-1/attributes',
    'site/press/attributes',
    'site/press-2/attributes',
    'site/pump-1/events',
    'site/a/b/attributes',
    'site//attributes',
    'drivers/mount/RA',
    'service/status',
  ].filter(takes);
  assert.deepEqual(taken, ['site/pump-1/attributes', 'site/press/attributes', 'drivers/mount/RA']);
  const others = topicRoute({ templates: templates([]), devices: ['*'], filters: [], others: true });
  assert.deepEqual(['site/a/events', 'site/a/result', 'x'].map(others), [false, true, true]);
});
