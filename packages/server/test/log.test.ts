import assert from 'node:assert/strict';
import { test } from 'node:test';
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
