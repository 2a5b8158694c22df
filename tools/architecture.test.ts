import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { unusedExports } from './architecture/exports.ts';
import { importsOf } from './architecture/imports.ts';
import { isPermissive, licenceFindings } from './architecture/licences.ts';
import { graph, rules } from './architecture/rules.ts';
import { type Manifest, type Package, readWorkspace, sourceFile } from './architecture/workspace.ts';

const root = new URL('..', import.meta.url).pathname;
const packages = readWorkspace(root);

describe('the repository', () => {
  it('has the packages of the graph', () => {
    assert.deepEqual(packages.map(({ name }) => name).sort(), Object.keys(graph).sort());
    for (const { name, files } of packages) assert.ok(files.length > 0, `${name} has files`);
  });

  for (const [name, rule] of Object.entries(rules)) it(name, () => assert.deepEqual(rule(packages), []));

  it('is drawn in docs/architecture.md as it is', () => {
    const page = readFileSync(`${root}docs/architecture.md`, 'utf8');
    const drawn = [...page.matchAll(/^ {2}(\w+) --> ([\w &]+)$/gm)].map(([, from, to]) => [
      from as string,
      (to as string).split(' & ').sort(),
    ]);
    const expected = Object.entries(graph).filter(([, to]) => to.length > 0);
    assert.deepEqual(
      Object.fromEntries(drawn),
      Object.fromEntries(expected.map(([from, to]) => [from, [...to].sort()])),
    );
  });

  it('installs packages with permissive licences only', () => assert.deepEqual(licenceFindings(root), []));
});

