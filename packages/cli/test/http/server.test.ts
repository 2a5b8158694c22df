import assert from 'node:assert/strict';
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { serverOf } from '../../src/http/server.ts';

const folder = mkdtempSync(join(tmpdir(), 'fairlead-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** What a command finds in a folder with this `fairlead.yaml`. */
function found(yaml: string | undefined, env: Record<string, string> = {}) {
  const file = join(folder, 'fairlead.yaml');
  rmSync(file, { force: true });
  if (yaml !== undefined) writeFileSync(file, yaml);
  const { url, token, tokenPath } = serverOf(env, file);
  return { url: url.href, token, tokenPath };
}

describe('the service that a command talks to', () => {
  it('is the one on this machine, where nothing is said', () => {
    const expected = {
      url: 'http://127.0.0.1:7650/',
      token: undefined,
      tokenPath: 'fairlead-data/admin-token',
    };
    for (const yaml of [undefined, '', '- a list', 'http: [', 'data: 7\nhttp: {listen: [1]}'])
      assert.deepEqual(found(yaml), expected);
  });

  it('is where fairlead.yaml of the working folder says', () => {
    mkdirSync(join(folder, 'house'));
    writeFileSync(join(folder, 'house', 'admin-token'), 'secret\n');
    assert.deepEqual(found('data: ./house\nhttp: {listen: "127.0.0.1:8000"}'), {
      url: 'http://127.0.0.1:8000/',
      token: 'secret',
      tokenPath: join(folder, 'house', 'admin-token'),
    });
    assert.equal(found('http: {listen: "0.0.0.0:8000"}').url, 'http://127.0.0.1:8000/');
    assert.equal(found('http: {listen: "[::]:8000"}').url, 'http://[::1]:8000/');
  });

  it('is known by the address of its pages, too', () => {
    for (const path of ['', '/', '/api/docs', '/api/docs/', '/api/v1', '/api'])
      assert.equal(found('', { FAIRLEAD_URL: `http://127.0.0.1:9000${path}` }).url, 'http://127.0.0.1:9000/');
    const behind = found('', { FAIRLEAD_URL: 'https://proxy/house/api/docs' });
    assert.equal(behind.url, 'https://proxy/house/');
  });

  it('is never elsewhere because of a file, nor where a file of another user says', (t) => {
    for (const listen of ['203.0.113.7:80', 'example.org:80', '[2001:db8::1]:80'])
      assert.equal(found(`http: {listen: "${listen}"}`).url, 'http://127.0.0.1:7650/');
    if (process.getuid?.() !== 0) return t.skip('only root can give a file away');
    const file = join(folder, 'fairlead.yaml');
    found('http: {listen: "127.0.0.1:8000"}');
    chownSync(file, 65_534, 65_534);
    assert.equal(serverOf({}, file).url.port, '7650');
  });

  it('is what the environment says before that', () => {
    const env = { FAIRLEAD_URL: 'http://other:1', FAIRLEAD_TOKEN: 'mine', FAIRLEAD_DATA: '/data' };
    assert.deepEqual(found('data: ./house\nhttp: {listen: "127.0.0.1:8000"}', env), {
      url: 'http://other:1/',
      token: 'mine',
      tokenPath: '/data/admin-token',
    });
  });

  it('needs a URL of HTTP', () => {
    assert.throws(() => found(undefined, { FAIRLEAD_URL: 'ftp://x' }), /FAIRLEAD_URL is "ftp:\/\/x"/);
  });
});
