import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openProfiles } from '../src/profiles.ts';

test('what a profile says of messages to its devices and of their rate is kept', async () => {
  const reader = await openProfiles();
  const yaml = `name: slow
title: Slow
source: [a test]
version: 1.0.0
framing: line
rate: {messages: 5, per: 1s}
downlinks: {keep: 1h, window: 10s, gap: 1s}
`;
  const { downlinks, rate } = reader.parse({ 'profile.yaml': yaml });
  assert.deepEqual(downlinks, { keep: 3_600_000, window: 10_000, gap: 1_000 });
  assert.deepEqual(rate, { messages: 5, per: 1_000 });
});
