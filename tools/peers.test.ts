import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { missingPeers, peers } from './peers.ts';
import { testFiles } from './testing/files.ts';

const root = new URL('..', import.meta.url).pathname;

describe('peers', () => {
  it('are all that tests ask for', () => {
    const files = testFiles(root).filter((file) => !file.endsWith('/peers.test.ts')); // those make names up
    const asked = files.flatMap((file) =>
      [...readFileSync(`${root}${file}`, 'utf8').matchAll(/requirePeer\(\w+, '([^']+)'\)/g)].map(
        ([, name]) => name as string,
      ),
    );
    assert.ok(asked.includes('mosquitto_sub'));
    const known = new Set(peers.map(({ name }) => name));
    assert.deepEqual(
      asked.filter((name) => !known.has(name)),
      [],
    );
  });

  it('are missed when they are not there', () => {
    const missing = [
      { name: 'no-such-program', debian: 'nothing' },
      { name: 'no/such/header.h', debian: 'nothing' },
    ];
    assert.deepEqual(missingPeers([{ name: 'sh', debian: 'dash' }, ...missing]), missing);
  });
});
