/** Values in the steps of a job, as they arrive where the step sends them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { argumentContext, bodyContext } from '../../src/job/step-contexts.ts';
import type { StepRecord } from '../../src/run/record.ts';
import { open, runJob } from '../house.ts';

it('the header says what a body is', () => {
  assert.equal(bodyContext({ 'Content-Type': 'application/json; charset=utf-8' }), 'json');
  assert.equal(bodyContext({ 'content-type': 'application/problem+json' }), 'json');
  assert.equal(bodyContext({ 'content-type': 'application/x-www-form-urlencoded' }), 'form');
  assert.equal(bodyContext({ 'content-type': 'text/plain' }), 'body');
  assert.equal(bodyContext({ accept: 'application/json' }), 'body');
});

it('after the argument "--" there are no options', () => {
  const args = ['a', '--', 'b'];
  assert.deepEqual(
    args.map((_, at) => argumentContext(args, at)),
    ['argument', 'argument', 'text'],
  );
});

describe('a value in a step of a job', () => {
  const evil = {
    path: '../../admin',
    query: 'x&admin=1#',
    text: 'a", "admin": true, "b": "',
    option: '--help',
  };

  it('changes neither the URL, nor the body, nor the payload', async () => {
    const asked: string[] = [];
    const server = createServer(async (request, answer) => {
      let body = '';
      for await (const part of request) body += part;
      asked.push(`${request.url} ${body}`);
      answer.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    await using house = await open();
    const run = await runJob(house.automation, {
      variables: { ...evil, host },
      steps: [
        {
          http: {
            url: 'http://{{var.host}}/orders/{{var.path}}?by={{var.query}}',
            method: 'POST',
            body: '{"text": "{{var.text}}"}',
          },
        },
        { publish: { topic: 'site/x', payload: '{"text": "{{var.text}}"}' } },
        { publish: { topic: 'site/{{var.path}}' } },
      ],
    });
    server.close();
    const json = JSON.stringify({ text: evil.text }).replace(':', ': ');
    assert.deepEqual(asked, [`/orders/..%2F..%2Fadmin?by=x%26admin%3D1%23 ${json}`]);
    assert.deepEqual(house.published, [`site/x ${json} false`]);
    assert.equal(run.code, 'VARIABLE_UNFIT');
  });

  it('is no option of a program, and no part of its own URL', async () => {
    const echo = '/bin/echo';
    await using house = await open({ programs: [echo] });
    const outcome = async (args: string[]) => {
      const { detail } = await runJob(house.automation, {
        variables: evil,
        steps: [{ program: { path: echo, args } }],
      });
      const [step] = (detail as { steps: StepRecord[] }).steps;
      return step?.code ?? step?.output;
    };
    assert.equal(await outcome(['{{var.option}}']), 'VARIABLE_UNFIT');
    assert.equal(await outcome(['x', '--', '{{var.option}}']), 'x -- --help\n');
    assert.equal(await outcome(['x={{var.option}}']), 'x=--help\n');
    assert.equal(await outcome(['x', '{{{var.option}}}']), 'x --help\n');
  });
});
