import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLog, type LogOptions } from '../src/log.ts';

function lines(options: Partial<LogOptions>) {
  const out: string[] = [];
  const stream = { write: (line: string) => void out.push(line) };
  const log = createLog({ level: 'info', format: 'auto', terminal: false, ...options, stream });
  return { log, out };
}

test('lines of JSON', () => {
  const { log, out } = lines({});
  log.info({ code: 'PEER_CLOSED', bytes: 5 }, 'A link ended');
  log.debug({}, 'not written');
  assert.equal(out.length, 1);
  const { time, ...rest } = JSON.parse(out[0] as string);
  assert.deepEqual(rest, { level: 'info', code: 'PEER_CLOSED', bytes: 5, message: 'A link ended' });
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test('lines for people', () => {
  const { log, out } = lines({ terminal: true });
  log.warn({ device: 'boiler-1', reason: 'two words', list: [1] }, 'A link ended');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the colours
  const plain = (out[0] as string).replace(/\u001b\[\d+m/g, '');
  assert.match(
    plain,
    /^\d\d:\d\d:\d\d\.\d{3} WARN {2}A link ended {2}device=boiler-1 {2}reason="two words" {2}list=\[1\]\n$/,
  );
  const bare = lines({ format: 'pretty' });
  bare.log.error({ err: new Error('broken') }, 'Failed');
  assert.match(bare.out[0] as string, /ERROR Failed\n {2}Error: broken\n {6}at /);
});

test('secrets are not written', () => {
  for (const format of ['json', 'pretty'] as const) {
    const { log, out } = lines({ format });
    log.info({ token: 'fl_1', device: { token: 'fl_2' }, headers: { authorization: 'fl_3' } }, 'x');
    assert.ok(!/fl_\d/.test(out.join('')), out.join(''));
  }
});

/** A newline, ESC, DEL, a C1 control (CSI), a line separator, and marks of the direction of writing. */
const HOSTILE = 'a\n09:00:00.000 INFO  forged\r\u001b[2J\u007f\u009b2J\u2028\u2029\u202e\u2066\u200f\u061c\0';
/** Characters that a terminal or a viewer of the log acts upon; the line end, which ends each line of ours, is looked at apart. */
const ACTIVE = /[^\P{Cc}\n]|[\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/u;

describe('what a stranger chose', () => {
  for (const format of ['json', 'pretty'] as const)
    test(`forges no line and drives no terminal: ${format}`, () => {
      const { log, out } = lines({ format });
      log.warn({ client: HOSTILE, [HOSTILE]: 1, list: [{ a: HOSTILE }] }, `Script: ${HOSTILE}`);
      assert.equal(out.length, 1);
      const [line] = out as [string];
      assert.ok(!ACTIVE.test(line), JSON.stringify(line));
      assert.equal(line.indexOf('\n'), line.length - 1);
      if (format === 'pretty') return;
      const parsed = JSON.parse(line);
      assert.deepEqual([parsed.client, parsed[HOSTILE], parsed.list], [HOSTILE, 1, [{ a: HOSTILE }]]);
      assert.equal(parsed.message, `Script: ${HOSTILE}`);
    });

  test('stands indented in the stack of an error', () => {
    const { log, out } = lines({ format: 'pretty' });
    const error = new Error(HOSTILE);
    log.error({ err: error }, 'Failed');
    const [line] = out as [string];
    assert.ok(!ACTIVE.test(line), JSON.stringify(line));
    const [, ...others] = line.trimEnd().split('\n');
    assert.ok(others.length > 1);
    for (const other of others) assert.match(other, /^ {2}/);
  });

  test('does not hide text that is harmless', () => {
    const { log, out } = lines({ format: 'pretty' });
    log.info({ label: 'Kühlhaus 北 👍' }, 'Grüße');
    assert.match(out[0] as string, /INFO {2}Grüße {2}label="Kühlhaus 北 👍"\n$/);
  });
});
