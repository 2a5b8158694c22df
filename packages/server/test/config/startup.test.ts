import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { requirePeer } from '@fairlead/testkit';
import { checkConfig } from '../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'fairlead-startup-'));
after(() => rmSync(folder, { recursive: true }));

function put(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** The problems of a file, each as `CODE message`. */
function problems(yaml: string, env: Record<string, string> = {}, cwd = folder): string[] {
  const file = put('x.yaml', yaml);
  return checkConfig({ file, env, cwd }).problems.map(({ code, message }) =>
    `${code} ${message}`.replaceAll(file, 'F').replaceAll(folder, 'D'),
  );
}

describe('what "config check" passed and "serve" refused', () => {
  test('two listeners at one port', () => {
    assert.deepEqual(problems('listeners:\n  official: {listen: 127.0.0.1:7654}\n'), [
      'CONFIG_VALUE_INVALID F:1:1: "listeners.custom.listen": listeners.official.listen already listens at 127.0.0.1:7654.',
    ]);
    for (const [other, address] of [
      ['http: {listen: 0.0.0.0:7654}', '127.0.0.1:7654'],
      ['http: {listen: "[::]:7654"}', '127.0.0.1:7654'],
      ['http: {listen: localhost:7654}', '127.0.0.1:7654'],
      ['drivers: {listen: 127.0.0.1:7654}', '127.0.0.1:7654'],
      ['bus: {embedded: {listen: 127.0.0.1:7654}}', '127.0.0.1:7654'],
      ['http: {listen: "[::1]:9"}', '":9"'],
    ] as const) {
      const found = problems(`${other}\nlisteners: {custom: {listen: ${address}}}\n`);
      assert.equal(found.length, 1, other);
      assert.match(found[0] as string, /already listens at/);
    }
    for (const fine of [
      'http: {listen: 127.0.0.1:0}\nlisteners: {custom: {listen: 127.0.0.1:0}}\n',
      'http: {listen: 127.0.0.2:7654}\n',
      'http: {listen: "[::1]:7654"}\n',
      'bus: {kind: mqtt, mqtt: {url: "mqtt://h"}, embedded: {listen: 127.0.0.1:7654}}\n',
      'http: {listen: 127.0.0.1:7654}\nlisteners: {custom: {listen: off}}\n',
    ])
      assert.deepEqual(problems(fine), [], fine);
  });

  test('files of TLS that are not there, or are something else', (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const make = (name: string): { key: string; cert: string } => {
      const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
      const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
      const made = spawnSync('openssl', [...request, '-subj', '/CN=x', '-keyout', key, '-out', cert]);
      assert.equal(made.status, 0, String(made.stderr));
      return { key, cert };
    };
    const [one, two] = [make('one'), make('two')];
    const broken = put('broken.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    const yaml = (files: object) =>
      `bus: {kind: mqtt, mqtt: ${JSON.stringify({ url: 'mqtts://h', ...files })}}\n`;
    for (const [files, expected] of [
      [{ ca: join(folder, 'none.pem') }, /"bus\.mqtt\.ca": cannot read D\/none\.pem: it does not exist\.$/],
      [{ ca: one.key }, /"bus\.mqtt\.ca": D\/one\.key contains a private key, but no certificate\.$/],
      [{ ca: put('empty.pem', '') }, /"bus\.mqtt\.ca": D\/empty\.pem contains no certificate in PEM\.$/],
      [{ ca: broken }, /"bus\.mqtt\.ca": D\/broken\.pem contains a certificate that cannot be read/],
      [{ cert: one.key, key: one.key }, /"bus\.mqtt\.cert": .* contains a private key/],
      [{ cert: one.cert, key: one.cert }, /"bus\.mqtt\.key": .* contains no readable private key in PEM/],
      [{ cert: one.cert, key: two.key }, /"bus\.mqtt\.key": it is not the private key of bus\.mqtt\.cert\.$/],
    ] as const) {
      const found = problems(yaml(files));
      assert.equal(found.length, 1, JSON.stringify(files));
      assert.match(found[0] as string, expected);
    }
    assert.deepEqual(problems(yaml({ ca: one.cert, cert: one.cert, key: one.key })), []);
  });

  test('a secret key and an administrator’s token that are none', () => {
    assert.match(
      problems('', { FAIRLEAD_SECRET_KEY: '123' })[0] as string,
      /^SECRET_KEY_INVALID .*FAIRLEAD_SECRET_KEY/,
    );
    assert.match(
      problems('', { FAIRLEAD_TOKEN: 'short' })[0] as string,
      /^ADMIN_TOKEN_INVALID .*FAIRLEAD_TOKEN/,
    );
    const data = join(folder, 'data');
    mkdirSync(data);
    writeFileSync(join(data, 'secret.key'), '123\n');
    writeFileSync(join(data, 'admin-token'), 'short\n');
    chmodSync(join(data, 'secret.key'), 0o600);
    assert.deepEqual(
      problems(`data: ${data}\n`).map((text) => text.split(' ')[0]),
      ['ADMIN_TOKEN_INVALID', 'SECRET_KEY_INVALID'],
    );
    assert.deepEqual(problems('data: ./not-there-yet\n'), []);
  });
});

test('values that the broker, the topics and the data folder cannot have are found by the check', () => {
  const mqtt = (url: string) => `bus: {kind: mqtt, mqtt: {url: "${url}"}}\n`;
  for (const url of ['mqtt://h/path', 'mqtt://h:99999', 'mqtt://h?x', 'mqtt://h#x', 'mqtt://['])
    assert.match(problems(mqtt(url))[0] ?? url, /"bus\.mqtt\.url": expected mqtt:\/\/HOST/);
  for (const url of ['mqtt://h', 'mqtt://h/', 'mqtts://[::1]:8883'])
    assert.deepEqual(problems(mqtt(url)), []);
  assert.match(problems('bus: {mqtt: {keepalive: 20h}}\n')[0] ?? '', /expected at most 18h/);
  assert.match(problems('bus: {embedded: {clients: 2000000}}\n')[0] ?? '', /"bus\.embedded\.clients"/);
  const long = `topics: {set: "${'x'.repeat(65_500)}/{device}"}\n`;
  assert.match(problems(long)[0] ?? '', /"topics\.set": a topic has at most 65471 bytes/);
  const file = put('a-file', '');
  for (const data of [file, join(file, 'below', 'it')])
    assert.match(
      problems(`data: ${data}\n`)[0] ?? '',
      /^STORE_UNREADABLE .* D\/a-file.*a file exists where the folder is needed/,
    );
});

describe('durations', () => {
  const set = (key: string, value: string) =>
    `${key
      .split('.')
      .map((part) => `{${part}: `)
      .join('')
      .slice(1)}${value}${'}'.repeat(key.split('.').length - 1)}\n`;
  const keys = {
    'bus.mqtt.keepalive': '1s',
    'listeners.custom.limits.handshake': '100ms',
    'listeners.custom.limits.idle': '1s',
    'stop.grace': '0s',
  };

  test('a number without a unit that was meant as seconds is refused', () => {
    for (const key of Object.keys(keys))
      for (const number of ['1', '300', '0.5'])
        assert.match(
          problems(set(key, number))[0] ?? `${key} takes ${number}`,
          new RegExp(
            `"${key.replaceAll('.', '\\.')}": ${number} without a unit means ${number} ms; write ${number}s`,
          ),
        );
    assert.match(
      problems('', { FAIRLEAD_LISTENERS__CUSTOM__LIMITS__IDLE: '300' })[0] as string,
      /300 without a unit means 300 ms; write 300s/,
    );
  });

  test('a duration below its minimum, and one that no timer can take, is refused', () => {
    for (const [key, least] of Object.entries({
      ...keys,
      'scripts.softTimeout': '1ms',
      'scripts.watchdog': '50ms',
    })) {
      assert.match(problems(set(key, '40d'))[0] ?? key, /expected at most (24 days|18h)/);
      if (least !== '0s')
        assert.match(problems(set(key, '0.5ms'))[0] ?? key, new RegExp(`at least ${least}`));
      assert.deepEqual(problems(set(key, least)), [], key);
      assert.deepEqual(problems(set(key, '5000')), [], key);
    }
    assert.deepEqual(problems(set('listeners.custom.limits.idle', '0')), []);
    assert.match(
      problems(set('listeners.custom.limits.idle', 'often'))[0] ?? '',
      /expected a duration such as 5m, or off/,
    );
  });
});

describe('an unknown key is told where it stands', () => {
  test('a section, with keys beneath it', () => {
    assert.match(
      problems('log: {level: info}\nlisteenrs:\n  official:\n    listen: off\n')[0] ?? '',
      /^CONFIG_KEY_UNKNOWN F:2:1: /,
    );
    assert.match(problems('bus:\n  embeded:\n    a: 1\n    b: 2\n')[0] ?? '', /^CONFIG_KEY_UNKNOWN F:2:3: /);
  });

  test('a key with nothing after it', () => {
    assert.match(problems('log: {level: info}\nlisteenrs:\n')[0] ?? '', /^CONFIG_KEY_UNKNOWN F:2:1: /);
    assert.deepEqual(problems('listeners:\nhttp:\n  listen:\n'), []);
  });

  test('a listener without what it needs', () => {
    assert.match(
      problems('listeners:\n  plant:\n    limits:\n      idle: 5s\n')[0] ?? '',
      /^CONFIG_VALUE_INVALID F:2:3: "listeners\.plant\.protocol"/,
    );
  });
});
