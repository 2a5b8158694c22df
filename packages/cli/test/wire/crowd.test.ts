import assert from 'node:assert/strict';
import { it } from 'node:test';
import { memoryPair } from '@fairlead/testkit';
import { Crowd } from '../../src/wire/crowd.ts';
import { Exchange } from '../../src/wire/exchange.ts';
import type { Plan } from '../../src/wire/plan.ts';
import { TestTerminal } from '../support/terminal.ts';

const plan: Plan = {
  codec: undefined,
  framed: false,
  page: undefined,
  crlf: false,
  hex: false,
  marks: false,
  json: false,
  peers: true,
  send: [],
  expect: undefined,
  count: undefined,
  wait: undefined,
  halfClose: false,
};

for (const together of [true, false])
  it(`strangers cannot fill the memory of "listen", together: ${together}`, async () => {
    const terminal = new TestTerminal();
    using exchange = new Exchange(terminal, plan);
    const crowd = new Crowd(terminal, plan, exchange, { together, once: false, most: 3 });
    const codes: string[] = [];
    for (let n = 0; n < 6; n++) {
      const [ours, theirs] = memoryPair(`memory:${n}`, `client:${n}`);
      theirs.start({
        onData: () => {},
        onEnd: () => {},
        onDrain: () => {},
        onClosed: () => codes.push(`${n}`),
      });
      crowd.accept(ours);
    }
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    assert.deepEqual(codes, ['3', '4', '5']);
    await crowd.close();
  });
