import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { freePort } from '@fairlead/testkit';
import { automationErrors } from '../src/catalogue.ts';
import type { RunView } from '../src/history/run-history.ts';
import { maskedDefinition, maskedWords } from '../src/masked-views.ts';
import { open } from './house.ts';
import { listenPeer } from './live/peer.ts';

const SECRETS = ['hush-body', 'hush-name', 'HUSH-KEY', 'hush-answer', 'hush-step'];

/** Everything in a value that must not be seen. */
const leaks = (value: unknown) => {
  const text = JSON.stringify(value);
  const hex = (word: string) => Buffer.from(word).toString('hex');
  return SECRETS.filter((word) => text.includes(word) || text.includes(hex(word)));
};

describe('without being asked', () => {
  it('neither output, messages, steps nor errors of runs tell names, keys and texts', async () => {
    await using house = await open({ programs: ['/bin/sh'] });
    const { automation } = house;
    await using peer = await listenPeer((socket) => socket.once('data', () => socket.end('hush-answer')));
    const rules = [
      { send: 'hush-body', key: 'HUSH-KEY' },
      {
        receive: null,
        name: 'hush-name',
        key: 'D2',
        keyFormat: true,
        rules: [{ check: { equal: 'hush-answer' } }],
      },
      { receive: null, name: 'hush-name again' },
    ];
    await automation.put('task', 'ask', { connection: { port: peer.port }, rules });
    const program = { path: '/bin/sh', args: ['-c', 'echo hush-step; exit 3'] };
    const steps = [
      { task: 'ask', onError: 'continue' },
      { program, when: { step: 'step 1', is: 'failure' } },
    ];
    await automation.put('job', 'job', { steps });
    const { id, ended } = automation.startJob('job');
    await ended;
    const runs = automation.runs({ limit: 10 });
    assert.equal(runs.length, 2);
    for (const run of runs) assert.deepEqual(leaks([run, automation.run(run.id)]), []);
    const detail = automation.run(id + 1)?.detail as {
      output: { rule?: string; text: string }[];
      rule: string;
    };
    assert.deepEqual(
      detail.output.map(({ rule, text }) => `${rule ?? '-'} ${text}`),
      [
        '- Connected',
        'Send : •••• •••• (9 bytes)',
        '•••• •••• (11 bytes)',
        '- The peer closed while the rule "••••" waited for a message.',
      ],
    );
    assert.deepEqual(leaks(automation.run(id + 1, true)).sort(), [...SECRETS.slice(0, 4)].sort());
    assert.deepEqual(leaks(automation.run(id, true)), ['hush-name', 'hush-step']);
  });

  it('nor does the output of a trigger', async () => {
    await using house = await open();
    const { automation } = house;
    const port = await freePort();
    await automation.put('trigger', 'door', {
      connection: { port },
      rules: [{ receive: null, name: 'hush-name', key: 'HUSH-KEY', fire: true, exit: 'success' }],
    });
    await automation.startTask({ connection: { port }, rules: [{ send: 'hush-body' }, { receive: 0 }] })
      .record;
    assert.deepEqual(leaks(automation.triggerOutput('door')), []);
    assert.deepEqual(leaks(automation.triggerOutput('door', true)), SECRETS.slice(0, 3));
  });

  it('private keys and passphrases of connections are masked, saved or within a task', () => {
    const pem = '-----BEGIN PRIVATE KEY-----\nhush-body';
    const tls = { cert: 'cert.pem', key: pem, passphrase: 'hush-body' };
    const shown = [
      maskedDefinition<'connection'>({ name: 'c', changedAt: 0, revision: 1, definition: { tls } }),
      maskedDefinition<'task'>({
        name: 't',
        changedAt: 0,
        revision: 1,
        definition: { connection: { tls }, rules: [] },
      }),
    ];
    assert.deepEqual(leaks(shown), []);
    const path = { tls: { cert: 'cert.pem', key: 'key.pem' } };
    assert.deepEqual(
      maskedDefinition<'connection'>({ name: 'c', changedAt: 0, revision: 1, definition: path }).definition,
      path,
    );
  });

  it('words of the catalogue lose what comes from rules, whatever stands in it', () => {
    for (const rule of ['Send : hush-body', 'hush-name "quoted" hush-body.', 'a\nhush-body']) {
      for (const code of ['EXIT_FAILURE', 'PEER_LEFT'] as const) {
        const { message } = automationErrors.error(code, { rule });
        assert.deepEqual(leaks(maskedWords(message)), [], message);
        const step = automationErrors.error('STEP_FAILED', { step: 's', reason: message.replace(/\.$/, '') });
        assert.deepEqual(leaks(maskedWords(step.message)), []);
        assert.match(maskedWords(step.message), /^The step "s" failed: The/);
      }
      for (const code of ['RECEIVE_TIMEOUT', 'SEND_TIMEOUT'] as const)
        assert.deepEqual(leaks(maskedWords(automationErrors.error(code, { rule, limit: 5 }).message)), []);
    }
    const { message } = automationErrors.error('VARIABLE_UNKNOWN', {
      variable: 'result.HUSH-KEY',
      reason: 'no',
    });
    assert.equal(maskedWords(message), 'The variable •••• has no value here: no.');
    assert.equal(maskedWords('Nothing listens at 127.0.0.1:1.'), 'Nothing listens at 127.0.0.1:1.');
  });
});

it('of a URL it is seen where it leads, not what may give access', async () => {
  await using house = await open();
  const { automation } = house;
  const urls = [
    'https://hooks.example/services/hush-body?token=hush-key',
    'http://plc-7:8080/',
    'http://[::1]:80',
    'http://{{var.host}}/hush-body',
  ];
  await automation.put('job', 'job', { steps: urls.map((url) => ({ http: { url } })) });
  const { definition } = automation.get('job', 'job');
  assert.deepEqual(
    definition.steps.map(({ http }) => http?.url),
    ['https://hooks.example/••••', 'http://plc-7:8080/', 'http://[::1]:80', '••••'],
  );
  const masked = { steps: [{ http: { url: 'https://hooks.example/••••' } }] };
  await assert.rejects(automation.put('job', 'job', masked), /exported without --secrets/);
});

it('a request or message that cannot be made tells nothing of what it would have said', async () => {
  await using house = await open({ environment: new Map([['WORD', 'hush-body']]) });
  const { automation } = house;
  const requests = [
    { url: 'http://user:{{env.WORD}}@127.0.0.1:9/' },
    { url: 'http://127.0.0.1:9/', headers: { authorization: '{{env.WORD}}\\nx' } },
    { url: 'http://[{{env.WORD}}' },
    { url: '{{{env.WORD}}}' },
  ];
  const steps = [
    ...requests.map((http) => ({ http, onError: 'continue' as const })),
    { publish: { topic: '{{env.WORD}}/{{var.none | +}}' }, onError: 'continue' as const },
  ];
  await automation.put('job', 'job', { steps });
  const { id, ended } = automation.startJob('job');
  await ended;
  const run = automation.run(id, true);
  assert.deepEqual(leaks(run), []);
  const { steps: done } = (run as RunView).detail as { steps: { error: string }[] };
  assert.deepEqual(
    done.map(({ error }) => error.replace(/^The step "step \d" failed: /, '')),
    [
      'the URL must not contain a user and password; send them in the header "authorization".',
      'the header "authorization" has a name or value that HTTP does not allow.',
      'the URL is not valid.',
      'the URL does not begin with http:// or https://.',
      'a topic for publishing must not contain + or #.',
    ],
  );
});
