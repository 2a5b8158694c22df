import assert from 'node:assert/strict';
import { it } from 'node:test';
import { codePage } from '@fairlead/tcp';
import type { ExchangeEvent } from '../../src/engine/types.ts';
import { Incoming } from '../../src/live/incoming.ts';

it('a peer that sends byte order marks alone fills no memory', () => {
  const events: ExchangeEvent[] = [];
  const page = codePage('utf-8', { onInvalid: 'replace' });
  const incoming = new Incoming({ take: () => undefined }, page, true, (event) => events.push(event));
  const mark = Buffer.from([0xef, 0xbb, 0xbf]);
  for (let n = 0; n < 1_000; n++) incoming.frame(mark);
  incoming.frame(Buffer.from('Hi'));
  const [event] = events;
  assert.ok(event?.type === 'received' && events.length === 1);
  assert.equal(event.message.text, 'Hi');
  assert.ok(event.message.bytes.length <= 18, `${event.message.bytes.length} bytes were kept`);
});
