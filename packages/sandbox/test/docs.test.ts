import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import { createSandbox, type Script, type StateChange } from '../src/index.ts';
import { context } from './support.ts';

/** `docs/scripts.md`: each code block, and the examples in the block after it. */
const guide = readFileSync(new URL('../../../docs/scripts.md', import.meta.url), 'utf8');
const blocks = [...guide.matchAll(/```(?:js|ts)\n(.*?)```\n```example\n(.*?)```/gs)];

const sandbox = createSandbox();
after(() => sandbox.close());

/** What came out, in the words of the guide. The calls of one example belong to one link, whose states go from call to call. */
async function outcome(script: Script, call: string, states: StateChange): Promise<string> {
  const [direction, ...rest] = call.split(' ');
  const bytes = Buffer.from(rest.join(''), 'hex');
  const ctx = { ...context(), ...states };
  const keep = <T extends StateChange>(result: T): T => {
    Object.assign(states, { ...states, ...result });
    return result;
  };
  const replied = (replies: readonly Buffer[] = []) =>
    replies.map((reply) => `reply ${reply.toString('hex')}`);
  try {
    switch (direction) {
      case 'downlink': {
        const input = { kind: rest[0] as 'command', values: JSON.parse(rest.slice(1).join(' ')) };
        return Buffer.concat(keep(await script.downlink(input, ctx)).bytes).toString('hex');
      }
      case 'identify': {
        const { result } = keep(await script.identify(bytes, ctx));
        if (result === undefined) return 'nothing';
        const { id, secret, replies, consumed } = result;
        const named = id === undefined ? [] : [`id ${id}`];
        if (secret !== undefined) named.push(`secret ${secret.toString('hex')}`);
        return [...named, ...replied(replies), ...(id !== undefined && consumed ? ['consumed'] : [])].join(
          ' ',
        );
      }
      case 'poll': {
        const { requests } = keep(await script.poll(ctx));
        const told = requests.map(({ send, expect, data }) => {
          const places = expect.map(({ at, bytes }) => `expect ${at}:${bytes.toString('hex')}`);
          return [`send ${send.toString('hex')}`, ...places, `data ${data}`].join(' ');
        });
        return told.join(' ');
      }
      default: {
        const [result] = keep(await script.uplink([bytes], ctx)).results;
        if (result?.error !== undefined) throw result.error;
        const messages = result?.messages.map(({ json, time }) =>
          time === undefined ? json : `${json} at ${new Date(time).toISOString()}`,
        );
        return [...(messages ?? []), ...replied(result?.replies)].join(' ') || 'nothing';
      }
    }
  } catch (error) {
    if (isFairleadError(error)) return error.code;
    throw error;
  }
}

test('the guide has examples, all of which are run', () => {
  assert.equal(blocks.length, guide.match(/```(?:js|ts)\n/g)?.length);
  assert.ok(blocks.length >= 8);
});

for (const [index, [, source, examples]] of blocks.entries()) {
  test(`example ${index + 1} of the guide does what it says`, async () => {
    const script = await sandbox.load(source as string);
    const states = {};
    for (const line of (examples as string).trim().split('\n')) {
      const [call, expected] = line.split(' -> ') as [string, string];
      assert.equal(await outcome(script, call, states), expected, call);
    }
  });
}
