import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import { assertLinear } from '@fairlead/testkit';
import type { TextContext } from '../../src/body/context.ts';
import { LiteralError } from '../../src/body/literal.ts';
import { renderText, template } from '../../src/body/template.ts';

/** The text with this value for {{var.x}}, or the code of why there is none. */
function filled(source: string, place: TextContext, value: string): string {
  const scope = {
    now: 0,
    message: value,
    result: () => value,
    variable: () => value,
    count: () => 1,
    environment: () => value,
  };
  try {
    return renderText(template(source, place), scope);
  } catch (error) {
    if (error instanceof LiteralError) return 'MISTAKE';
    if (isFairleadError(error)) return error.code;
    throw error;
  }
}

const url = (source: string, value: string) => filled(source, 'url', value);
const body = (source: string, value: string) => filled(source, 'body', value);

describe('a value in a URL', () => {
  it('stays within its segment of the path', () => {
    const at = 'http://h/orders/{{var.x}}/print?copies=2';
    assert.equal(url(at, '4711'), 'http://h/orders/4711/print?copies=2');
    assert.equal(url(at, '../../admin'), 'http://h/orders/..%2F..%2Fadmin/print?copies=2');
    assert.equal(url(at, 'a?#b\\c d'), 'http://h/orders/a%3F%23b%5Cc%20d/print?copies=2');
    assert.equal(url(at, 'ü€'), 'http://h/orders/%C3%BC%E2%82%AC/print?copies=2');
    assert.equal(url(at, '\ud800'), 'http://h/orders/%EF%BF%BD/print?copies=2');
    assert.equal(url(at, '%2e%2e'), 'http://h/orders/%252e%252e/print?copies=2');
  });

  it('is no step to another path', () => {
    for (const step of ['.', '..']) assert.equal(url('http://h/a/{{var.x}}', step), 'VARIABLE_UNFIT');
    assert.equal(url('http://h/a/.{{var.x}}/b', '.'), 'VARIABLE_UNFIT');
    assert.equal(url('http://h/a/{{var.x}}{{message}}?b', '.'), 'VARIABLE_UNFIT');
    assert.equal(url('http://h/a/%2E{{var.x}}', '.'), 'VARIABLE_UNFIT');
    assert.equal(url('http://h/a/{{var.x}}.txt', '..'), 'http://h/a/...txt');
    assert.equal(url('http://h/a?{{var.x}}', '..'), 'http://h/a?..');
    assert.equal(url('http://h/../a/{{var.x}}', 'b'), 'http://h/../a/b');
  });

  it('stays within its part of the query', () => {
    assert.equal(url('http://h/a?by={{var.x}}&n=1', 'me&n=2#x'), 'http://h/a?by=me%26n%3D2%23x&n=1');
  });

  it('is a host and nothing else before the path', () => {
    assert.equal(url('http://{{var.x}}/a', 'plc-7.local:8080'), 'http://plc-7.local:8080/a');
    assert.equal(url('http://{{var.x}}/a', '[::1]:80'), 'http://[::1]:80/a');
    for (const value of ['h/admin?', 'user:pw@h', 'h#', 'h\\x'])
      assert.equal(url('http://{{var.x}}/a', value), 'VARIABLE_UNFIT', value);
  });

  it('is a whole URL between three braces alone', () => {
    assert.equal(url('{{env.BASE}}/a', 'http://h'), 'MISTAKE');
    assert.equal(
      url('{{{env.BASE}}}/a/{{message}}', 'http://h/b?c'),
      'http://h/b?c/a/http%3A%2F%2Fh%2Fb%3Fc',
    );
  });
});

