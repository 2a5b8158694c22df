import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { configPath, DefaultDevice, DriverBench, parseXml } from '../../src/index.ts';

class Lamp extends DefaultDevice {
  readonly level = this.numbers('LEVEL', { persistent: true, members: { PERCENT: { max: 100 } } });
  readonly label = this.texts('LABEL', { persistent: true, members: { TEXT: { value: 'none' } } });
  readonly passing = this.texts('PASSING', { members: { TEXT: {} } });

  constructor() {
    super('Lamp');
    this.addAuxControls();
  }

  override initProperties(): void {
    this.define(this.level, this.label, this.passing);
  }
}

const press = async (bench: DriverBench, button: string, state: 'Ok' | 'Alert' = 'Ok'): Promise<void> => {
  const before = bench.said.length;
  bench.want('CONFIG_PROCESS', { [button]: true });
  await bench.has(
    () => bench.said.slice(before).some((message) => 'name' in message && message.name === 'CONFIG_PROCESS'),
    button,
  );
  assert.equal(bench.state('CONFIG_PROCESS'), state, bench.words);
};

describe('configuration', () => {
  it('is saved, loaded at the next start, loaded on demand, put back to the default, and purged', async () => {
    await using bench = await DriverBench.start(new Lamp());
    const file = join(bench.folder, '.indi', 'Lamp_config.xml');
    await press(bench, 'CONFIG_LOAD', 'Alert');
    assert.match(bench.words, /no configuration/);
    bench.want('LEVEL', { PERCENT: 12.5 });
    bench.want('LABEL', { TEXT: `it's <one> & "two"` });
    bench.want('PASSING', { TEXT: 'by' });
    await bench.reaches('PASSING', 'Ok');
    await press(bench, 'CONFIG_SAVE');
    const saved = parseXml(await readFile(file));
    assert.deepEqual(
      saved.children.map(({ attributes }) => attributes.name),
      ['POLLING_PERIOD', 'DEBUG', 'LEVEL', 'LABEL'],
    );
    bench.want('LEVEL', { PERCENT: 99 });
    await bench.has(() => bench.value('LEVEL', 'PERCENT') === 99, '99');
    await press(bench, 'CONFIG_SAVE');
    await using next = await DriverBench.start(new Lamp(), { folder: bench.folder });
    await next.has(() => next.value('LEVEL', 'PERCENT') === 99, '99');
    assert.equal(next.value('LABEL', 'TEXT'), `it's <one> & "two"`);
    await press(next, 'CONFIG_DEFAULT');
    assert.equal(next.value('LEVEL', 'PERCENT'), 12.5);
    await press(next, 'CONFIG_LOAD');
    assert.equal(next.value('LEVEL', 'PERCENT'), 99);
    await press(next, 'CONFIG_PURGE');
    await assert.rejects(readFile(file), { code: 'ENOENT' });
  });

  it('of drivers in C++ is read, and what it holds besides is kept', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fairlead-indi-'));
    await mkdir(join(folder, '.indi'));
    const file = join(folder, '.indi', 'Lamp_config.xml');
    await writeFile(
      file,
      `<INDIDriver>
<newSwitchVector device='Lamp' name='DEBUG'>
  <oneSwitch name='ENABLE'>
      On
  </oneSwitch>
  <oneSwitch name='DISABLE'>
      Off
  </oneSwitch>
</newSwitchVector>
<newTextVector device="" name=""/>
<newNumberVector device='Lamp' name='LEVEL'>
  <oneNumber name='PERCENT'>
      50
  </oneNumber>
</newNumberVector>
<newNumberVector device='Lamp' name='POLLING_PERIOD'>
  <oneNumber name='PERIOD_MS'>
      1
  </oneNumber>
</newNumberVector>
<newTextVector device='Lamp' name='OTHER'>
  <oneText name='TEXT'>
      kept
  </oneText>
</newTextVector>
</INDIDriver>`,
    );
    await using bench = await DriverBench.start(new Lamp(), { folder });
    await bench.has(() => bench.value('LEVEL', 'PERCENT') === 50, '50');
    assert.equal(bench.value('DEBUG', 'ENABLE'), true);
    assert.notEqual(bench.vector('DEBUG_LEVEL'), undefined);
    assert.equal(bench.value('POLLING_PERIOD', 'PERIOD_MS'), 1_000, 'a saved value out of range is refused');
    await press(bench, 'CONFIG_SAVE');
    assert.match(await readFile(file, 'utf8'), /name='OTHER'>\s*<oneText name='TEXT'>\s*kept/);
  });

  it('that cannot be read or written is told in words', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fairlead-indi-'));
    await mkdir(join(folder, '.indi'));
    await writeFile(join(folder, '.indi', 'Lamp_config.xml'), '<INDIDriver><newText');
    await using bench = await DriverBench.start(new Lamp(), { folder });
    await bench.has(() => /cannot be read: Invalid XML/.test(bench.words), 'the reason');
    await using other = await DriverBench.start(new Lamp(), {
      environment: { INDICONFIG: '/dev/null/x.xml' },
    });
    await press(other, 'CONFIG_SAVE', 'Alert');
    assert.match(other.words, /cannot be saved/);
  });

  it('that is being saved when the driver ends is in the file afterwards', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fairlead-indi-'));
    const lamp = new Lamp();
    await using bench = await DriverBench.start(lamp, { folder });
    const saves = [lamp.saveConfig(), lamp.saveConfig(['POLLING_PERIOD']), lamp.saveConfig()];
    await bench.stop();
    assert.match(await readFile(join(folder, '.indi', 'Lamp_config.xml'), 'utf8'), /<\/INDIDriver>\n$/);
    await rm(folder, { recursive: true });
    await Promise.all(saves);
  });

  it('is where INDICONFIG says, else in the home folder', async () => {
    assert.equal(configPath('A/B', { HOME: '/home/x' }), '/home/x/.indi/A_B_config.xml');
    assert.equal(configPath('A', { HOME: '/home/x', INDICONFIG: '/tmp/y.xml' }), '/tmp/y.xml');
  });

  it('writes a log file where the client wants one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fairlead-indi-'));
    const lamp = new Lamp();
    await using bench = await DriverBench.start(lamp, { folder });
    bench.want('DEBUG', { ENABLE: true });
    await bench.reaches('DEBUG', 'Ok');
    bench.want('LOG_OUTPUT', { CLIENT_DEBUG: false, FILE_DEBUG: true });
    await bench.reaches('LOG_OUTPUT', 'Ok');
    bench.want('LOGGING_LEVEL', { LOG_DEBUG: true });
    await bench.reaches('LOGGING_LEVEL', 'Ok');
    lamp.log.debug('only \u0007 in the file');
    await bench.stop();
    const text = await readFile(join(folder, '.indi', 'logs', 'Lamp.log'), 'utf8');
    assert.match(text, /^\d{4}-\d\d-\d\dT[\d:]{8} DEBUG only \. in the file$/m);
    assert.doesNotMatch(bench.words, /in the file/);
    await rm(folder, { recursive: true, force: true });
  });
});
