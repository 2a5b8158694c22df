import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dateFormat } from '../../src/body/date-format.ts';
import { hexTemplate, renderText, type Scope, template } from '../../src/body/template.ts';

function scope(part: Partial<Scope> = {}): Scope {
  const counts = new Map<string, number>();
  return {
    now: Date.UTC(2026, 2, 29, 12, 5, 9, 42),
    message: 'heard',
    result: (key) => (key === 'NAME' ? 'Anna' : undefined),
    variable: (name) => (name === 'order' ? '4711' : undefined),
    count: (name) => {
      const next = (counts.get(name) ?? 0) + 1;
      counts.set(name, next);
      return next;
    },
    environment: (name) => (name === 'SITE' ? 'north' : undefined),
    ...part,
  };
}
const text = (source: string, part?: Partial<Scope>) => renderText(template(source), scope(part));

describe('variables', () => {
  it('results, variables, message, environment', () => {
    assert.equal(
      text('Hello {{result.NAME}}/{{ var.order }}: {{message}} {{env.SITE}}'),
      'Hello Anna/4711: heard north',
    );
  });

  it('a default stands in for what is not there; without one it is an error', () => {
    assert.equal(text('{{result.X | nobody}}'), 'nobody');
    assert.throws(() => text('{{result.X}}'), { code: 'VARIABLE_UNKNOWN' });
    assert.throws(() => text('{{message}}', { message: undefined }), { code: 'VARIABLE_UNKNOWN' });
  });

  it('date and time with format and zone, over the change to summer time', () => {
    assert.equal(text('{{now}}'), '2026-03-29T12:05:09.042Z');
    assert.equal(text('{{now | yyyy-MM-dd HH:mm:ss.fff | Europe/Berlin}}'), '2026-03-29 14:05:09.042');
    assert.equal(text("{{now | h:mm tt 'on' d.M.yy | America/New_York}}"), '8:05 AM on 29.3.26');
    assert.equal(dateFormat('HH:mm', 'Europe/Berlin')(Date.UTC(2026, 2, 29, 0, 59)), '01:59');
    assert.equal(dateFormat('HH:mm', 'Europe/Berlin')(Date.UTC(2026, 2, 29, 1, 0)), '03:00');
  });

  it('counters, each of its own', () => {
    const body = template('{{counter.a}} {{counter.a | D3}} {{counter.b}}');
    const shared = scope();
    assert.equal(renderText(body, shared), '1 002 1');
    assert.equal(renderText(body, shared), '3 004 2');
  });

  it('mistakes are told when the body is read, not when it is sent', () => {
    assert.throws(() => template('{{foo}}'), /is not a variable/);
    assert.throws(() => template('{{result}}'), /name is missing/);
    assert.throws(() => template('{{now'), /without }}/);
    assert.throws(() => template('{{now | HH | Mars/Base}}'), /time zone/);
    assert.throws(() => template('{{counter.a | Q}}'), /is not a number format/);
  });
});

describe('escapes', () => {
  it('stand for characters and bytes', () => {
    assert.equal(text('a\\r\\n\\t\\0\\\\\\u20ac'), 'a\r\n\t\0\\€');
    assert.deepEqual(template('A\\xff\\x00B').render(scope()), [
      { text: 'A' },
      { bytes: Uint8Array.from([255, 0]) },
      { text: 'B' },
    ]);
  });

  it('braces that mean themselves', () => {
    assert.equal(text('\\{{now}} {"a": 1}'), '{{now}} {"a": 1}');
  });

  it('unknown ones are refused', () => {
    assert.throws(() => template('C:\\quit'), /\\q is not an escape sequence/);
    assert.throws(() => template('\\x4'), /2 hexadecimal digits/);
    assert.throws(() => template('\\u12'), /4 hexadecimal digits/);
  });
});

it('hexadecimal bodies', () => {
  assert.deepEqual(hexTemplate('02 41:0d').render(scope()), [{ bytes: Buffer.from([2, 0x41, 0x0d]) }]);
  assert.throws(() => hexTemplate('0'), /two hexadecimal digits/);
});
