/** The architecture rules. Each rule takes the packages and returns its violations, one line per finding. */
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { arrowsOfFiles, arrowsOfFolders, circles } from './circles.ts';
import { type Exceptions, moduleState, sockets, usedWithoutImport } from './exceptions.ts';
import { unusedExports } from './exports.ts';
import type { Import } from './imports.ts';
import { type Package, SCOPE, type SourceFile } from './workspace.ts';

/** The packages that a package may import. There are no cycles, and only tests import `testkit`. */
export const graph: Readonly<Record<string, readonly string[]>> = {
  core: [],
  api: ['core'],
  tcp: ['core'],
  messaging: ['core', 'tcp'],
  testkit: ['core', 'tcp'],
  sandbox: ['core'],
  store: ['core'],
  journal: ['core'],
  bus: ['core'],
  thingspanel: ['core'],
  yaml: ['core'],
  profiles: ['core', 'tcp', 'yaml', 'sandbox'],
  gateway: ['core', 'tcp', 'profiles'],
  indi: ['core', 'tcp'],
  automation: ['core', 'tcp', 'yaml'],
  console: ['api'],
  server: [
    'core',
    'api',
    'console',
    'tcp',
    'sandbox',
    'store',
    'journal',
    'bus',
    'thingspanel',
    'profiles',
    'gateway',
    'indi',
    'yaml',
    'automation',
  ],
  cli: ['core', 'api', 'tcp', 'sandbox', 'profiles', 'yaml', 'server'],
};

/** The entry points of a package in addition to `.`: sub-paths and their files. */
export const subPaths: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  tcp: { './framing': 'framing/index', './internal': 'internal' },
  // The types of `fairlead:helpers` and `fairlead:modbus`, which scripts import.
  sandbox: { './helpers': 'isolate/helpers', './modbus': 'isolate/modbus' },
};

/** Entry points with types only: a `.d.ts` in the folder of the package. */
const typePaths: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  sandbox: { './scripts': './scripts.d.ts' },
};

const TEST_ONLY = 'testkit';
const LONGEST_FILE = 400;
/** Of a script of a profile: people who write their own begin with one of these. */
const LONGEST_SCRIPT = 300;
/** Modules that only scripts in the sandbox import; elsewhere they stand in the text of a script. */
const OF_SCRIPTS = /^fairlead:/;
const SOCKET_MODULES = /^(node:)?(net|tls|dgram)$/;
const HARMLESS = /^(isIP|isIPv4|isIPv6|BlockList|checkServerIdentity)$/;
const SOCKET_FILES = /^packages\/tcp\/src\/link\/(tcp|tls)\.ts$/;

export type Rule = (packages: readonly Package[]) => string[];

