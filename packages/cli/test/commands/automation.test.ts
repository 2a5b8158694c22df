import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createLog, loadConfig, parseConnection, startService } from '@fairlead/server';
import { eventually, freePort } from '@fairlead/testkit';
import { FIELDS } from '../../src/commands/automation/connection.ts';
import { fieldsOfWords } from '../../src/commands/automation/fields.ts';
import { lineText } from '../../src/commands/automation/run.ts';
import { run } from '../../src/run.ts';
import { TestTerminal } from '../support/terminal.ts';

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-cli-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function fairlead(argv: readonly string[], env: Record<string, string> = {}, stdin = '') {
  const terminal = new TestTerminal(env, stdin);
  const status = await run(argv, terminal);
  return { status, out: terminal.stdout, err: terminal.stderr };
}

describe('rules', () => {
  it('demo writes both sides, check knows them, test runs one against the other', async (t) => {
    const dir = folder(t);
    const [client, server] = [join(dir, 'client.yaml'), join(dir, 'server.yaml')];
    assert.equal((await fairlead(['rules', 'demo', dir])).status, 0);
    assert.equal((await fairlead(['rules', 'demo', dir])).status, 2);
    const checked = await fairlead(['rules', 'check', client, '--as', 'task']);
    assert.match(checked.out, /valid: 6 rules[\s\S]*Send \(\*\) : Handshake[\s\S]*Check \(\/1\) : NotCheck/);
    const tested = await fairlead(['rules', 'test', client, '--peer', server]);
    assert.equal(tested.status, 0, tested.err);
    assert.match(
      tested.out,
      /^task +\d\d:\d\d:\d\d\.\d{3} > 127\.0\.0\.1:\d+ {2}Send \(\*\) : Handshake {2}Handshake {2}\(48 61/m,
    );
    assert.match(tested.out, /^trigger .* < .*\[INSTRUCTION\] {2}Some instruction/m);
    assert.match(tested.out, /^success: exit/m);
    const other = await fairlead(['rules', 'test', server, '--as', 'trigger', '--peer', client]);
    assert.equal(other.status, 0, other.err);
    const json = await fairlead(['rules', 'test', client, '--peer', server, '--format', 'json']);
    const last = JSON.parse(json.out.trimEnd().split('\n').at(-1) as string);
    assert.deepEqual(last.messages, [{ key: 'INSTRUCTION', text: 'Some instruction' }]);
  });

  it('demo makes the folder, and says where it cannot', async (t) => {
    const dir = folder(t);
    assert.equal((await fairlead(['rules', 'demo', join(dir, 'new', 'deep')])).status, 0);
    writeFileSync(join(dir, 'file'), '');
    const refused = await fairlead(['rules', 'demo', join(dir, 'file', 'x')]);
    assert.deepEqual([refused.status, /FILE_UNWRITABLE.*a file exists/.test(refused.err)], [2, true]);
  });

  it('test fills in variables', async () => {
    const server = createServer((socket) => socket.pipe(socket).on('error', () => {}));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const rules = `connection: {port: ${port}}\nrules:\n- send: 'order {{var.order}}'\n`;
    const { status, out } = await fairlead(['rules', 'test', '-', '--var', 'order=4711'], {}, rules);
    server.close();
    assert.equal(status, 0);
    assert.match(out, / > .* order 4711 /);
  });

  it('test uses the variables of the environment that the configuration or --env allows', async (t) => {
    const server = createServer((socket) => socket.pipe(socket).on('error', () => {}));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const { port } = server.address() as { port: number };
    const rules = `connection: {port: ${port}}\nrules:\n- send: 'pass {{env.PLC_PASSWORD}}'\n`;
    const config = join(folder(t), 'fairlead.yaml');
    writeFileSync(config, 'automation: {environment: [PLC_PASSWORD]}\n');
    const test = (argv: string[], env = {}) =>
      fairlead(['rules', 'test', '-', ...argv], { PLC_PASSWORD: 's3cret', ...env }, rules);
    const denied = await test([]);
    assert.deepEqual([denied.status, /VARIABLE|is not allowed in a body/.test(denied.err)], [1, true]);
    for (const allowed of [
      await test(['--env', 'PLC_PASSWORD']),
      await test(['--config', config]),
      await test([], { FAIRLEAD_AUTOMATION__ENVIRONMENT: 'PLC_PASSWORD' }),
    ]) {
      assert.match(allowed.out, / > .* pass •••• /);
      assert.doesNotMatch(allowed.out, /s3cret|73 33 63/);
    }
    const broken = await test([], { FAIRLEAD_AUTOMATION__HISTORY: 'x' });
    assert.match(broken.err, /^The configuration is not valid and therefore allows no variables: .*history/m);
    writeFileSync(config, 'automation: {environmnt: []}\n');
    assert.equal((await test(['--config', config])).status, 2);
  });

  it('test --step asks at a terminal before each step', async (t) => {
    const dir = folder(t);
    await fairlead(['rules', 'demo', dir]);
    const argv = ['rules', 'test', join(dir, 'client.yaml'), '--peer', join(dir, 'server.yaml'), '--step'];
    const at = async (answers: string) => {
      const terminal = new TestTerminal({}, answers);
      terminal.interactive = true;
      const status = await run(argv, terminal);
      return { status, out: terminal.stdout, err: terminal.stderr, closed: terminal.inputClosed };
    };
    const through = await at('\nhm\n\nc\n');
    assert.equal(through.status, 0, through.err);
    assert.match(
      through.err,
      /task {4}next: send Handshake {2}\(48 61.*\) {2}\[Enter: next step, c: continue, q: stop\]/,
    );
    assert.equal(through.err.match(/next: /g)?.length, 4, 'what is no answer is asked again');
    assert.match(through.out, /^success: exit/m);
    assert.ok(through.closed);
    const stopped = await at('q\n');
    assert.deepEqual([stopped.status, /^stopped: stopped/m.test(stopped.out)], [0, true]);
    assert.equal((await at('')).status, 0, 'the end of the input stops');
    const piped = await fairlead(argv);
    assert.equal(piped.status, 0);
    assert.match(piped.err, /no terminal for questions: the rules run without steps/);
    const fromStdin = await fairlead(['rules', 'test', '-', '--step'], {}, 'rules: []');
    assert.equal(fromStdin.status, 2);
  });

  it('check lists every mistake by its line', async () => {
    const text = 'rules:\n  - send: a\n    delybefore: 3\n  - recieve:\n';
    const { status, out, err } = await fairlead(['rules', 'check', '-'], {}, text);
    assert.equal(status, 2);
    assert.match(out, /^-:3:5: Unknown option "delybefore"\. Did you mean "delayBefore"\?/m);
    assert.match(out, /^-:4:5: .*did you mean "receive"/m);
    assert.match(err, /FILE_MISTAKEN: - has 2 mistakes/);
    const quote = await fairlead(['rules', 'check', '-'], {}, 'rules:\n  - send: "abc\n  - receive:\n');
    assert.match(quote.out, /^-:2:11: the text that begins here with " has no closing "\.$/m);
    assert.match(quote.err, /has one mistake/);
  });

  it('what is not UTF-8 is refused with its line; UTF-16 with its mark is read', async (t) => {
    const file = join(folder(t), 'rules.yaml');
    writeFileSync(file, Buffer.from('rules:\n  - send: a\n  - send: Stra\xdfe\n', 'latin1'));
    const refused = await fairlead(['rules', 'check', file]);
    assert.equal(refused.status, 2);
    assert.match(refused.err, /FILE_UNREADABLE: .*it is not valid UTF-8 \(line 3\); save it as UTF-8/);
    for (const swap of [false, true]) {
      const utf16 = Buffer.from('\ufeffrules:\n  - send: Stra\xdfe\n', 'utf16le');
      writeFileSync(file, swap ? utf16.swap16() : utf16);
      assert.match((await fairlead(['rules', 'check', file])).out, /Send : Straße/);
    }
  });

  it('test caps the iterations, and a failure is one for the shell too', async (t) => {
    const server = createServer((socket) =>
      socket.on('data', () => socket.write('Wait')).on('error', () => {}),
    );
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    t.after(() => server.close());
    const rules = `connection: {port: ${port}}\nrules:\n- send: Hello\n  iterations: forever\n  rules: [receive]\n`;
    const capped = await fairlead(['rules', 'test', '-', '--max', '3'], {}, rules);
    assert.equal(capped.status, 0, capped.err);
    assert.equal(capped.out.match(/ > /g)?.length, 3);
    assert.match(capped.out, /^stopped: cut, \d+ ms$/m);
    assert.match(
      capped.err,
      /^The rule "Send \(\*\) : Hello" was repeated 3 times, the maximum of this test/,
    );
    const failing = `connection: {port: ${port}}\nrules:\n- send: Hello\n  rules: [{receive: , exit: failure}]\n`;
    const failed = await fairlead(['rules', 'test', '-'], {}, failing);
    assert.equal(failed.status, 1);
    assert.match(failed.err, /RUN_FAILED: The rule "Receive" ended the exchange as a failure/);
  });
});

describe('job check', () => {
  it('lists every mistake by its line, without a service', async () => {
    const text = "on: [{schedule: '61 * * * *'}]\nsteps:\n  - publish: {topic: '{{foo}}'}\n";
    const { status, out, err } = await fairlead(['job', 'check', '-'], {}, text);
    assert.equal(status, 2);
    assert.match(out, /^-:1:7: .*minute: 61\.\n-:3:15: \{\{foo\}\} is not a variable/);
    assert.match(err, /FILE_MISTAKEN: - has 2 mistakes/);
    const json = await fairlead(['job', 'check', '-', '--format', 'json'], {}, text);
    assert.equal(JSON.parse(json.out).problems[1].line, 3);
    assert.equal((await fairlead(['job', 'check', '-'], {}, 'steps: [{task: a}]')).out, '- is valid.\n');
  });
});

it('what a peer sends cannot harm the screen', () => {
  const line = { time: '2026-01-01T00:00:00.000Z', type: 'received', peer: 'p', rule: 'r' } as const;
  assert.equal(
    lineText({ ...line, text: 'a\x1b[2Jb\nc', hex: '61' }),
    '00:00:00.000 < p  r  a\\x1b[2Jb\\x0ac  (61)',
  );
});

it('the help lists the fields of a connection, all that there are', () => {
  const top = new Set(FIELDS.map((field) => field.split('.')[0]));
  const example = { reconnect: { attempts: 0, delay: 0 } };
  assert.deepEqual(
    [...top].sort(),
    [...Object.keys(parseConnection(example)), 'device', 'group', 'keepAlive'].sort(),
  );
});

it('fields as words', () => {
  assert.deepEqual(
    fieldsOfWords(['port=4001', 'address=10.0.0.5', 'tls.ca=ca.pem', 'logSent=false', 'timeout=5s']),
    {
      port: 4001,
      address: '10.0.0.5',
      tls: { ca: 'ca.pem' },
      logSent: false,
      timeout: '5s',
    },
  );
  assert.deepEqual(fieldsOfWords(['port='], { port: 1, group: 'a' }), { group: 'a' });
  assert.throws(() => fieldsOfWords(['port']), /name=value/);
  assert.throws(() => fieldsOfWords(['__proto__.x=1']), /Unknown field/);
  assert.throws(() => fieldsOfWords(['port=1', 'port=2']), /"port" is given twice/);
});

describe('with the service', () => {
  it('connections, tasks, triggers, jobs and runs', async (t) => {
    const dir = folder(t);
    const quiet = { write: () => {} };
    const off = { listen: 'off' };
    const { config } = loadConfig({
      cwd: dir,
      env: {},
      flags: {
        data: join(dir, 'data'),
        http: { listen: '127.0.0.1:0' },
        bus: { embedded: off },
        listeners: { official: off, custom: off },
      },
    });
    const log = createLog({ level: 'silent', format: 'json', terminal: false, stream: quiet });
    await using service = await startService({ config, log });
    const env = {
      FAIRLEAD_URL: `http://${service.addresses.http}`,
      FAIRLEAD_TOKEN: readFileSync(join(dir, 'data', 'admin-token'), 'utf8').trim(),
    };
    const ok = async (...argv: string[]) => {
      const { status, out, err } = await fairlead(argv, env);
      assert.equal(status, 0, `${argv.join(' ')}\n${out}${err}`);
      return out;
    };
    const port = await freePort();
    const [client, server] = [join(dir, 'client.yaml'), join(dir, 'server.yaml')];
    await ok('rules', 'demo', dir);
    for (const file of [client, server])
      writeFileSync(
        file,
        readFileSync(file, 'utf8').replace(/connection:\n( {2}.*\n)+/, 'connection: both\n'),
      );

    assert.match(
      await ok('connection', 'add', 'both', `port=${port}`, 'timeout=5'),
      /fairlead connection test both/,
    );
    assert.match(await ok('connection', 'ls'), new RegExp(`^both +127.0.0.1 +${port}`, 'm'));
    assert.match(await ok('connection', 'test', 'both', '--listen'), /Could listen at/);
    const refused = await fairlead(['connection', 'test', 'both'], env);
    assert.match(refused.err, /Nothing listens at.*\n {2}Check the address and the port/);

    assert.match(await ok('trigger', 'add', 'door', server), /It listens at 127\.0\.0\.1/);
    assert.match(
      await ok('trigger', 'add', 'second', server),
      /It cannot listen yet and keeps retrying: Another program listens.*\(PORT_IN_USE\)/,
    );
    await ok('trigger', 'rm', 'second');
    assert.match(await ok('trigger', 'ls'), new RegExp(`^door +listening +127.0.0.1:${port}`, 'm'));
    assert.match(await ok('connection', 'test', 'both'), /Connected to 127.0.0.1/);
    await ok('task', 'add', 'greet', client);
    assert.match(await ok('task', 'show', 'greet'), /••••/);
    assert.match(await ok('task', 'show', 'greet', '--secrets'), /Handshake/);
    assert.match(await ok('task', 'run', 'greet', '--secrets'), /INSTRUCTION: Some instruction/);
    const hidden = await fairlead(['task', 'run', 'greet'], env);
    assert.match(hidden.out, /> .*Send \(\*\) : •••• {2}•••• \(9 bytes\)/);
    assert.doesNotMatch(hidden.out, /Handshake|INSTRUCTION/);
    assert.match(hidden.err, /--secrets shows them/);
    await eventually(
      async () => (await ok('trigger', 'logs', 'door', '--secrets')).includes('Some instruction'),
      'the trigger has it',
    );
    assert.doesNotMatch(await ok('trigger', 'logs', 'door'), /Some instruction/);
    const tried = await fairlead(['rules', 'test', client], env);
    assert.equal(tried.status, 0, `a saved connection is asked of the service: ${tried.err}`);

    writeFileSync(
      join(dir, 'job.yaml'),
      'steps:\n- task: greet\n- publish: {topic: t}\n  when: {step: step 1}\n',
    );
    await ok('job', 'add', 'nightly', join(dir, 'job.yaml'));
    assert.match(await ok('job', 'ls'), /^nightly +a person +2/m);
    assert.match(
      await ok('job', 'run', 'nightly'),
      /step 1: success \(\d+ ms, run \d+\)[\s\S]*step 2: success/,
    );
    assert.match(await ok('job', 'ls'), /^nightly +a person +2 +success/m);
    const runs = JSON.parse(await ok('run', 'ls', '--kind', 'job', '--format', 'json'));
    assert.match(await ok('run', 'show', String(runs[0].id)), /^Inputs\n {2}Job: ••••/m);
    assert.match(await ok('run', 'show', String(runs[0].id), '--secrets'), /^Inputs\n {2}Job: nightly$/m);
    const yearly = "on: [{schedule: '0 2 1 1 *'}]\nsteps: [{publish: {topic: t}}]\n";
    const added = await fairlead(['job', 'add', 'yearly', '-'], env, yearly);
    assert.match(added.out, /It starts next .*, at 2\d{3}-/);
    const edited = await fairlead(['job', 'edit', 'yearly', '-'], env, `enabled: false\n${yearly}`);
    assert.match(edited.out, /it runs only when started by hand/);
    assert.match(await ok('job', 'ls'), /^yearly .* not enabled/m);
    await ok('job', 'rm', 'yearly');
    assert.match(await ok('run', 'ls', '--kind', 'job'), /job +nightly .*success +manual/);
    assert.match(await ok('run', 'show', '1'), /trigger +door/);

    assert.equal(await ok('connection', 'edit', 'both', 'group=hall'), 'Saved connection "both".\n');
    assert.match(
      await ok('connection', 'edit', 'both', 'address=example.org'),
      /The trigger "door" cannot listen and keeps retrying.*\(ADDRESS_NOT_LISTENABLE\)/,
    );
    await ok('connection', 'edit', 'both', 'address=');
    await ok('trigger', 'stop', 'door');
    assert.equal((await fairlead(['trigger', 'stop', 'door'], env)).status, 7);
    assert.match(await ok('trigger', 'start', 'door'), /listens at/);
    assert.equal((await fairlead(['connection', 'rm', 'both'], env)).status, 7);

    const exported = join(dir, 'tasks.json');
    writeFileSync(exported, await ok('task', 'export', '--secrets'));
    await ok('job', 'rm', 'nightly');
    await ok('task', 'rm', 'greet');
    assert.equal((await fairlead(['task', 'run', 'greet'], env)).status, 3);
    await ok('task', 'import', exported);
    assert.match(await ok('task', 'run', 'greet'), /success/);
    const masked = join(dir, 'masked.json');
    writeFileSync(masked, await ok('task', 'export'));
    const lost = await fairlead(['task', 'import', masked], env);
    assert.deepEqual(
      [lost.status, /masked.json:\d+:\d+: .*exported without --secrets/.test(lost.err)],
      [2, true],
    );
    const entries: [text: string, words: RegExp][] = [
      ['[1]', /^-:1:2: a connection is expected/m],
      ['[{"port": 5}]', /^-:1:2: this connection has no "name"\.$/m],
      ['"x"', /^-:1:1: a connection is expected/m],
    ];
    for (const [text, words] of entries) {
      const nothing = await fairlead(['connection', 'import', '-'], env, text);
      assert.deepEqual([nothing.status, words.test(nothing.err)], [2, true], text);
    }
    const list = '- name: fresh\n  steps: [{task: greet}]\n- name: lost\n  steps:\n    - task: gret\n';
    const unknown = await fairlead(['job', 'import', '-'], env, list);
    assert.deepEqual(
      [unknown.status, unknown.err.split('\n').slice(0, 2)],
      [
        3,
        [
          'Saved before "lost" was refused: fresh.',
          'fairlead: DEFINITION_UNKNOWN: -:5:7: No task is named "gret".',
        ],
      ],
    );
    const slip = await fairlead(
      ['job', 'import', '-'],
      env,
      list.replace('fresh', 'other').replace('task: gret\n', 'tsk: x'),
    );
    assert.match(slip.err, /^-:5:7: Unknown option "tsk"\. Did you mean "task"\?$/m);
    assert.equal((await fairlead(['job', 'show', 'other'], env)).status, 3, 'nothing was saved');
    const nowhere = 'rules: []\nconnection: nix\n';
    for (const argv of [
      ['add', 'nix', '-'],
      ['run', '-'],
    ])
      assert.match(
        (await fairlead(['task', ...argv], env, nowhere)).err,
        /DEFINITION_UNKNOWN: -:2:1: No connection is named "nix"/,
      );
    const denied = await fairlead(
      ['job', 'add', 'ls', '-'],
      env,
      'steps:\n  - program:\n      path: /bin/ls\n',
    );
    assert.match(denied.err, /PROGRAM_DENIED: -:3:7: Jobs may not run the program/);
    assert.equal((await fairlead(['task', 'run', 'greet', '--var', 'x'], env)).status, 2);
    const failed = await fairlead(['task', 'run', join(dir, 'none.yaml')], env);
    assert.equal(failed.status, 2);
  });
});
