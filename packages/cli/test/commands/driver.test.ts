/** `fairlead driver run` with files that are no drivers, or bad ones; `driver new` where nothing can be written. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { scaffold } from '../../src/driver/scaffold.ts';
import { Running, root, temporaryFolder } from '../support/process.ts';

const KIT = "import { DefaultDevice } from '@fairlead/indi';\n";

const bad: readonly [what: string, text: string | undefined, status: number, words: RegExp][] = [
  [
    'the file does not exist',
    undefined,
    2,
    /DRIVER_FILE_INVALID: driver\.ts is not a driver: the file does not exist\./,
  ],
  [
    'it throws as it is loaded',
    "\nthrow new Error('no device today.');",
    2,
    /is not a driver: no device today \(driver\.ts:2:\d+\)\./,
  ],
  [
    'its syntax is broken',
    'const a = 1;\nexport default class { x( }',
    2,
    /is not a driver: .+ \(driver\.ts:2\)\./s,
  ],
  ['it needs an enum', 'enum A { B }', 2, /enum is not supported in strip-only mode \(driver\.ts:1\)/],
  ['it exports nothing', 'export {};', 2, /its default export is not a device/],
  ['it exports a number', 'export default 42;', 2, /its default export is not a device/],
  ['it exports no devices', 'export default [];', 2, /its default export is not a device/],
  [
    'it exports a class of something else',
    'export default class {}',
    2,
    /its default export is not a device/,
  ],
  [
    'its constructor throws',
    `${KIT}export default class extends DefaultDevice { constructor() { super('X'); throw new Error('Oh.'); } }`,
    2,
    /DRIVER_FILE_INVALID: .+: Oh \(driver\.ts:2:\d+\)/,
  ],
  [
    'it fails at its start',
    `${KIT}class Lamp extends DefaultDevice {\n initProperties() { throw new Error('no bulb'); } }\nexport default new Lamp('Lamp');`,
    1,
    /DRIVER_FAILED: The driver in driver\.ts failed: no bulb \(driver\.ts:3:\d+\)\./,
  ],
  [
    'its devices have one name',
    `${KIT}export default [new DefaultDevice('Lamp'), new DefaultDevice('Lamp')];`,
    2,
    /DEVICE_NAMED_TWICE: Two devices of this driver are called "Lamp"/,
  ],
];

/** Runs a driver with the text in a folder where the kit is installed. */
async function running(folder: string, text: string | undefined): Promise<Running> {
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  if (text !== undefined) await writeFile(join(folder, 'driver.ts'), text);
  return new Running(['driver', 'run', 'driver.ts'], folder);
}

describe('driver run', () => {
  for (const [what, text, status, words] of bad)
    it(`says in words what is wrong: ${what}`, async () => {
      await using folder = await temporaryFolder();
      await using driver = await running(folder.path, text);
      assert.equal(await driver.end(), status, driver.stderr);
      assert.match(driver.stderr, words);
      assert.doesNotMatch(driver.stderr, /defect of Fairlead/);
    });

  it('says that a folder is none', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'driver.ts'));
    await using driver = await running(folder.path, undefined);
    assert.equal(await driver.end(), 2);
    assert.match(driver.stderr, /driver\.ts is not a driver: it is a folder\./);
  });

  it('keeps what a driver prints out of what it says', async () => {
    await using folder = await temporaryFolder();
    const text = `${KIT}console.log('<b>loading');
class Lamp extends DefaultDevice { initProperties() { console.info('<i>starting'); } }
export default new Lamp('Lamp');`;
    await using driver = await running(folder.path, text);
    assert.equal(await driver.end(), 0);
    assert.match(driver.stderr, /^<b>loading\n<i>starting\n/);
    assert.doesNotMatch(driver.stdout, /loading|starting/);
  });
});

describe('driver new', () => {
  it('says why nothing can be written', async () => {
    await using folder = await temporaryFolder();
    const gone = join(folder.path, 'gone');
    await assert.rejects(scaffold('lamp', gone), {
      code: 'FILE_UNWRITABLE',
      message: /Cannot write .*gone\/lamp: the folder does not exist/,
    });
  });

  it('says why the packages of a checkout cannot be packed, and leaves nothing behind', async () => {
    await using folder = await temporaryFolder();
    const broken = join(folder.path, 'checkout');
    await mkdir(broken);
    await assert.rejects(scaffold('lamp', folder.path, broken), {
      code: 'DRIVER_PACKAGES_FAILED',
      message: /could not be packed from .*checkout: .*tsconfig\.json/,
    });
    assert.deepEqual(await readdir(folder.path), ['checkout']);
  });

  it('names versions where the command was installed, as a registry has the packages then', async () => {
    await using folder = await temporaryFolder();
    await scaffold('lamp', folder.path, null);
    const { dependencies, devDependencies } = JSON.parse(
      await readFile(join(folder.path, 'lamp', 'package.json'), 'utf8'),
    );
    assert.deepEqual(Object.keys(dependencies), ['@fairlead/indi', '@fairlead/tcp']);
    for (const version of Object.values({ ...dependencies, ...devDependencies }))
      assert.match(String(version), /^\d+\.\d+\.\d+/);
  });
});
