import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codePage } from '@fairlead/tcp';
import { parseConnection } from '../../src/connection/schema.ts';
import { dryRun } from '../../src/dry-run/dry-run.ts';
import type { NextStep } from '../../src/dry-run/stepping.ts';
import { compileTree } from '../../src/rules/compile.ts';
import { EnvironmentMask } from '../../src/run/environment-mask.ts';
import { open } from '../house.ts';
import { listenPeer } from '../live/peer.ts';

const SECRET = 'pa"ss-wörd';
const HEX = Buffer.from(SECRET).toString('hex');
const environment = new Map([['PASSWORD', SECRET]]);
const rules = [
  { send: 'login {{env.PASSWORD}}', key: 'LOGIN' },
  { receive: 5, key: 'ECHO' },
  { send: '{"again": "{{result.LOGIN}}", "p": "{{env.PASSWORD}}"}' },
] as const;

/** Says again what it is told. */
const echo = () => listenPeer((socket) => socket.on('end', () => socket.end()).pipe(socket));

const leaks = (value: unknown): boolean => {
  const text = JSON.stringify(value);
  return text.includes('ss-w') || text.includes(HEX) || text.includes(Buffer.from('ss-w').toString('hex'));
};

describe('a value of the environment', () => {
  it('is in clear neither in the lines nor in the results of a test of rules, nor in its questions', async () => {
    await using peer = await echo();
    const said: unknown[] = [];
    const asked: NextStep[] = [];
    const result = await dryRun({
      tree: compileTree(rules, 'task'),
      connection: parseConnection({ port: peer.port }),
      as: 'task',
      codePages: codePage,
      environment,
      step: (line) => said.push(line),
      ask: async (next) => {
        asked.push(next);
        return 'step';
      },
    });
    assert.equal(result?.record.result, 'success');
    assert.equal(asked.filter(({ type }) => type === 'send').length, 2);
    for (const shown of [said, asked, result]) assert.equal(leaks(shown), false, JSON.stringify(shown));
    assert.deepEqual(result.record.messages, [
      { key: 'LOGIN', text: 'login ••••' },
      { key: 'ECHO', text: 'login ••••' },
    ]);
    assert.equal(result.record.output[1]?.hex, `6c6f67696e20${'••'.repeat(HEX.length / 2)}`);
  });

  it('is in clear nowhere in the history of a task, and in all steps of a job that need it', async () => {
    await using peer = await echo();
    await using house = await open({ environment });
    const { automation } = house;
    const connection = { port: peer.port };
    const { id, record } = automation.startTask({ connection, rules });
    await record;
    assert.equal(leaks(automation.run(id, true)), false);
    await automation.put('task', 'login', { connection, rules });
    const steps = [{ task: 'login' }, { publish: { topic: 't', payload: '{{result.LOGIN}}' } }];
    await automation.put('job', 'job', { steps });
    await automation.startJob('job').ended;
    assert.deepEqual(house.published, [`t login ${SECRET} false`]);
  });

  it('is hidden at the end of what is shown of a long text, too, and short ones are not', () => {
    const tree = compileTree([{ send: '{{env.PASSWORD}}{{env.SHORT}}' }], 'task');
    const hide = new EnvironmentMask(tree, new Map([...environment, ['SHORT', 'x']]), codePage('utf-8'));
    for (let size = 0; size < 2_200; size++) {
      const text = 'x'.repeat(size) + SECRET;
      assert.equal(leaks([hide.text(text), hide.hex(Buffer.from(text))]), false, String(size));
    }
    assert.equal(hide.text('xx'), 'xx');
  });
});
