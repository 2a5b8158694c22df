import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { codePage } from '@fairlead/tcp';
import { FakeClock, freePort } from '@fairlead/testkit';
import { parseConnection } from '../../src/connection/schema.ts';
import { type DryRunLine, type DryRunOptions, dryRun } from '../../src/dry-run/dry-run.ts';
import type { NextStep, StepAnswer } from '../../src/dry-run/stepping.ts';
import { demoTask, demoTrigger } from '../../src/rules/demo.ts';
import { parseRules } from '../../src/rules/parse.ts';
import { listenPeer } from '../live/peer.ts';

const side = (text: string, role: 'task' | 'trigger', fields: object = {}) => ({
  tree: parseRules(text, role).tree,
  connection: parseConnection(fields),
});

/** Runs the demo, one side against the other, and notes what was asked and what happened. */
async function demo(
  answer: (next: NextStep) => StepAnswer | Promise<StepAnswer>,
  others: Partial<DryRunOptions> = {},
) {
  const said: string[] = [];
  const asked: NextStep[] = [];
  const result = await dryRun({
    ...side(demoTask, 'task', { timeout: 5 }),
    as: 'task',
    peer: side(demoTrigger, 'trigger', { timeout: 5 }),
    codePages: codePage,
    step: ({ side: of, type, text }: DryRunLine) =>
      void (type !== 'info' && said.push(`${of} ${type} ${text}`)),
    ask: async (next) => {
      asked.push(next);
      said.push(`asked ${next.side} ${next.type}`);
      return answer(next);
    },
    ...others,
  });
  return { result, said, asked };
}

describe('step by step', () => {
  it('shows bytes that are no text, with onInvalid: strict, instead of ending the run', async () => {
    await using peer = await listenPeer((socket) => socket.on('data', () => socket.end()));
    const asked: NextStep[] = [];
    const result = await dryRun({
      ...side('rules: [{ send: { hex: "4f 4b ff" }, exit: success }]', 'task', {
        port: peer.port,
        onInvalid: 'strict',
      }),
      as: 'task',
      codePages: codePage,
      step: () => {},
      ask: async (next) => {
        asked.push(next);
        return 'step';
      },
    });
    assert.deepEqual([result?.record.result, asked[0]?.text], ['success', 'OK\ufffd']);
  });

  it('asks before each message is sent or awaited, one side at a time', async () => {
    let open = 0;
    const { result, said, asked } = await demo(async () => {
      assert.equal(++open, 1);
      await new Promise((resolve) => setImmediate(resolve));
      open--;
      return 'step' as const;
    });
    assert.deepEqual([result?.record.result, result?.peer?.result], ['success', 'success']);
    for (const line of ['task sent Handshake', 'trigger sent Heartbeat', 'task sent Some instruction']) {
      const [of] = line.split(' ') as [string];
      assert.ok(said.indexOf(`asked ${of} send`) < said.indexOf(line), said.join('\n'));
    }
    assert.equal(asked.filter(({ type }) => type === 'send').length, 3);
    assert.deepEqual(
      asked.find(({ side: of, type }) => of === 'trigger' && type === 'send'),
      {
        side: 'trigger',
        type: 'send',
        text: 'Heartbeat',
        hex: Buffer.from('Heartbeat').toString('hex'),
      },
    );
  });

  it('runs on without asking', async () => {
    const { result, asked } = await demo(() => 'run');
    assert.equal(result?.record.result, 'success');
    assert.equal(asked.length, 1);
  });

  it('stops, and the record says so', async () => {
    const { result, said } = await demo(({ type }) => (type === 'send' ? 'stop' : 'step'));
    assert.deepEqual([result?.record.result, result?.record.code], ['stopped', 'RUN_STOPPED']);
    assert.deepEqual(
      said.filter((line) => / sent /.test(line)),
      [],
    );
  });

  it('time stands still while a person thinks', async () => {
    const clock = new FakeClock();
    await using peer = await listenPeer((socket) => socket.on('data', () => socket.end('Heartbeat')));
    const { result } = await demo(
      async () => {
        await clock.advance(3_600_000);
        return 'step' as const;
      },
      { clock, peer: undefined, ...side(demoTask, 'task', { port: peer.port, timeout: 5 }) },
    );
    assert.deepEqual([result?.record.result, result?.record.duration], ['success', 0]);
  });

  it('an interruption ends the question', async () => {
    const stop = new AbortController();
    const { result } = await demo(
      () => {
        setImmediate(() => stop.abort('Ctrl-C'));
        return new Promise(() => {});
      },
      { signal: stop.signal },
    );
    assert.equal(result?.record.result, 'stopped');
  });
});

describe('the console', () => {
  it('a peer that refuses has an outcome', async () => {
    const port = await freePort();
    const result = await dryRun({
      ...side(demoTask, 'task', { port }),
      as: 'task',
      codePages: codePage,
      step: () => {},
    });
    assert.deepEqual([result?.record.result, result?.record.code], ['failure', 'CONNECT_REFUSED']);
  });

  for (const [maxIterations, sent] of [
    [undefined, 10],
    [3, 3],
    [999, 999],
  ] as const)
    it(`the maximum of iterations caps each rule: ${maxIterations ?? 'by default'}`, async () => {
      let count = 0;
      const result = await dryRun({
        ...side('rules: [{ send: x, iterations: forever }]', 'task'),
        as: 'task',
        peer: side('rules: [{ receive: 0, iterations: forever }]', 'trigger'),
        maxIterations,
        codePages: codePage,
        step: ({ side: of, type }) => void (of === 'task' && type === 'sent' && count++),
      });
      assert.deepEqual([result?.record.result, count], ['stopped', sent]);
      const { reason, code, error, output } = result?.record ?? {};
      assert.deepEqual([reason, code], ['cut', 'RUN_CUT']);
      assert.match(error ?? '', new RegExp(`^The rule "Send \\(\\*\\) : x" was repeated ${sent} times`));
      assert.equal(output?.at(-1)?.text, error);
    });
});

it('rules that the maximum does not cut short are completed', async () => {
  await using peer = await listenPeer((socket) => socket.on('end', () => socket.end()).resume());
  const result = await dryRun({
    ...side('rules: [{ send: x, iterations: 3 }]', 'task', { port: peer.port }),
    as: 'task',
    maxIterations: 3,
    codePages: codePage,
    step: () => {},
  });
  assert.deepEqual([result?.record.result, result?.record.reason], ['success', 'completed']);
});

it('a trigger that is stopped has the record of the client that was there', async () => {
  const stop = new AbortController();
  const port = await freePort();
  const result = await dryRun({
    ...side('- send: x\n- receive:\n', 'trigger', { port }),
    as: 'trigger',
    codePages: codePage,
    signal: stop.signal,
    step: () => {},
    listening: () => {
      const client = connect(port, '127.0.0.1').on('error', () => {});
      client.once('data', () => stop.abort('a person stopped it'));
    },
  });
  assert.deepEqual([result?.record.result, result?.record.code], ['stopped', 'RUN_STOPPED']);
});
