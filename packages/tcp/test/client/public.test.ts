import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Client, connect, line, pool } from '../../src/index.ts';

it('a client shows no machinery, lent or not', async () => {
  const dial = () => Promise.reject(new Error('nobody is there'));
  await using client: Client<string> = connect('tcp://127.0.0.1:1', { codec: line(), dial });
  await using lender = pool('tcp://127.0.0.1:1', { codec: line(), dial });
  const hidden = () => [
    // @ts-expect-error: internal
    client.start,
    // @ts-expect-error: internal
    client.quiet,
    // @ts-expect-error: internal
    async () => (await lender.acquire()).client.quiet,
  ];
  assert.equal(hidden().length, 3);
});
