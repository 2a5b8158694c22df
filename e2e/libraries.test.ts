/** The libraries, installed from their packages, on each Node that they support. */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Authority } from '@fairlead/testkit';
import { libraries, manifestOf, nodeVersions, PackedPackages, pinned, run, strictest } from './packing.ts';

let packed: PackedPackages;
let cwd: string;
before(() => {
  packed = new PackedPackages(libraries);
  cwd = packed.project('libraries', libraries, [pinned('@types/node')]);
  cpSync(join(import.meta.dirname, 'library-program.ts'), join(cwd, 'program.ts'));
  writeFileSync(
    join(cwd, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...strictest, lib: ['esnext'] }, files: ['program.ts'] }),
  );
  run(cwd, ['tsc', '-p', '.']);
});
after(() => packed?.[Symbol.dispose]());

for (const version of nodeVersions) {
  describe(`the libraries on Node ${version}`, () => {
    let bin: string;
    before(() => {
      bin = packed.bin(version);
    });

    it('offer what their packages say', () => {
      const specifiers = libraries.flatMap((name) =>
        Object.keys(manifestOf(`packages/${name}`).exports).map(
          (path) => `@fairlead/${name}${path.slice(1)}`,
        ),
      );
      const list = JSON.stringify(specifiers);
      writeFileSync(
        join(cwd, 'entries.js'),
        `for (const name of ${list}) console.log(Object.keys(await import(name)).length > 5);\n`,
      );
      assert.equal(run(cwd, ['node', 'entries.js'], { bin }), 'true\n'.repeat(specifiers.length));
    });

    it('run the example of each README', () => {
      for (const name of ['core', 'tcp', 'messaging']) {
        const readme = readFileSync(join(cwd, `node_modules/@fairlead/${name}/README.md`), 'utf8');
        const [, example = ''] = /```ts\n(.*?)```/s.exec(readme) ?? [];
        // Node 22 does not know `await using`.
        const program = version === '22' ? example.replaceAll('await using', 'const') : example;
        writeFileSync(join(cwd, 'example.js'), `${program}\nsetTimeout(() => process.exit(), 200);\n`);
        assert.notEqual(run(cwd, ['node', 'example.js'], { bin }), '', name);
      }
    });

    it('run a program that uses TLS, pools, code pages, published framings, messages, and a driver with a client', () => {
      using authority = new Authority();
      const { cert, key } = authority.issue('server', 'DNS:localhost,IP:127.0.0.1');
      // A separate home folder: the driver stores its configuration there.
      const env = { CA: authority.ca.cert, CERT: cert, KEY: key, HOME: authority.folder };
      assert.match(run(cwd, ['node', 'program.js'], { bin, env }), /^all is well: Node \d+/m);
    });
  });
}