describe('the rules find', () => {
  const exports = {
    '.': { 'fairlead-source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
  };
  const bus = (
    text: string,
    manifest: Partial<Manifest> = {},
    part: 'src' | 'test' | 'builtin' = 'src',
  ): Package => ({
    name: 'bus',
    folder: 'packages/bus',
    manifest: {
      name: '@fairlead/bus',
      exports,
      dependencies: { '@fairlead/core': '1' },
      devDependencies: { 'fast-check': '1' },
      ...manifest,
    },
    files: [
      sourceFile('packages/bus/src/index.ts', 'src', ''),
      sourceFile(`packages/bus/${part}/a.ts`, part, text),
    ],
  });
  /** The rules that `bad` breaks, exceptions that are missing in it aside. */
  const broken = (bad: Package): string[] =>
    Object.entries(rules)
      .filter(([, rule]) => rule([bad]).some((finding) => !finding.includes('needs an exception')))
      .map(([name]) => name);

  it('nothing in a package that keeps them', () => {
    assert.deepEqual(broken(bus("import { x } from '@fairlead/core';\nimport { y } from './y.ts';\n")), []);
    assert.deepEqual(broken(bus("import type { Socket } from 'node:net';\n")), []);
    assert.deepEqual(broken(bus("import { isIP, type Socket } from 'node:net';\n")), []);
    assert.deepEqual(broken(bus("import fc from 'fast-check';\n", {}, 'test')), []);
  });

  const cases: readonly (readonly [what: string, rule: string, bad: Package])[] = [
    [
      'an arrow that runs back',
      'packages depend on each other in one direction',
      bus('', { dependencies: { '@fairlead/server': '1' } }),
    ],
    [
      'the testkit among the dependencies',
      'packages depend on each other in one direction',
      bus('', { dependencies: { '@fairlead/testkit': '1' } }),
    ],
    [
      'an import that leaves the package',
      'no relative import leaves its package',
      bus("import {\n  x,\n} from '../../tcp/src/errors.ts';\n"),
    ],
    [
      'an import of an inside',
      'no package imports the inside of another',
      bus("export * from '@fairlead/tcp/src/errors.ts';\n"),
    ],
    [
      'an import that is not declared',
      'imports are declared, for the product and for tests separately',
      bus("import { connect } from 'mqtt';\n"),
    ],
    [
      'a devDependency in the product',
      'imports are declared, for the product and for tests separately',
      bus("const fc = await import('fast-check');\n"),
    ],
    ['a test in the product', 'the product imports no tests', bus("import test from 'node:test';\n")],
    [
      'another door',
      'each package has one entry point, src/index.ts',
      bus('', { exports: { ...exports, './x': './x' } }),
    ],
    ['a socket', 'sockets are opened in one place', bus("import { connect } from 'node:net';\n")],
    ['state', 'no module has state of its own', bus('export let count = 0;\n')],
    [
      'a circle, of types too',
      'no files import each other in a circle',
      {
        ...bus(''),
        files: [
          sourceFile('packages/bus/src/index.ts', 'src', "export { b } from './deep/b.ts';\n"),
          sourceFile('packages/bus/src/deep/b.ts', 'src', "import type { C } from '../c.ts';\n"),
          sourceFile('packages/bus/src/c.ts', 'src', "import { b } from './deep/b.ts';\n"),
        ],
      },
    ],
    [
      'a circle of folders',
      'no folders of a package import each other in a circle',
      {
        ...bus(''),
        files: [
          sourceFile('packages/bus/src/index.ts', 'src', "export { a } from './one/a.ts';\n"),
          sourceFile('packages/bus/src/one/a.ts', 'src', "import { b } from '../two/b.ts';\n"),
          sourceFile('packages/bus/src/two/b.ts', 'src', "import type { C } from '../one/c.ts';\n"),
          sourceFile('packages/bus/src/one/c.ts', 'src', ''),
        ],
      },
    ],
    [
      'an export that nobody imports',
      'each export of a file is imported by another file',
      { ...bus('export const a = 1;\n'), name: 'gateway' },
    ],
    ['a long file', 'no file is too long to read at once', bus('//\n'.repeat(401))],
    [
      'a long script of a profile',
      'no file is too long to read at once',
      bus('//\n'.repeat(301), {}, 'builtin'),
    ],
  ];
  for (const [what, rule, bad] of cases) it(what, () => assert.ok(broken(bad).includes(rule)));

  it('the names of unused exports, and those alone', () => {
    const files = [
      sourceFile(
        'packages/bus/src/index.ts',
        'src',
        "export * from './all.ts';\nexport const offered = 1;\n",
      ),
      sourceFile('packages/bus/src/all.ts', 'src', 'export const whole = 1;\n'),
      sourceFile(
        'packages/bus/src/a.ts',
        'src',
        'export async function used() {}\nexport type Unused = 1;\nexport class Tested {}\nconst own = 1;\n',
      ),
      sourceFile('packages/bus/src/b.ts', 'src', "import { used as other } from './a.ts';\n"),
      sourceFile('packages/bus/test/a.test.ts', 'test', "import { type Tested } from '../src/a.ts';\n"),
    ];
    assert.deepEqual(unusedExports({ ...bus(''), files }), [
      { path: 'packages/bus/src/a.ts', names: ['Unused'] },
    ]);
  });

  it('an exception that is not needed', () => {
    const findings = rules['no module has state of its own']?.([]) ?? [];
    assert.match(findings.join('\n'), /child\.ts: no longer needs an exception/);
  });
});

describe('imports', () => {
  it('are read from statements of all shapes', () => {
    const text = `import a from 'a';
import type { b } from 'b';
import { type c } from 'c';
import {
  d,
  type D,
} from 'd';
import 'e';
export * from 'f';
export type { g } from 'g';
const h = await import('h');
`;
    const names = importsOf(text).map(({ specifier, typeOnly }) =>
      typeOnly ? `type ${specifier}` : specifier,
    );
    assert.deepEqual(names.sort(), ['a', 'd', 'e', 'f', 'h', 'type b', 'type c', 'type g']);
  });
});

describe('licences', () => {
  it('are permissive when every needed part is', () => {
    for (const good of ['MIT', 'MIT OR GPL-3.0', '(MIT OR GPL-2.0)', 'MIT AND ISC', '(MIT AND BSD-3-Clause)'])
      assert.ok(isPermissive(good), good);
    for (const bad of ['GPL-3.0', 'MIT AND GPL-3.0', 'SEE LICENSE IN LICENSE', '', 'UNLICENSED'])
      assert.ok(!isPermissive(bad), bad);
  });
});
