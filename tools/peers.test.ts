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
        ([, program]) => program as string,
      ),
    );
    assert.ok(asked.includes('mosquitto_sub'));
    const known = new Set(peers.map(({ program }) => program));
    assert.deepEqual(
      asked.filter((program) => !known.has(program)),
      [],
    );
  });

  it('are missed when they are not there', () => {
    const missing = { program: 'no-such-program', debian: 'nothing' };
    assert.deepEqual(missingPeers([{ program: 'sh', debian: 'dash' }, missing]), [missing]);
  });
});
