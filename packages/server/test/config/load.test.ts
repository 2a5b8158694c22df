import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import { configSchema } from '../../src/config/schema.ts';
import { bare, leaves } from '../../src/config/walk.ts';
import { checkConfig, explainConfig, loadConfig } from '../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'fairlead-config-'));
after(() => rmSync(folder, { recursive: true }));

function file(text: string, name = 'test.yaml'): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** The problems of a file, as `CODE message` with the path of the file shortened. */
function problems(text: string, env: Record<string, string> = {}): string[] {
  const path = file(text);
  return checkConfig({ file: path, env, cwd: folder }).problems.map(
    (problem) => `${problem.code} ${problem.message.replaceAll(path, 'F')}`,
  );
}

describe('configuration', () => {
  test('has a default for everything', () => {
    const { config, warnings, sources } = loadConfig({ cwd: folder });
    assert.equal(config.data, join(folder, 'fairlead-data'));
    assert.equal(config.http.listen, '127.0.0.1:7650');
    assert.equal(config.bus.kind, 'embedded');
    assert.equal(config.bus.embedded.listen, '127.0.0.1:7655');
    assert.equal(config.listeners.official?.listen, '127.0.0.1:7653');
    assert.equal(config.listeners.custom?.protocol, 'custom');
    assert.equal(config.listeners.custom?.limits.handshake, 10_000);
    assert.equal(config.topics.status, 'devices/{device}/status');
    assert.deepEqual([warnings, sources.size], [[], 0]);
  });

  test('an empty file, and sections with nothing in them, are as no file', () => {
    for (const text of ['', '# nothing\n', 'http:\nbus:\n  mqtt:\n'])
      assert.deepEqual(
        loadConfig({ file: file(text), cwd: folder }).config,
        loadConfig({ cwd: folder }).config,
      );
  });

  test('file, then environment, then command line', () => {
    const path = file('http: {listen: "127.0.0.1:1"}\nlog: {level: warn}\nmessages: {keep: 5}\n');
    const loaded = loadConfig({
      file: path,
      cwd: folder,
      env: { FAIRLEAD_HTTP__LISTEN: '127.0.0.1:2', FAIRLEAD_LOG: 'debug' },
      flags: { http: { listen: '127.0.0.1:3' } },
    });
    assert.equal(loaded.config.http.listen, '127.0.0.1:3');
    assert.equal(loaded.config.log.level, 'debug');
    assert.equal(loaded.config.messages.keep, 5);
    const from = Object.fromEntries(explainConfig(loaded).map(({ key, source }) => [key, source]));
    assert.equal(from['http.listen'], 'command line');
    assert.equal(from['log.level'], 'FAIRLEAD_LOG');
    assert.equal(from['messages.keep'], `${path}:3:12`);
    assert.equal(from['bus.kind'], 'default');
  });

  test('fairlead.yaml in the working folder is found by itself', () => {
    const path = file('log: {level: error}\n', 'fairlead.yaml');
    const loaded = loadConfig({ cwd: folder });
    rmSync(path);
    assert.equal(loaded.config.log.level, 'error');
    assert.equal(loaded.sources.get('log.level'), 'fairlead.yaml:1:7');
  });

  test('relative paths count from the folder of what names them', () => {
    const path = file('data: here\n');
    assert.equal(loadConfig({ file: path, cwd: '/' }).config.data, join(folder, 'here'));
    assert.equal(loadConfig({ file: path, cwd: '/x', flags: { data: 'there' } }).config.data, '/x/there');
    assert.equal(loadConfig({ file: path, cwd: '/x', env: { FAIRLEAD_DATA: 'env' } }).config.data, '/x/env');
  });
});

describe('a list in the environment', () => {
  const settings = (env: Record<string, string>) => loadConfig({ cwd: folder, env }).config;

  test('is separated by commas, the command of a driver too', () => {
    for (const [text, command] of [
      ['indi_lx200basic', ['indi_lx200basic']],
      ['node, slow.ts,5', ['node', 'slow.ts', '5']],
      ['[node, "a, b"]', ['node', 'a, b']],
    ] as const)
      assert.deepEqual(
        settings({ FAIRLEAD_DRIVERS__RUN__MOUNT__COMMAND: text }).drivers.run.mount?.command,
        command,
      );
  });

  test('is read so for every key that is a list', () => {
    const { drivers, automation, http } = settings({
      FAIRLEAD_DRIVERS__CHAIN: '@a, Dome@b:1',
      FAIRLEAD_DRIVERS__PROGRAMS: 'indi_*,/srv/x',
      FAIRLEAD_AUTOMATION__PROGRAMS: '/bin/ls, /bin/cat',
      FAIRLEAD_AUTOMATION__ENVIRONMENT: 'A,B',
      FAIRLEAD_HTTP__HOSTS: 'a.example, b.example',
    });
    assert.deepEqual(
      [drivers.chain, drivers.programs, automation.programs, automation.environment, http.hosts],
      [
        ['@a', 'Dome@b:1'],
        ['indi_*', '/srv/x'],
        ['/bin/ls', '/bin/cat'],
        ['A', 'B'],
        ['a.example', 'b.example'],
      ],
    );
    for (const { path, schema, meta } of leaves(configSchema))
      if (/^list/.test(meta.type ?? '')) assert.equal(bare(schema).def.type, 'array', path.join('.'));
  });
});

