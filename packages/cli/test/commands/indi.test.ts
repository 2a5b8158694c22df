import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { raw, serve } from '@fairlead/tcp';
import { run } from '../../src/run.ts';
import { launcher, Running, root, temporaryFolder } from '../support/process.ts';
import { json, refuse, TestService } from '../support/service.ts';
import { TestTerminal } from '../support/terminal.ts';

/** An INDI server with one lamp, by hand. */
async function lamp(): Promise<AsyncDisposable & { port: string }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setEncoding('utf8');
    socket.on('error', () => {});
    socket.on('data', (text: string) => {
      if (text.includes('<getProperties'))
        socket.write(
          '<defNumberVector device="Lamp 1" name="LIGHT" state="Ok" perm="rw"><defNumber name="PERCENT" format="%g" min="0" max="100" step="1">10</defNumber></defNumberVector>' +
            '<defSwitchVector device="Lamp 1" name="POWER" state="Ok" perm="rw" rule="OneOfMany"><defSwitch name="ON">On</defSwitch><defSwitch name="OFF">Off</defSwitch></defSwitchVector>',
        );
      const value = />\s*([\d.]+)\s*<\/oneNumber>/.exec(text)?.[1];
      if (value === undefined) return;
      if (value === '99') return;
      const state = Number(value) > 90 ? 'Alert' : 'Ok';
      if (state === 'Alert') socket.write('<message device="Lamp 1" message="Too bright."/>');
      for (const one of sockets)
        one.write(
          `<setNumberVector device="Lamp 1" name="LIGHT" state="${state}"><oneNumber name="PERCENT">${value}</oneNumber></setNumberVector>`,
        );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    port: String(port),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function indi(port: string, ...argv: string[]): Promise<TestTerminal & { status: number }> {
  const terminal = new TestTerminal({});
  const status = await run(['indi', ...argv, '--port', port], terminal);
  return Object.assign(terminal, { status });
}

describe('indi', () => {
  it('get prints values as indi_getprop does', async () => {
    await using server = await lamp();
    const all = await indi(server.port, 'get');
    assert.equal(all.status, 0);
    assert.equal(all.stdout, 'Lamp 1.LIGHT.PERCENT=10\nLamp 1.POWER.ON=On\nLamp 1.POWER.OFF=Off\n');
    const one = await indi(server.port, 'get', 'Lamp*.POWER.ON');
    assert.equal(one.stdout, 'Lamp 1.POWER.ON=On\n');
    const document = await indi(server.port, 'get', 'Lamp 1.LIGHT', '--format', 'json');
    assert.deepEqual(JSON.parse(document.stdout), [
      { device: 'Lamp 1', property: 'LIGHT', state: 'Ok', perm: 'rw', values: { PERCENT: 10 } },
    ]);
  });

  it('get of what is not there ends with 3, of no server with 6', async () => {
    await using server = await lamp();
    const nothing = await indi(server.port, 'get', 'Nobody.X.Y', '-W', '200ms');
    assert.equal(nothing.status, 3);
    assert.match(nothing.stderr, /INDI_NOTHING_FOUND/);
    const { port } = server;
    await server[Symbol.asyncDispose]();
    assert.equal((await indi(port, 'get')).status, 6);
  });

  /** What answers is none of INDI's: what it says at once, and to `<getProperties>`; ends, or goes on. */
  const others: readonly [what: string, at: string, answer: string | undefined, found: RegExp][] = [
    ['ssh', 'SSH-2.0-OpenSSH_9.2\r\n', '', /sends "SSH-2\.0-OpenSSH_9\.2"/],
    ['a mail server that hangs up', '220 mail ESMTP\r\n', undefined, /sends "220 mail ESMTP"/],
    [
      'a web server',
      '',
      'HTTP/1.1 400 Bad Request\r\n\r\n<!DOCTYPE html>',
      /sends "HTTP\/1\.1 400 Bad Request"/,
    ],
    ['XML of another kind', '', '<stream:stream id="1"/>', /sends "<stream:stream id="1"\/>"/],
    ['tags that nothing can be made of', '', '<!DOCTYPE html>', /Invalid XML: a declaration/],
    ['control characters', '\x15\x03\x01\x1b[2J', '', /sends "\.\.\.\.\[2J"/],
    ['somebody who hangs up', '', undefined, /closes the connection and sends nothing/],
  ];
  for (const [what, greeting, answer, found] of others)
    it(`says what it found instead of an INDI server: ${what}`, async () => {
      await using other = await serve('tcp://127.0.0.1:0', {
        codec: raw(),
        accept: (session) => void (greeting !== '' && session.send(Buffer.from(greeting))),
        frames: (session) => {
          if (answer === undefined) session.close();
          else if (answer !== '') session.send(Buffer.from(answer));
        },
      });
      const port = other.address.split(':').at(-1) as string;
      const tried = await Promise.all([
        indi(port, 'get', '-W', '200ms'),
        indi(port, 'get', 'A.B', '-W', '200ms'),
        indi(port, 'set', 'A.B.C=1', '-W', '200ms'),
        indi(port, 'watch'),
      ]);
      for (const { status, stderr } of tried) {
        assert.match(
          stderr,
          /INDI_NOT_SPOKEN: The program that answers at 127\.0\.0\.1:\d+ is not an INDI server: /,
        );
        assert.match(stderr, found);
        assert.equal(status, 6);
      }
    });

  it('tells a silent port from an INDI server that has nothing to show', async () => {
    await using silent = await serve('tcp://127.0.0.1:0', { codec: raw(), frames: () => {} });
    const port = silent.address.split(':').at(-1) as string;
    for (const args of [['get'], ['set', 'A.B.C=1']]) {
      const { status, stderr } = await indi(port, ...args, '-W', '100ms');
      assert.match(
        stderr,
        /INDI_SILENT: 127\.0\.0\.1:\d+ accepts connections but sent nothing within 600 ms/,
      );
      assert.equal(status, 5);
    }
    await using server = await serve<Buffer>('tcp://127.0.0.1:0', {
      codec: raw(),
      frames: (session, batch) => {
        const [ping] = /<pingRequest[^>]*>/.exec(Buffer.concat(batch).toString()) ?? [];
        if (ping !== undefined) session.send(Buffer.from(ping.replace('Request', 'Reply')));
      },
    });
    const empty = server.address.split(':').at(-1) as string;
    const { status, stderr } = await indi(empty, 'get', '-W', '100ms');
    assert.match(stderr, /INDI_NOTHING_SHOWN: The INDI server at 127\.0\.0\.1:\d+ defined no property/);
    assert.equal(status, 3);
  });

  it('watch says that nothing comes, and watches on', async () => {
    await using silent = await serve('tcp://127.0.0.1:0', { codec: raw(), frames: () => {} });
    const terminal = new TestTerminal({});
    const watching = run(['indi', 'watch', '--port', silent.address.split(':').at(-1) as string], terminal);
    await terminal.until(({ stderr }) => /INDI_SILENT/.test(stderr));
    terminal.interrupt('SIGINT');
    assert.equal(await watching, 0);
  });

  it('set waits for the driver, and says why it refuses', async () => {
    await using server = await lamp();
    const done = await indi(server.port, 'set', 'Lamp 1.LIGHT.PERCENT=50');
    assert.deepEqual([done.status, done.stdout], [0, 'Lamp 1.LIGHT.PERCENT=50\n']);
    const refused = await indi(server.port, 'set', 'Lamp 1.LIGHT.PERCENT=95');
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /PROPERTY_REFUSED.*Too bright/);
    const range = await indi(server.port, 'set', 'Lamp 1.LIGHT.PERCENT=101');
    assert.equal(range.status, 2);
    const silent = await indi(server.port, 'set', 'Lamp 1.LIGHT.PERCENT=99', '-W', '100ms');
    assert.equal(silent.status, 5);
    assert.equal((await indi(server.port, 'set', 'nonsense')).status, 2);
  });

  const wrong: readonly [what: string, args: string[], status: number, words: RegExp][] = [
    [
      'a value for nothing',
      ['set', 'Lamp 1.LIGHT.PERCENT'],
      2,
      /not of the form DEVICE\.PROPERTY\.ELEMENT=VALUE/,
    ],
    ['no assignment', ['set'], 2, /Missing required argument/],
    ['words for a number', ['set', 'Lamp 1.LIGHT.PERCENT=bright'], 2, /"bright" for PERCENT is no number/],
    ['nothing for a number', ['set', 'Lamp 1.LIGHT.PERCENT='], 2, /"" for PERCENT is no number/],
    ['an element that is not there', ['set', 'Lamp 1.LIGHT.COLOUR=1'], 2, /no element "COLOUR", but PERCENT/],
    ['neither On nor Off', ['set', 'Lamp 1.POWER.ON=maybe'], 2, /neither On nor Off/],
    [
      'two On where one may be',
      ['set', 'Lamp 1.POWER.ON=On', 'Lamp 1.POWER.OFF=On'],
      2,
      /only one.* ON and OFF/,
    ],
    [
      'a property that is not there',
      ['set', 'Lamp 1.HEAT.X=1', '-W', '100ms'],
      3,
      /INDI_NOTHING_FOUND.*Lamp 1\.HEAT/,
    ],
    [
      'a device that is not there',
      ['set', 'Lmap.LIGHT.PERCENT=1', '-W', '100ms'],
      3,
      /no property that matches "Lmap/,
    ],
    ['a pattern of too many parts', ['get', 'a.b.c.d', '-W', '100ms'], 3, /INDI_NOTHING_FOUND/],
    ['a wait that is none', ['get', '-W', 'soon'], 2, /'soon' is invalid\. Write 5s/],
    ['a count of none', ['watch', '-C', '0'], 2, /'0' is invalid/],
    [
      'too few changes',
      ['watch', 'Nobody', '-C', '1', '-W', '100ms'],
      5,
      /INDI_FEW_CHANGES: Only 0 of 1 changes/,
    ],
    ['a command that is none', ['frob'], 2, /Unknown command 'frob'/],
  ];
  for (const [what, args, status, words] of wrong)
    it(`says in words what is wrong: ${what}`, async () => {
      await using server = await lamp();
      const ended = await indi(server.port, ...args);
      assert.equal(ended.status, status, ended.stderr);
      assert.match(ended.stderr, words);
    });

  it('watch prints the state of a property when it changes, and why', async () => {
    const say = (state: string, more = '') =>
      `<setNumberVector device="Mount" name="RA" state="${state}"${more}><oneNumber name="H">5</oneNumber></setNumberVector>`;
    const define = (name: string, state: string) =>
      `<defNumberVector device="Mount" name="${name}" state="${state}" perm="rw"><defNumber name="H" format="%g" min="0" max="0" step="0">5</defNumber></defNumberVector>`;
    await using server = await serve('tcp://127.0.0.1:0', {
      codec: raw(),
      frames: (session) => {
        const all = [define('RA', 'Ok'), define('DEC', 'Busy'), say('Ok'), say('Busy'), say('Busy')];
        session.send(Buffer.from([...all, say('Alert', ' message="The cable is out."')].join('')));
      },
    });
    const port = server.address.split(':').at(-1) as string;
    const { stdout } = await indi(port, 'watch', 'Mount.*.H', '-C', '6', '-W', '20');
    assert.deepEqual(stdout.trim().split('\n'), [
      'Mount.RA.H=5',
      'Mount.DEC._STATE=Busy',
      'Mount.DEC.H=5',
      'Mount.RA.H=5',
      'Mount.RA._STATE=Busy',
      'Mount.RA.H=5',
      'Mount.RA.H=5',
      'Mount.RA._STATE=Alert',
      'Mount.RA.H=5',
      'Mount: The cable is out.',
    ]);
  });

  it('watch prints changes', async () => {
    await using server = await lamp();
    const watching = indi(server.port, 'watch', 'Lamp 1.LIGHT', '-C', '2', '-W', '20');
    await indi(server.port, 'get');
    await indi(server.port, 'set', 'Lamp 1.LIGHT.PERCENT=61');
    const { status, stdout } = await watching;
    assert.deepEqual([status, stdout], [0, 'Lamp 1.LIGHT.PERCENT=10\nLamp 1.LIGHT.PERCENT=61\n']);
  });
});

describe('driver', () => {
  it('ls shows what the service runs', async () => {
    const ended = { code: 'DRIVER_ENDED', message: 'It ended: status 3.' };
    const drivers = [
      {
        name: 'lamp',
        kind: 'driver',
        state: 'running',
        pid: 7,
        restarts: 1,
        devices: ['Lamp 1'],
        cause: ended,
      },
      { name: 'bulb', kind: 'driver', state: 'waiting', restarts: 9, devices: [], cause: ended },
    ];
    await using service = await TestService.start({ 'GET drivers': json(drivers) });
    const terminal = new TestTerminal(service.env);
    assert.equal(await run(['driver', 'ls'], terminal), 0);
    assert.match(
      terminal.stdout,
      /^NAME +KIND +STATE +RESTARTS +DEVICES +CODE\nlamp +driver +running +1 +Lamp 1/,
    );
    assert.equal(terminal.stderr, 'bulb: DRIVER_ENDED: It ended: status 3.\n', 'why one does not run');
  });

  it('start, stop and restart say what has become of it', async () => {
    const driver = { name: '@far:7624', kind: 'chain', restarts: 0, devices: [] };
    await using service = await TestService.start({
      'POST drivers/%40far%3A7624/stop': json({ ...driver, state: 'stopped' }),
      'POST drivers/mount/restart': json({ ...driver, name: 'mount', state: 'running' }),
      'POST drivers/muont/start': refuse(404, 'DRIVER_UNKNOWN', 'There is no "muont"; there are: mount.'),
    });
    const stopped = new TestTerminal(service.env);
    assert.equal(await run(['driver', 'stop', '@far:7624'], stopped), 0);
    assert.equal(stopped.stdout, '"@far:7624" is stopped.\n');
    const again = new TestTerminal(service.env);
    assert.equal(await run(['driver', 'restart', 'mount', '--format', 'json'], again), 0);
    assert.equal(JSON.parse(again.stdout).state, 'running');
    const unknown = new TestTerminal(service.env);
    assert.equal(await run(['driver', 'start', 'muont'], unknown), 3);
    assert.match(unknown.stderr, /There is no "muont"; there are: mount\./);
  });

  it('new proposes a name where the one that was given cannot be', async () => {
    for (const [name, words] of [
      ['Weather Station', /"Weather Station" is not a valid driver name, but "weather-station" is\./],
      ['myMount_2', /but "my-mount-2" is/],
      ['42', /"42" is not a valid driver name\./],
    ] as const) {
      const terminal = new TestTerminal({});
      assert.equal(await run(['driver', 'new', name], terminal), 2);
      assert.match(terminal.stderr, words);
    }
  });

  it('new makes a project whose test passes, and run runs its driver', async () => {
    await using folder = await temporaryFolder();
    await using made = new Running(['driver', 'new', 'well-meter'], folder.path);
    assert.equal(await made.end(), 0, made.stderr);
    assert.match(made.stdout, /^well-meter\/driver\.ts$/m);
    await using again = new Running(['driver', 'new', 'well-meter'], folder.path);
    assert.equal(await again.end(), 7);
    const project = join(folder.path, 'well-meter');
    await using configured = new Running(['config', 'check', '--format', 'json'], project);
    assert.equal(await configured.end(), 0, configured.stderr);
    assert.match(configured.stdout, /"driver\.ts"/);
    await symlink(join(root, 'node_modules'), join(project, 'node_modules'));
    const options = {
      cwd: project,
      env: { ...process.env, NODE_OPTIONS: '--conditions=fairlead-source', HOME: folder.path },
    };
    const { NODE_TEST_CONTEXT: _, ...env } = options.env as Record<string, string>;
    const tested = spawn(process.execPath, ['--test', '--test-reporter=tap'], { cwd: project, env });
    let output = '';
    tested.stdout.on('data', (text) => {
      output += text;
    });
    const status = await new Promise((resolve) => tested.once('close', resolve));
    assert.equal(status, 0, output);
    assert.match(output, /^# pass 10$/m);

    for (const [program, ...args] of [
      [process.execPath, launcher, 'driver', 'run', join(project, 'driver.ts')],
      // As indiserver starts it.
      [join(project, 'indi_well_meter')],
    ] as [string, ...string[]][]) {
      const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
      const driver = spawn(program, args, { env: { ...env, PATH }, stdio: ['pipe', 'pipe', 'inherit'] });
      let said = '';
      const shown = new Promise<void>((resolve) => {
        driver.stdout.on('data', (text) => {
          said += text;
          if (/name="CONNECTION"/.test(said)) resolve();
        });
        driver.once('close', () => resolve());
      });
      driver.stdin.write('<getProperties version="1.7"/>\n');
      await shown;
      driver.stdin.end();
      assert.equal(await new Promise((resolve) => driver.once('close', resolve)), 0);
      assert.match(said, /device="Well Meter"/);
    }
  });
});