describe('a value in JSON', () => {
  it('stays within its quotes', () => {
    const evil = 'a", "admin": true, "b": "\\ \n \u2028';
    const text = body('{"name": "{{var.x}}", "n": 1}', evil);
    assert.deepEqual(JSON.parse(text), { name: evil, n: 1 });
    assert.deepEqual(JSON.parse(body('{"{{var.x}}": ["say \\\\"{{var.x}}\\\\""]}', 'k"')), {
      'k"': ['say "k""'],
    });
  });

  it('is JSON itself outside of quotes', () => {
    assert.equal(body('{"n": {{var.x}}}', '12.5'), '{"n": 12.5}');
    assert.equal(body('{"all": {{var.x}}}', '[{"key":"A"}]'), '{"all": [{"key":"A"}]}');
    for (const value of ['1, "admin": true', '', 'abc', '1}{'])
      assert.equal(body('{"n": {{var.x}}}', value), 'VARIABLE_UNFIT', value);
  });

  it('is found in each line of a list of documents', () => {
    const text = body('{"a": "{{var.x}}"}\\n{"b": 1}\\n', 'x"y');
    assert.deepEqual(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
      [{ a: 'x"y' }, { b: 1 }],
    );
  });

  it('is as it is in a text that is no JSON, and between three braces', () => {
    assert.equal(body('[{{now}}] said "{{var.x}}"', 'a"b').slice(-11), ' said "a"b"');
    assert.equal(body('{{var.x}}', 'a"b'), 'a"b');
    assert.equal(body('{"a": "{{{var.x}}}"}', 'b", "c": "d'), '{"a": "b", "c": "d"}');
    assert.equal(body('{"a":{{{var.x}}}}', '{}'), '{"a":{}}');
  });

  it('is JSON where the header says so, whatever it begins with', () => {
    assert.equal(filled('"{{var.x}}"', 'json', 'a"b'), '"a\\"b"');
    assert.equal(filled('{{var.x}}', 'json', 'a"b'), 'VARIABLE_UNFIT');
  });

  it('costs time linear in the value', async () => {
    const compiled = template('{"a": "{{message}}", "b": "c"}', 'body');
    await assertLinear(
      200_000,
      (size) => '"\\'.repeat(size),
      (message) =>
        renderText(compiled, {
          message,
          now: 0,
          result: () => '',
          variable: () => '',
          count: () => 0,
          environment: () => '',
        }),
    );
  });
});

describe('a value in another place', () => {
  it('stays within its field of a form', () => {
    assert.equal(filled('a={{var.x}}&b=1', 'form', 'x&b=2'), 'a=x%26b%3D2&b=1');
  });

  it('is no option of a program', () => {
    assert.equal(filled('{{var.x}}', 'argument', '--output=/etc/passwd'), 'VARIABLE_UNFIT');
    assert.equal(filled('{{var.y |}}{{var.x}}', 'argument', '-rf'), 'VARIABLE_UNFIT');
    assert.equal(filled('a\\0{{var.x}}', 'argument', 'b\0c'), 'VARIABLE_UNFIT');
    assert.equal(filled('--name={{var.x}}', 'argument', '-5'), '--name=-5');
    assert.equal(filled('{{var.x}}', 'argument', 'a -b'), 'a -b');
    assert.equal(filled('{{{var.x}}}', 'argument', '-5'), '-5');
  });

  it('is one level of a topic', () => {
    assert.equal(filled('site/{{var.x}}', 'topic', 'hall-2'), 'site/hall-2');
    assert.equal(filled('site/{{var.x}}', 'topic', 'a/b'), 'VARIABLE_UNFIT');
    assert.equal(filled('site/{{{var.x}}}', 'topic', 'a/b'), 'site/a/b');
  });

  it('is as it is in a text', () => {
    assert.equal(filled('{"{{var.x}}', 'text', '"/-'), '{""/-');
  });
});

describe('three braces', () => {
  it('need three to close', () => {
    assert.throws(() => template('{{{var.x}}'), { message: /^\{\{\{ without \}\}\}/ });
  });

  it('name their variables of the environment, too', () => {
    assert.deepEqual(template('{{{env.A}}}{{ env.B | x }}').environment, ['A', 'B']);
  });
});