export const rules: Readonly<Record<string, Rule>> = {
  'packages depend on each other in one direction': (packages) =>
    packages.flatMap(({ name, manifest, folder }) => {
      const allowed = graph[name];
      if (allowed === undefined) return [`${folder}: is not in the graph of packages`];
      const bad = (names: readonly string[], allowed: readonly string[], what: string) =>
        names
          .filter((other) => !allowed.includes(other))
          .map((other) => `${folder}: ${other} in its ${what}`);
      const optional = workspaceNames(manifest.optionalDependencies);
      return [
        ...bad([...workspaceNames(manifest.dependencies), ...optional], allowed, 'dependencies'),
        ...bad(workspaceNames(manifest.devDependencies), [...allowed, TEST_ONLY], 'devDependencies'),
      ];
    }),

  'no relative import leaves its package': (packages) =>
    everyImport(packages, (file, { specifier }, { folder }) => {
      if (!specifier.startsWith('.')) return undefined;
      const target = join(dirname(file.path), specifier);
      return target.startsWith(`${folder}/`) ? undefined : `imports ${target}`;
    }),

  'no package imports the inside of another': (packages) =>
    everyImport(packages, (_, { specifier }) =>
      specifier.startsWith(SCOPE) && !isOffered(specifier) ? `imports ${specifier}` : undefined,
    ),

  'imports are declared, for the product and for tests separately': (packages) =>
    everyImport(packages, ({ part }, { specifier }, { manifest }) => {
      if (specifier.startsWith('.') || isBuiltin(specifier) || OF_SCRIPTS.test(specifier)) return undefined;
      const name = packageName(specifier);
      if (name === manifest.name) return undefined;
      const { dependencies, optionalDependencies, devDependencies } = manifest;
      const declared = { ...dependencies, ...optionalDependencies, ...(part === 'test' && devDependencies) };
      return name in declared ? undefined : `imports ${name}, which is not declared`;
    }),

  'the product imports no tests': (packages) =>
    everyImport(packages, ({ path, part }, { specifier }, { name }) => {
      if (part === 'test' || name === TEST_ONLY) return undefined;
      const bad =
        specifier === `${SCOPE}${TEST_ONLY}` ||
        specifier === 'node:test' ||
        (specifier.startsWith('.') && join(dirname(path), specifier).includes('/test/'));
      return bad ? `imports ${specifier}` : undefined;
    }),

  'each package has one entry point, src/index.ts': (packages) =>
    packages.flatMap(({ name, folder, manifest, files }) => {
      const doors = Object.entries({ '.': 'index', ...subPaths[name] });
      const expected: Record<string, Record<string, string>> = Object.fromEntries(
        doors.map(([path, file]) => [
          path,
          {
            'fairlead-source': `./src/${file}.ts`,
            types: `./dist/${file}.d.ts`,
            default: `./dist/${file}.js`,
          },
        ]),
      );
      for (const [path, types] of Object.entries(typePaths[name] ?? {})) expected[path] = { types };
      const findings: string[] = [];
      // Compared as text, because the order of conditions matters.
      if (JSON.stringify(manifest.exports) !== JSON.stringify(expected))
        findings.push(`${folder}: exports must be ${JSON.stringify(expected)}`);
      if (!files.some(({ path }) => path === `${folder}/src/index.ts`))
        findings.push(`${folder}: has no src/index.ts`);
      return findings;
    }),

  'sockets are opened in one place': (packages) =>
    excepted(sockets, packages, ({ path, imports }) => {
      if (SOCKET_FILES.test(path)) return undefined;
      const bad = imports.find(
        (imported) => SOCKET_MODULES.test(imported.specifier) && opensSockets(imported),
      );
      return bad === undefined ? undefined : `imports ${bad.specifier}`;
    }),

  'no module has state of its own': (packages) =>
    excepted(moduleState, packages, ({ text }) => {
      const [statement] = /^(?:export )?(?:let|var) \w+/m.exec(text) ?? [];
      return statement === undefined ? undefined : `has "${statement}" at its top level`;
    }),

  'no files import each other in a circle': (packages) =>
    packages.flatMap(({ files }) =>
      told(circles(arrowsOfFiles(files.filter(({ part }) => part !== 'test')))),
    ),

  'no folders of a package import each other in a circle': (packages) =>
    packages.flatMap(({ folder, files }) =>
      told(
        circles(
          arrowsOfFolders(
            files.filter(({ part }) => part === 'src'),
            `${folder}/src`,
          ),
        ),
      ),
    ),

  'each export of a file is imported by another file': (packages) => {
    const unused = packages.flatMap(unusedExports);
    const names = new Map(unused.map(({ path, names }) => [path, names.join(', ')]));
    return excepted(usedWithoutImport, packages, ({ path }) =>
      names.has(path) ? `exports ${names.get(path)}, which no other file imports` : undefined,
    );
  },

  'no file is too long to read at once': (packages) =>
    packages
      .flatMap(({ files }) => files.filter(({ part }) => part !== 'test'))
      .flatMap(({ path, part, text }) => {
        const lines = text.split('\n').length - 1;
        const most = part === 'builtin' ? LONGEST_SCRIPT : LONGEST_FILE;
        return lines <= most ? [] : `${path}: has ${lines} lines, more than ${most}`;
      }),
};

function told(circles: readonly string[][]): string[] {
  return circles.map(([first = '', ...others]) => [`${first}: leads back to itself`, ...others].join(' by '));
}

/** `@fairlead/NAME`, or one of its sub-paths. */
function isOffered(specifier: string): boolean {
  const [, name = '', ...rest] = specifier.split('/');
  return rest.length === 0 || `./${rest.join('/')}` in (subPaths[name] ?? {});
}

/** `isIP` and similar functions only check text or a certificate, and open nothing. */
function opensSockets({ names, typeOnly }: Import): boolean {
  return !typeOnly && !names.every((name) => name.startsWith('type ') || HARMLESS.test(name));
}

function everyImport(
  packages: readonly Package[],
  look: (file: SourceFile, imported: Import, owner: Package) => string | undefined,
): string[] {
  return packages.flatMap((owner) =>
    owner.files.flatMap((file) =>
      file.imports
        .map((imported) => look(file, imported, owner))
        .filter((finding) => finding !== undefined)
        .map((finding) => `${file.path}: ${finding}`),
    ),
  );
}

/** Checks each source file of the product, except for the listed files, which must violate the rule. */
function excepted(
  exceptions: Exceptions,
  packages: readonly Package[],
  look: (file: SourceFile) => string | undefined,
): string[] {
  const findings: string[] = [];
  const needed = new Set<string>();
  for (const file of packages.flatMap(({ files }) => files)) {
    const finding = file.part === 'src' ? look(file) : undefined;
    if (finding === undefined) continue;
    if (file.path in exceptions) needed.add(file.path);
    else findings.push(`${file.path}: ${finding}`);
  }
  for (const path of Object.keys(exceptions))
    if (!needed.has(path)) findings.push(`${path}: no longer needs an exception`);
  return findings;
}

function workspaceNames(dependencies: Readonly<Record<string, string>> = {}): string[] {
  return Object.keys(dependencies)
    .filter((name) => name.startsWith(SCOPE))
    .map((name) => name.slice(SCOPE.length));
}

/** `@scope/name/inside` and `name/inside` without the part after the name. */
function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