describe('the file', () => {
  test('an unknown key is refused with line, column and the nearest known one', () => {
    assert.deepEqual(problems('http:\n  lisen: 127.0.0.1:1\n'), [
      'CONFIG_KEY_UNKNOWN F:2:3: unknown key "http.lisen". Did you mean "listen"?',
    ]);
    assert.deepEqual(problems('listeners:\n  official:\n    limits: {idel: 5s}\n'), [
      'CONFIG_KEY_UNKNOWN F:3:14: unknown key "listeners.official.limits.idel". Did you mean "idle"?',
    ]);
    assert.match(
      problems('__proto__: {a: 1}\n')[0] ?? '',
      /^CONFIG_KEY_UNKNOWN F:1:1: unknown key "__proto__"/,
    );
  });

  test('a value of the wrong kind is refused with what is allowed', () => {
    assert.deepEqual(problems('messages:\n  keep: many\nhttp:\n  listen: localhost\n').sort(), [
      'CONFIG_VALUE_INVALID F:2:3: "messages.keep": expected a number.',
      'CONFIG_VALUE_INVALID F:4:3: "http.listen": expected HOST:PORT such as 127.0.0.1:7650 or [::1]:7650; the port is missing.',
    ]);
    assert.match(
      problems('automation: {programs: [/bin/ls, lp]}')[0] ?? '',
      /"automation\.programs\.1": expected an absolute path/,
    );
    assert.match(problems('bus: {mqtt: {qos: 2}}')[0] ?? '', /"bus\.mqtt\.qos": expected 0 or 1\.$/);
    assert.match(problems('- a\n')[0] ?? '', /^CONFIG_VALUE_INVALID F:1:1: "the whole"/);
    assert.match(problems('topics: {set: devices/x}\n')[0] ?? '', /\{device\} as exactly one topic level/);
    assert.match(problems('topics: {set: "devices/{device}/status"}\n')[0] ?? '', /the same topic/);
    assert.match(
      problems('listeners: {Extra: {}}\n')[0] ?? '',
      /F:1:13: "listeners\.Extra": a name has at most 32 lower-case/,
    );
    assert.match(
      problems('listeners: {extra: {listen: "127.0.0.1:1"}}\n')[0] ?? '',
      /"listeners\.extra\.protocol": it is required/,
    );
  });

  test('what starts drivers, and the servers that are chained, are checked before anything is started', () => {
    const words =
      /"drivers\.run\.a\.command(?:\.1)?": expected a list of words: program and arguments, such as \[indi_lx200basic\]\.$/;
    for (const command of ['indi_lx200basic', '[]', "['']", '[node, [x]]', '{}'])
      assert.match(problems(`drivers: {run: {a: {command: ${command}}}}\n`)[0] ?? '', words);
    assert.match(
      problems('drivers: {chain: [localhost]}\n')[0] ?? '',
      /"drivers\.chain\.0": expected DEVICE@HOST:PORT or @HOST; there is no @\.$/,
    );
    assert.match(problems('drivers: {chain: ["@here:99999"]}\n')[0] ?? '', /or @HOST; .*port/);
    assert.match(problems('drivers: {chain: ["@a", "@a"]}\n')[0] ?? '', /a server is listed twice/);
    const { drivers } = loadConfig({
      file: file('drivers: {run: {a: {command: [node, x.ts, 5]}}}\n'),
      cwd: folder,
    }).config;
    assert.deepEqual(drivers.run.a?.command, ['node', 'x.ts', '5']);
  });

  test('a driver names its device, its configuration and its variables, which are not printed', () => {
    const path = file(
      'drivers: {run: {a: {command: [indi_x], device: Dome 1, config: dome.xml, connect: true, env: {KEY: s3cret, Port: 5}}}}\n',
    );
    const loaded = loadConfig({
      file: path,
      cwd: '/x',
      env: { FAIRLEAD_DRIVERS__RUN__A__ENV__INDI__Two: 'b,c', FAIRLEAD_DRIVERS__RUN__A__ENV__KEY: 'n3w' },
    });
    const { a } = loaded.config.drivers.run;
    assert.deepEqual(
      [a?.device, a?.config, a?.connect, { ...a?.env }],
      ['Dome 1', join(folder, 'dome.xml'), true, { KEY: 'n3w', Port: '5', INDI__Two: 'b,c' }],
    );
    assert.doesNotMatch(JSON.stringify(explainConfig(loaded)), /s3cret|n3w|b,c/);
    for (const [text, words] of [
      ['env: {A-B: c}', /"drivers\.run\.a\.env\.A-B": the name of a variable has letters/],
      ['env: {A: [b]}', /"drivers\.run\.a\.env\.A": expected text/],
      ['device: ""', /"drivers\.run\.a\.device": expected 1 to 63 characters/],
      ['connect: maybe', /"drivers\.run\.a\.connect": expected true or false/],
    ] as const)
      assert.match(problems(`drivers: {run: {a: {command: [x], ${text}}}}\n`)[0] ?? '', words);
    assert.match(
      problems('drivers: {programs: ["a*b"]}\n')[0] ?? '',
      /"drivers\.programs\.0": expected a program/,
    );
  });

  test('broken YAML is refused with its place', () => {
    assert.match(problems('a: b\nc: [1\n')[0] ?? '', /^CONFIG_SYNTAX F:\d+:\d+: not valid YAML: /);
    assert.match(problems('data: a\ndata: b\n')[0] ?? '', /^CONFIG_SYNTAX F:2:1: /);
    assert.match(problems('data: *nowhere\n')[0] ?? '', /^CONFIG_SYNTAX F/);
  });

  test('aliases that multiply end in an error', () => {
    const rows = Array.from({ length: 20 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]`);
    assert.match(problems(`a0: &a0 [x]\n${rows.join('\n')}\n`)[0] ?? '', /^CONFIG_SYNTAX F/);
  });

  test('a file that is not there, or is a folder, is one clear error', () => {
    const cases = { 'nowhere.yaml': /nowhere\.yaml: it does not exist/, '.': /a folder/ };
    for (const [name, said] of Object.entries(cases))
      assert.throws(
        () => loadConfig({ file: name, cwd: folder }),
        (error) => isFairleadError(error, 'CONFIG_UNREADABLE') && said.test(error.message),
      );
  });

  test('listeners of any name', () => {
    const { config } = loadConfig({
      file: file(
        'listeners:\n  official: {listen: off}\n  plant-2: {protocol: custom, listen: "[::1]:0", limits: {idle: 5m, frame: 2KiB}}\n',
      ),
      cwd: folder,
    });
    assert.deepEqual(Object.keys(config.listeners), ['official', 'custom', 'plant-2']);
    assert.equal(config.listeners.official?.listen, false);
    assert.equal(config.listeners['plant-2']?.listen, '[::1]:0');
    assert.deepEqual(
      [config.listeners['plant-2']?.limits.idle, config.listeners['plant-2']?.limits.frame],
      [300_000, 2048],
    );
  });
});

describe('the environment', () => {
  const load = (env: Record<string, string>, text = '') => loadConfig({ cwd: folder, env, file: file(text) });

  test('case and single underscores do not matter', () => {
    writeFileSync(join(folder, 'secret'), 'hush\n');
    const { config } = load({
      FAIRLEAD_BUS__KIND: 'mqtt',
      FAIRLEAD_BUS__MQTT__URL: 'mqtt://broker',
      FAIRLEAD_BUS__MQTT__USER: 'fairlead',
      FAIRLEAD_bus__mqtt__Password_File: 'secret',
      FAIRLEAD_BUS__MQTT__QOS: '1',
      FAIRLEAD_BUS__MQTT__CLIENTID: '0123',
      FAIRLEAD_MESSAGES__ENABLED: 'false',
      FAIRLEAD_HTTP__HOSTS: 'a.example, b.example',
      FAIRLEAD_LISTENERS__OFFICIAL__LIMITS__IDLE: '5m',
      FAIRLEAD_LISTENERS__OFFICIAL__LISTEN: 'off',
    });
    assert.equal(config.bus.mqtt.passwordFile, join(folder, 'secret'));
    assert.equal(config.bus.mqtt.qos, 1);
    assert.equal(config.bus.mqtt.clientId, '0123');
    assert.equal(config.messages.enabled, false);
    assert.deepEqual(config.http.hosts, ['a.example', 'b.example']);
    assert.equal(config.listeners.official?.limits.idle, 300_000);
    assert.equal(config.listeners.official?.listen, false);
  });

  test('finds the names of a map that the file has', () => {
    const { config } = load(
      {
        FAIRLEAD_LISTENERS__PLANT_2__LISTEN: '127.0.0.1:5',
        FAIRLEAD_BUS__EMBEDDED__USERS__ALICE__PASSWORD: 'x',
      },
      'listeners: {plant-2: {protocol: custom}}\nbus: {embedded: {users: {Alice: {}}}}\n',
    );
    assert.equal(config.listeners['plant-2']?.listen, '127.0.0.1:5');
    assert.deepEqual(config.bus.embedded.users, { Alice: { password: 'x' } });
  });

  test('an unknown variable is named in a warning, known ones that are no keys are not', () => {
    const { warnings } = load({
      FAIRLEAD_HTP__LISTEN: 'x',
      FAIRLEAD_HTTP: 'x',
      FAIRLEAD_URL: 'x',
      FAIRLEAD_TOKEN: 'x'.repeat(20),
      FAIRLEAD_LISTENERS__CONSTRUCTOR__TOSTRING: 'x',
      PATH: '/bin',
    });
    assert.deepEqual(
      warnings.map((text) => text.split(' ')[3]),
      ['FAIRLEAD_HTP__LISTEN', 'FAIRLEAD_HTTP', 'FAIRLEAD_LISTENERS__CONSTRUCTOR__TOSTRING'],
    );
    assert.match(warnings[0] ?? '', /Did you mean FAIRLEAD_HTTP__LISTEN\?/);
  });

  test('a hint names the listener that was meant, not a placeholder', () => {
    const hint = (name: string) => load({ [name]: 'x' }).warnings[0]?.split('Did you mean ')[1];
    assert.equal(hint('FAIRLEAD_LISTENERS_OFFICIAL_LISTEN'), 'FAIRLEAD_LISTENERS__OFFICIAL__LISTEN?');
    assert.equal(hint('FAIRLEAD_LISTENERS__OFFICIAL__LISTN'), 'FAIRLEAD_LISTENERS__OFFICIAL__LISTEN?');
    assert.equal(hint('FAIRLEAD_LISTENERS__PLANT_2__LISTN'), 'FAIRLEAD_LISTENERS__PLANT_2__LISTEN?');
    assert.equal(
      hint('FAIRLEAD_BUS__EMBEDDED__USERS__BOB__PASSWRD'),
      'FAIRLEAD_BUS__EMBEDDED__USERS__BOB__PASSWORD?',
    );
  });

  test('a wrong value is refused by the name of the variable', () => {
    assert.match(
      problems('', { FAIRLEAD_MESSAGES__KEEP: '-1' })[0] ?? '',
      /^CONFIG_VALUE_INVALID FAIRLEAD_MESSAGES__KEEP: "messages\.keep": /,
    );
  });
});

describe('secrets', () => {
  test('are not taken from the file', () => {
    assert.deepEqual(problems('bus:\n  mqtt:\n    password: hush\n'), [
      'CONFIG_SECRET_IN_FILE F:3:5: "bus.mqtt.password" is a secret and must not be in the configuration file.',
    ]);
  });

  test('a password file that is missing or empty is one clear error', () => {
    file('\n', 'empty');
    for (const [name, said] of [
      ['none', 'it does not exist'],
      ['empty', 'it is empty'],
    ] as const) {
      const [problem] = problems(`bus: {mqtt: {passwordFile: ${name}}}\n`);
      assert.ok(
        problem?.startsWith('CONFIG_SECRET_UNREADABLE F:1:14') && problem.includes(said),
        problem ?? 'no problem',
      );
    }
  });

  test('are never shown', () => {
    const loaded = loadConfig({ cwd: folder, env: { FAIRLEAD_BUS__MQTT__PASSWORD: 'hunter2' } });
    assert.equal(loaded.config.bus.mqtt.password, 'hunter2');
    const rows = explainConfig(loaded);
    assert.ok(!JSON.stringify(rows).includes('hunter2'));
    assert.deepEqual(
      rows.find(({ key }) => key === 'bus.mqtt.password'),
      { key: 'bus.mqtt.password', value: '***', source: 'FAIRLEAD_BUS__MQTT__PASSWORD' },
    );
  });

  test('the embedded broker beyond loopback needs users', () => {
    const beyond = 'bus: {embedded: {listen: "0.0.0.0:7655"}}\n';
    assert.match(problems(beyond)[0] ?? '', /^CONFIG_CREDENTIALS_REQUIRED F:1:18/);
    assert.deepEqual(problems(beyond, { FAIRLEAD_BUS__EMBEDDED__USERS__A__PASSWORD: 'x' }), []);
    assert.deepEqual(problems('bus: {embedded: {listen: "[::1]:7655"}}\n'), []);
    assert.match(problems('bus: {embedded: {users: {a: {}}}}\n')[0] ?? '', /a user needs a password/);
  });

  test('a certificate for devices that are dialled needs its key', () => {
    assert.match(
      problems('dial: {tls: {cert: a.pem}}\n')[0] ?? '',
      /F:1:8: "dial\.tls\.key": cert and key must be/,
    );
    assert.deepEqual(problems('dial: {tls: {ca: a.pem}}\n'), []);
  });

  test('what does not must be set together at an own broker', () => {
    const mqtt = (keys: string) => problems(`bus: {kind: mqtt, mqtt: {${keys}}}\n`)[0] ?? '';
    assert.match(mqtt(''), /F:1:7: "bus\.mqtt\.url": it is required/);
    assert.match(mqtt('url: "mqtt://a:b@c"'), /without user and password/);
    assert.match(mqtt('url: "mqtt://a", ca: x'), /"bus\.mqtt\.ca": it needs a URL that starts with mqtts/);
    assert.match(mqtt('url: "mqtts://a", cert: x'), /must be set together/);
    writeFileSync(join(folder, 'pw'), 'x');
    assert.match(mqtt('url: "mqtts://a", passwordFile: pw'), /"bus\.mqtt\.passwordFile": it needs a user/);
    assert.equal(mqtt('url: "mqtts://a:8883", user: u, passwordFile: pw, serverName: x'), '');
  });
});

describe('listeners of profiles', () => {
  test('take profiles, and by default put unknown devices into the inbox', () => {
    const path = file('listeners:\n  trackers: {listen: "127.0.0.1:5023", profiles: [gt06, official]}\n');
    const { limits, ...trackers } = loadConfig({ file: path, cwd: folder }).config.listeners.trackers ?? {};
    assert.deepEqual(trackers, {
      protocol: 'profiles',
      profiles: ['gt06', 'official'],
      unknown: 'inbox',
      takeover: 'newest',
      listen: '127.0.0.1:5023',
      durability: 'memory',
    });
  });

  test('take limits of what devices may do to each other', () => {
    const limits =
      'lockout: {failures: 20}, rate: {messages: 5, bytes: 64KiB}, acceptRatePerAddress: {perSecond: 2}';
    const path = file(`listeners:\n  official: {takeover: keep, limits: {${limits}}}\n`);
    const { official } = loadConfig({ file: path, cwd: folder }).config.listeners;
    assert.equal(official?.takeover, 'keep');
    assert.deepEqual(official?.limits.lockout, { failures: 20, within: 60_000, time: 600_000 });
    assert.deepEqual(official?.limits.rate, { messages: 5, bytes: 65_536, per: 1_000, exceeded: 'wait' });
    const problem = (text: string) => problems(`listeners:\n  official: {${text}}\n`);
    assert.match(`${problem('limits: {rate: {per: 1s}}')}`, /expected "messages", "bytes" or both/);
    assert.match(`${problem('limits: {rate: {bytes: 0}}')}`, /expected at least one byte/);
    assert.match(`${problem('limits: {lockout: {failures: 100000}}')}`, /limits\.lockout\.failures/);
    assert.match(`${problem('takeover: oldest')}`, /takeover/);
  });

  test('are checked for what they need and what they do not use', () => {
    const problem = (text: string) => problems(`listeners:\n  x: {listen: "127.0.0.1:1", ${text}}\n`);
    assert.match(
      problem('protocol: profiles')[0] ?? '',
      /listeners\.x\.profiles.*it is required: name the profiles/,
    );
    assert.match(
      problem('protocol: custom, profiles: [gt06]')[0] ?? '',
      /listeners\.x\.profiles.*only the protocol "profiles"/,
    );
    assert.match(
      problem('protocol: custom, unknown: create')[0] ?? '',
      /listeners\.x\.unknown.*only a listener/,
    );
    assert.match(problem('profiles: []')[0] ?? '', /listeners\.x\.profiles/);
    assert.match(problem('profiles: [gt06], unknown: ask')[0] ?? '', /listeners\.x\.unknown/);
    assert.match(problem('profiles: ["a/b"]')[0] ?? '', /expected names of profiles/);
    assert.match(problem('unknown: inbox')[0] ?? '', /listeners\.x\.protocol.*it is required/);
    assert.deepEqual(problem('profiles: [gt06], unknown: refuse'), []);
  });
});
