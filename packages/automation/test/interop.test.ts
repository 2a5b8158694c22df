/** Against programs that were written by themselves, in Python: one `recv` taken for one message. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { codePage } from '@fairlead/tcp';
import { eventually, requirePeer } from '@fairlead/testkit';
import { parseConnection } from '../src/connection/schema.ts';
import { demoTask, demoTrigger } from '../src/rules/demo.ts';
import { parseRules } from '../src/rules/parse.ts';
import { runTask } from '../src/task/run-task.ts';
import type { TriggerFire } from '../src/trigger/exchanges.ts';
import { startTrigger } from '../src/trigger/trigger.ts';

const script = (name: string) => fileURLToPath(new URL(`../../../interop/${name}`, import.meta.url));

/** By our name of the code page and Python's; what is said fits into it. */
const languages = [
  ['utf-8', 'utf-8', 'Grüße 猫 ☃ 😀'],
  ['windows-1252', 'cp1252', 'Größe: 5 €, “naïve”'],
  ['shift_jis', 'shift_jis', '開始 ｱｲｳ ソ表'],
  ['utf-16', 'utf-16', 'Привет 😀'], // Python puts a byte order mark before each message
  ['utf-16le', 'utf-16-le', 'Привет 猫'],
  ['utf-16be', 'utf-16-be', 'Привет 猫'],
] as const;

function python(name: string, ...args: string[]) {
  const child = spawn('python3', [script(name), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { line: async () => (await lines.next()).value as string | undefined, exited };
}

for (const [ours, theirs, instruction] of languages) {
  describe(ours, () => {
    it('our task, their listener', async (t) => {
      if (!requirePeer(t, 'python3')) return;
      const peer = python('rules_listener.py', theirs, '2');
      const port = Number(await peer.line());
      const record = await runTask({
        tree: parseRules(
          demoTask.replace('Some instruction', () => JSON.stringify(instruction)),
          'task',
        ).tree,
        connection: parseConnection({ port, codePage: ours, onInvalid: 'strict', timeout: 10 }),
        codePages: codePage,
      });
      assert.equal(record.result, 'success', record.error ?? '');
      assert.equal(await peer.line(), instruction);
      assert.equal(await peer.exited, 0);
    });

    it('our trigger, their client', async (t) => {
      if (!requirePeer(t, 'python3')) return;
      const fires: TriggerFire[] = [];
      await using trigger = await startTrigger({
        name: 'door',
        tree: parseRules(demoTrigger, 'trigger').tree,
        connection: parseConnection({ port: 0, codePage: ours, onInvalid: 'strict', timeout: 10 }),
        codePages: codePage,
        fire: (fire) => fires.push(fire),
      });
      const peer = python(
        'rules_client.py',
        trigger.address.split(':').at(-1) as string,
        theirs,
        instruction,
      );
      assert.equal(await peer.line(), 'Heartbeat');
      assert.equal(await peer.exited, 0);
      await eventually(() => fires.length === 1, 'the trigger fires');
      assert.equal(fires[0]?.textBody, instruction);
    });
  });
}
