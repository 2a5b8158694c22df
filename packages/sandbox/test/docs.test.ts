import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import { createSandbox, type Script } from '../src/index.ts';
import { context } from './support.ts';

/** `docs/scripts.md`: each code block, and the examples in the block after it. */
const guide = readFileSync(new URL('../../../docs/scripts.md', import.meta.url), 'utf8');
const blocks = [...guide.matchAll(/```(?:js|ts)\n(.*?)```\n```example\n(.*?)```/gs)];

const sandbox = createSandbox();
after(() => sandbox.close());

/** What came out, in the words of the guide. */
async function outcome(script: Script, call: string): Promise<string> {
  const [direction, ...rest] = call.split(' ');
  try {
    if (direction === 'downlink') {
      const input = { kind: rest[0] as 'command', values: JSON.parse(rest.slice(1).join(' ')) };
      return Buffer.concat((await script.downlink(input, context())).bytes).toString('hex');
    }
    const {
      results: [result],
    } = await script.uplink([Buffer.from(rest.join(''), 'hex')], context());
    if (result?.error !== undefined) throw result.error;
    const messages = result?.messages.map(({ json, time }) =>
      time === undefined ? json : `${json} at ${new Date(time).toISOString()}`,
    );
    const replies = result?.replies.map((reply) => `reply ${reply.toString('hex')}`);
    return [...(messages ?? []), ...(replies ?? [])].join(' ') || 'nothing';
  } catch (error) {
    if (isFairleadError(error)) return error.code;
    throw error;
  }
}

test('the guide has examples, all of which are run', () => {
  assert.equal(blocks.length, guide.match(/```(?:js|ts)\n/g)?.length);
  assert.ok(blocks.length >= 5);
});

for (const [index, [, source, examples]] of blocks.entries()) {
  test(`example ${index + 1} of the guide does what it says`, async () => {
    const script = await sandbox.load(source as string);
    for (const line of (examples as string).trim().split('\n')) {
      const [call, expected] = line.split(' -> ') as [string, string];
      assert.equal(await outcome(script, call), expected, call);
    }
  });
}
