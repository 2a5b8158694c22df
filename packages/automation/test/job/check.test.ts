import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JobDefinition } from '../../src/job/schema.ts';
import { open } from '../house.ts';

const publish = { topic: 't' };

/** What is said when such a job is saved. */
async function refusal(definition: JobDefinition): Promise<{ code: string; message: string }> {
  await using house = await open();
  try {
    await house.automation.put('job', 'nightly', definition);
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('it was saved');
}

describe('before a job is saved', () => {
  const schedules: [name: string, schedule: string, zone: string | undefined, words: RegExp][] = [
    ['a minute that does not exist', '99 * * * *', undefined, /minute: 99/],
    ['words', 'every monday', undefined, /"every monday" has 2 fields/],
    ['too few fields', '0 2 * *', undefined, /has 4 fields/],
    ['too many', '0 0 2 * * * 2030', undefined, /has 7 fields/],
    [
      'a zone with a slip',
      '0 2 * * *',
      'Europe/Berln',
      /no time zone "Europe\/Berln"; "Europe\/Berlin" is one/,
    ],
    ['a day that never comes', '0 2 30 2 *', undefined, /has no next time/],
  ];
  for (const [name, schedule, zone, words] of schedules)
    it(`a schedule with ${name}`, async () => {
      const { code, message } = await refusal({ on: [{ schedule, zone }], steps: [{ publish }] });
      assert.equal(code, 'SCHEDULE_INVALID');
      assert.match(message, words);
    });

  it('a variable among its variables, which are taken as they stand', async () => {
    const { message } = await refusal({ variables: { a: '{{env.HOME}}' }, steps: [{ publish }] });
    assert.match(message, /variables\.a: \{\{env\.HOME\}\} is not replaced here/);
  });

  const mistakes: [name: string, step: object, words: RegExp][] = [
    [
      'an unknown variable',
      { publish: { topic: '{{foo}}' } },
      /steps\[0\]\.publish\.topic: \{\{foo\}\} is not a variable/,
    ],
    [
      'a bad escape',
      { publish: { topic: 't', payload: 'C:\\dir' } },
      /publish\.payload: \\d is not an escape sequence/,
    ],
    ['one deep in values', { downlink: { device: 'd', values: { a: ['{{x}}'] } } }, /downlink\.values/],
    ['one in a header', { http: { url: 'http://a', headers: { x: '{{x}}' } } }, /http\.headers\.x/],
    ['a condition without a value', { publish, when: { equal: 'x' } }, /"equal" needs a "value"/],
    ['a value without a condition', { publish, when: { value: 'x' } }, /"value" needs a condition/],
    [
      'two conditions',
      { publish, when: { value: 'x', equal: 'x', contains: 'x' } },
      /one condition.*equal and contains/,
    ],
    ['nothing to go by', { publish, when: {} }, /"step: NAME" or "value: TEXT" with a condition is required/],
    ['an outcome of no step', { publish, when: { is: 'failure' } }, /"is" needs a "step"/],
    ['a bad expression', { publish, when: { value: 'x', matches: '(' } }, /regular expression/],
    ['a step that comes later', { publish, when: { step: 'step 1' } }, /not an earlier step/],
    [
      'a variable that a condition does not fill in',
      { publish, when: { value: 'x', equal: '{{result.K}}' } },
      /steps\[0\]\.when: \{\{result\.K\}\} is not replaced here/,
    ],
    [
      'a variable in the name of a header',
      { http: { url: 'http://a', headers: { '{{var.x}}': 'x' } } },
      /is not replaced here/,
    ],
    [
      'a variable in the name of a value',
      { downlink: { device: 'd', values: { a: [{ '{{var.x}}': 1 }] } } },
      /downlink\.values\.a\[0\].*is not replaced here/,
    ],
    [
      'a URL whose beginning would be encoded',
      { http: { url: '{{var.base}}/a' } },
      /steps\[0\]\.http\.url: a URL that begins with a variable needs three braces, \{\{\{var\.base\}\}\}/,
    ],
    [
      'a host of redirects that is a URL',
      { http: { url: 'http://a', redirects: ['http://b'] } },
      /expected a host/,
    ],
    ['a URL that is none', { http: { url: 'ftp://a' } }, /steps\[0\]\.http\.url: the URL does not begin/],
    ['a password in a URL', { http: { url: 'http://a:b@c/' } }, /must not contain a user and password/],
    [
      'a body without a method',
      { http: { url: 'http://a', body: 'x' } },
      /http\.body: a GET request has no body/,
    ],
    ['a topic with a wildcard', { publish: { topic: 'a/+' } }, /publish\.topic: .*must not contain \+ or #/],
    ['no topic', { publish: { topic: '' } }, /a topic is expected/],
    ['nothing to do', { name: 'x' }, /expected one of task, http/],
  ];
  for (const [name, step, words] of mistakes)
    it(name, async () => {
      const { code, message } = await refusal({ steps: [step as never] });
      assert.equal(code, 'DEFINITION_INVALID');
      assert.match(message, words);
    });

  it('what is not there is told with its place in the definition', async () => {
    const error = await refusal({ steps: [{ publish }, { task: 'nobody' }] });
    assert.equal((error as unknown as { details: { pointer: string } }).details.pointer, '/steps/1/task');
  });

  it('what is not there', async () => {
    assert.equal((await refusal({ steps: [{ task: 'nobody' }] })).code, 'DEFINITION_UNKNOWN');
    assert.equal((await refusal({ steps: [{ job: 'nobody' }] })).code, 'DEFINITION_UNKNOWN');
    assert.equal(
      (await refusal({ on: [{ trigger: 'nobody' }], steps: [{ publish }] })).code,
      'DEFINITION_UNKNOWN',
    );
  });

  it('a variable of the environment that is not allowed, in a job or in rules', async () => {
    const denied = { code: 'VARIABLE_DENIED' };
    await using house = await open({ environment: new Map([['GOOD', undefined]]) });
    const { automation } = house;
    const when = { value: '{{ env.BAD | x }}', equal: 'x' };
    for (const steps of [
      [{ publish: { topic: 't', payload: '{{env.BAD}}' } }],
      [{ downlink: { device: 'd', values: [{ a: '{{env.BAD}}' }] } }],
      [{ publish, when }],
    ])
      await assert.rejects(automation.put('job', 'job', { steps }), denied);
    const rules = (name: string) => [{ send: 'a', rules: [{ send: `{{env.${name}}}` }] }];
    await assert.rejects(automation.put('task', 'a', { connection: {}, rules: rules('BAD') }), {
      ...denied,
      details: { name: 'BAD', pointer: '/rules/0/rules/0/send' },
    });
    await automation.put('task', 'a', { connection: {}, rules: rules('GOOD') });
    await automation.put('job', 'job', { steps: [{ publish: { topic: '{{env.GOOD | t}}' } }] });
  });

  it('a program that is not allowed', async () => {
    assert.equal((await refusal({ steps: [{ program: { path: '/bin/ls' } }] })).code, 'PROGRAM_DENIED');
  });
});
