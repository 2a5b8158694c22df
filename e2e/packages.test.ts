/** The contents of the packages, and programs that are compiled against them. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { manifestOf, PackedPackages, packageNames, pinned, root, run, strictest } from './packing.ts';

let packed: PackedPackages;
let project: string;
before(() => {
  packed = new PackedPackages(packageNames);
  project = packed.project('all', packageNames, [pinned('@types/node')]);
});
after(() => packed?.[Symbol.dispose]());

const inPackage = (name: string, file: string) => join(project, 'node_modules/@fairlead', name, file);

it('the packages hold what is built, their README and their licence, and no sources', () => {
  for (const name of packageNames) {
    const files = run(packed.folder, ['tar', 'tzf', packed.tarball(name)])
      .trim()
      .split('\n');
    for (const file of ['dist/index.js', 'dist/index.d.ts', 'README.md', 'LICENSE', 'package.json'])
      assert.ok(files.includes(`package/${file}`), `${name}: ${file}`);
    // The scripts of profiles are what people read and adapt; the sandbox takes them as they are.
    const built = files.filter((file) => !/^package\/(builtin\/\w+|template)\/[\w-]+\.ts$/.test(file));
    const sources = built.filter((file) => /package\/(src|test)\/|(?<!\.d)\.ts$|tsconfig/.test(file));
    assert.deepEqual(sources, [], name);
  }
});

it('the packages say where they come from', () => {
  for (const name of packageNames) {
    const manifest = manifestOf(`packages/${name}`);
    for (const key of ['description', 'keywords', 'license', 'repository', 'publishConfig'])
      assert.ok(manifest[key], `${name}: ${key}`);
    assert.equal(manifest.repository.directory, `packages/${name}`);
    assert.equal(
      readFileSync(inPackage(name, 'LICENSE'), 'utf8'),
      readFileSync(join(root, 'LICENSE'), 'utf8'),
    );
  }
});

it('the packages hold the vectors, schemas and specifications that documents point to', () => {
  for (const [name, file] of [
    ['tcp', 'vectors/lines.json'],
    ['tcp', 'vectors/protocols/gt06.json'],
    ['tcp', 'dist/framing.schema.json'],
    ['messaging', 'vectors/json.json'],
    ['messaging', 'vectors/pack.json'],
    ['automation', 'dist/rules.schema.json'],
    ['cli', 'dist/examples/gt06/framing.json'],
  ] as const)
    assert.ok(JSON.parse(readFileSync(inPackage(name, file), 'utf8')), `${name}: ${file}`);
});

it('a README names only files that are in its package, or in the repository by an address', () => {
  for (const name of packageNames) {
    const text = readFileSync(inPackage(name, 'README.md'), 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\(([^)#]+)/g))
      assert.ok(target.startsWith('https://') || existsSync(inPackage(name, target)), `${name}: ${target}`);
  }
});

it('a project with the strictest options compiles against every package, declarations included', () => {
  const entries = packageNames.flatMap((name) =>
    Object.entries<object>(manifestOf(`packages/${name}`).exports).map(
      ([path, conditions]) => [`@fairlead/${name}${path.slice(1)}`, 'default' in conditions] as const,
    ),
  );
  // An entry without a module declares modules of scripts.
  const imports = entries.map(([specifier, isModule], i) =>
    isModule ? `export * as entry${i} from '${specifier}';\n` : `/// <reference types="${specifier}" />\n`,
  );
  imports.sort((a, b) => Number(b.startsWith('///')) - Number(a.startsWith('///')));
  writeFileSync(join(project, 'entries.ts'), imports.join(''));
  for (const file of ['strict-consumer.ts', 'library-program.ts'])
    cpSync(join(import.meta.dirname, file), join(project, file));
  const files = ['entries.ts', 'strict-consumer.ts', 'library-program.ts'];
  const compilerOptions = { ...strictest, noEmit: true };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  run(project, ['tsc', '-p', '.']);
});
