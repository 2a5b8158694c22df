import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readFraming } from '../../src/index.ts';
import { tcpLimits } from '../../src/limits.ts';

describe('readFraming', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'framing-'));
  });
  after(() => rm(folder, { recursive: true }));

  const refuses = (text: string, reason: RegExp): Promise<void> =>
    assert.rejects(readFraming(text), { code: 'FRAMING_SPEC_INVALID', message: reason });

  it('takes what parseFraming takes', async () => {
    assert.equal(await readFraming(' line '), 'line');
    assert.equal(await readFraming('{"rules":[{"kind":"raw"}]}'), '{"rules":[{"kind":"raw"}]}');
  });

  it('takes a file that holds it', async () => {
    const file = join(folder, 'framing.json');
    await writeFile(file, '{"rules":[{"kind":"line"}]}\n');
    assert.equal(await readFraming(file), '{"rules":[{"kind":"line"}]}');
  });

  it('takes a published file, which has a name, a source and vectors beside its framing', async () => {
    const file = join(folder, 'published.json');
    await writeFile(file, '{"name":"x","source":["y"],"framing":{"rules":[{"kind":"line"}]},"vectors":[]}');
    assert.equal(await readFraming(file), '{"rules":[{"kind":"line"}]}');
    const vectors = new URL('../../vectors/protocols/', import.meta.url);
    for (const name of await readdir(vectors)) await readFraming(fileURLToPath(new URL(name, vectors)));
    await writeFile(file, '{"name":"x","framing":{"rules":[{"kind":"lin"}]}}');
    await refuses(file, /in this file, rule 1: unknown kind "lin"/);
  });

  it('says what is wrong, and where', async () => {
    const file = join(folder, 'broken.json');
    await writeFile(file, '{"rules":[{"kind":"lin"}]}');
    await refuses(file, /broken\.json.*in this file, rule 1: unknown kind "lin". Did you mean "line"/);
    await refuses(join(folder, 'absent.json'), /there is no such file/);
    await refuses('lin', /did you mean line/);
    await refuses('{"rules":[]}', /at least one rule/);
    await refuses(folder, /cannot be read/);
    await writeFile(file, Buffer.alloc(tcpLimits.values.framingFile + 1, 0x20));
    await refuses(file, /1048577 bytes; there may be 1048576/);
  });
});
