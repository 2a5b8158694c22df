import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkRules } from '../../src/rules/parse.ts';
import { open } from '../house.ts';

/** What is said of a body that is sent over such a connection. */
function told(body: string, connection: object): string[] {
  const text = JSON.stringify(
    { connection, rules: [{ send: 'ok' }, { send: 'q', rules: [{ send: body }] }] },
    null,
    1,
  );
  return (checkRules(text).problems ?? []).map(({ path, reason }) => `${path}: ${reason}`);
}

describe('a body that can never be sent', () => {
  const line = { framing: 'line' };
  it('holds a line end although the framing adds it', () => {
    const words =
      'rules[1].rules[0].send: The codec "line" cannot encode this message: it holds a line feed; the framing "line" adds the line end by itself';
    assert.deepEqual(told('X\\r\\n', line), [words]);
    assert.deepEqual(told('{{var.x}}\\n', line), [words]);
    assert.deepEqual(told('X\\n', { framing: { rules: [{ kind: 'line', terminator: '\r\n' }] } }), [words]);
    assert.equal(told('X\\n', { framing: 'line', codePage: 'cp037' }).length, 1);
    assert.deepEqual(told('X', line), []);
    assert.deepEqual(told('X\\r\\n', {}), []);
    assert.equal(told('X\\r', line).length, 1);
  });

  it('does not fit the code page or the framing', () => {
    assert.match(
      told('→ {{var.x}}', { codePage: 'ascii', onInvalid: 'strict' })[0] ?? '',
      /does not exist in ascii/,
    );
    assert.deepEqual(told('→', { codePage: 'ascii' }), []);
    assert.equal(told('X', { framing: 'fixed:3' }).length, 3);
    assert.deepEqual(
      told('{{var.x}}', { framing: 'fixed:1' }).length,
      1,
      'what hangs on a value is seen later',
    );
  });

  it('is refused with its place when it is saved, for a saved connection too', async () => {
    await using house = await open();
    const { automation } = house;
    await automation.put('connection', 'scale', { port: 4001, framing: 'line' });
    const rules = [{ send: 'ok', rules: [{ send: 'X\\n' }] }];
    for (const kind of ['task', 'trigger'] as const)
      for (const connection of ['scale', { port: 4001, framing: 'line' }])
        await assert.rejects(automation.put(kind, 'x', { connection, rules }), (error: Error) => {
          const { code, details } = error as Error & { code: string; details: { pointer?: string } };
          assert.deepEqual([code, details.pointer], ['RULES_INVALID', '/rules/0/rules/0/send']);
          return true;
        });
  });
});
