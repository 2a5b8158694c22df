/** Saved values of properties that come and go with the connection. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { DefaultDevice, DriverBench, type TextVector } from '../../src/index.ts';

/** A filter wheel that tells how many slots it has, and what it calls them. */
class FilterWheel extends DefaultDevice {
  slots: readonly string[] = ['Slot 1', 'Slot 2', 'Slot 3'];
  readonly speed = this.numbers('SPEED', {
    persistent: true,
    members: { RPM: { min: 0, max: 100, value: 10 } },
  });
  /** Refuses what it is told while this is set. */
  jammed = false;
  readonly told: string[] = [];
  #names: TextVector | undefined;

  constructor() {
    super('Wheel');
    this.speed.onNew(({ RPM }) => {
      if (this.jammed) throw new Error('jammed');
      this.told.push(`rpm ${RPM}`);
    });
  }

  override updateProperties(): void {
    if (!this.connected) {
      this.remove(this.#names as TextVector, this.speed);
      return;
    }
    const members = this.slots.map((value, i) => [`SLOT_NAME_${i + 1}`, { value }] as const);
    this.#names = this.texts('SLOT_NAME', { persistent: true, members: Object.fromEntries(members) });
    this.#names.onNew((values) => {
      this.told.push(Object.values(values).join());
    });
    this.define(this.#names, this.speed);
  }
}

interface Use {
  readonly wheel: FilterWheel;
  readonly bench: DriverBench;
  readonly file: string;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  set(name: string, values: Record<string, string | number | boolean>): Promise<void>;
  /** Waits until it shows these names. */
  shows(...names: string[]): Promise<void>;
}

async function use(t: TestContext, folder?: string): Promise<Use> {
  const home = folder ?? (await mkdtemp(join(tmpdir(), 'fairlead-indi-')));
  const wheel = new FilterWheel();
  const bench = await DriverBench.start(wheel, { folder: home });
  t.after(async () => {
    await bench[Symbol.asyncDispose]();
    await rm(home, { recursive: true, force: true });
  });
  const names = () => bench.vector('SLOT_NAME')?.members.map(({ value }) => value);
  return {
    wheel,
    bench,
    file: join(home, '.indi', 'Wheel_config.xml'),
    async connect() {
      bench.want('CONNECTION', { CONNECT: true });
      await bench.has(() => bench.vector('SPEED') !== undefined, 'connected');
    },
    async disconnect() {
      bench.want('CONNECTION', { DISCONNECT: true });
      await bench.has(() => bench.vector('SPEED') === undefined, 'disconnected');
    },
    async set(name, values) {
      const { length } = bench.said;
      bench.want(name, values);
      const answered = () => bench.said.slice(length).some((one) => 'name' in one && one.name === name);
      await bench.has(answered, `an answer of ${name}`);
      assert.equal(bench.state(name), 'Ok', bench.words);
    },
    shows: (...all) => bench.has(() => names()?.join() === all.join(), `the names ${all}`),
  };
}

const NAMES = { SLOT_NAME_1: 'Red', SLOT_NAME_2: 'Green', SLOT_NAME_3: 'Blue' };

describe('saved values', () => {
  it('come back each time that a device tells its slots, and the next save keeps them', async (t) => {
    const { connect, disconnect, set, shows, file } = await use(t);
    await connect();
    await set('SLOT_NAME', NAMES);
    await set('CONFIG_PROCESS', { CONFIG_SAVE: true });
    for (let round = 0; round < 3; round++) {
      await disconnect();
      await connect();
      await shows('Red', 'Green', 'Blue');
      await set('CONFIG_PROCESS', { CONFIG_SAVE: true });
    }
    assert.match(await readFile(file, 'utf8'), /Red[\s\S]*Green[\s\S]*Blue/);
  });

  it('come back in the next run, and at its later connections', async (t) => {
    const first = await use(t);
    await first.connect();
    await first.set('SLOT_NAME', NAMES);
    await first.set('CONFIG_PROCESS', { CONFIG_SAVE: true });
    await first.bench.stop();
    const second = await use(t, first.bench.folder);
    for (let round = 0; round < 2; round++) {
      await second.connect();
      await second.shows('Red', 'Green', 'Blue');
      await second.disconnect();
    }
  });

  it('come back for the slots that there are, when the wheel has more or fewer', async (t) => {
    const { wheel, bench, connect, disconnect, set, shows } = await use(t);
    await connect();
    await set('SLOT_NAME', NAMES);
    await set('CONFIG_PROCESS', { CONFIG_SAVE: true });
    await disconnect();
    wheel.slots = ['A', 'B', 'C', 'D'];
    await connect();
    await shows('Red', 'Green', 'Blue', 'D');
    await disconnect();
    wheel.slots = ['A', 'B'];
    await connect();
    await shows('Red', 'Green');
    assert.equal(bench.state('SLOT_NAME'), 'Ok');
    assert.doesNotMatch(bench.words, /not a member/);
  });

  it('give way to what a client has set since, though that was not saved', async (t) => {
    const { connect, disconnect, set, shows, bench, wheel } = await use(t);
    await connect();
    await set('SLOT_NAME', NAMES);
    await set('SPEED', { RPM: 20 });
    await set('CONFIG_PROCESS', { CONFIG_SAVE: true });
    await set('SLOT_NAME', { ...NAMES, SLOT_NAME_2: 'Clear' });
    await set('SPEED', { RPM: 30 });
    await disconnect();
    wheel.told.length = 0;
    await connect();
    await shows('Red', 'Clear', 'Blue');
    await bench.has(() => wheel.told.includes('rpm 30'), 'the device is told again');
    assert.equal(bench.value('SPEED', 'RPM'), 30);
  });

  it('that the device refuses at one connection are wanted again at the next', async (t) => {
    const { connect, disconnect, set, bench, wheel } = await use(t);
    await connect();
    await set('SPEED', { RPM: 20 });
    await set('CONFIG_PROCESS', { CONFIG_SAVE: true });
    await disconnect();
    await bench.stop();
    const later = await use(t, bench.folder);
    later.wheel.jammed = true;
    await later.connect();
    await later.bench.reaches('SPEED', 'Alert');
    await later.disconnect();
    later.wheel.jammed = false;
    await later.connect();
    await later.bench.has(() => later.bench.value('SPEED', 'RPM') === 20, 'the speed');
    assert.ok(wheel.told.includes('rpm 20'));
  });

  it('are not made up: what was never saved begins as the device tells it', async (t) => {
    const { connect, disconnect, set, shows } = await use(t);
    await connect();
    await set('SLOT_NAME', NAMES);
    await disconnect();
    await connect();
    await shows('Slot 1', 'Slot 2', 'Slot 3');
  });

  it('are gone once they are purged', async (t) => {
    const { connect, disconnect, set, shows } = await use(t);
    await connect();
    await set('SLOT_NAME', NAMES);
    await set('CONFIG_PROCESS', { CONFIG_SAVE: true });
    await set('CONFIG_PROCESS', { CONFIG_PURGE: true });
    await disconnect();
    await connect();
    await shows('Slot 1', 'Slot 2', 'Slot 3');
  });

  it('come back for a property that is made anew while it is there, with other members', async (t) => {
    const home = await mkdtemp(join(tmpdir(), 'fairlead-indi-'));
    t.after(() => rm(home, { recursive: true, force: true }));
    const lamp = new DefaultDevice('Lamp');
    const show = (...members: string[]): void =>
      lamp.define(
        lamp.texts('NAMES', {
          persistent: true,
          members: Object.fromEntries(members.map((name) => [name, { value: 'new' }])),
        }),
      );
    lamp.initProperties = () => show('ONE');
    await using bench = await DriverBench.start(lamp, { folder: home });
    bench.want('NAMES', { ONE: 'first' });
    await bench.reaches('NAMES', 'Ok');
    await lamp.saveConfig();
    const { length } = bench.said;
    show('ONE', 'TWO');
    await bench.has(() => bench.value('NAMES', 'TWO') === 'new', 'the other member');
    await bench.has(() => bench.value('NAMES', 'ONE') === 'first', 'the saved value');
    const tags = bench.said.slice(length).map(({ tag }) => tag);
    assert.deepEqual(tags, ['delProperty', 'defTextVector', 'setTextVector']);
  });

  it('of a switch that is no longer there leave the switches as they are', async (t) => {
    const home = await mkdtemp(join(tmpdir(), 'fairlead-indi-'));
    t.after(() => rm(home, { recursive: true, force: true }));
    await mkdir(join(home, '.indi'));
    const saved =
      "<INDIDriver><newSwitchVector device='Lamp' name='COLOUR'><oneSwitch name='RED'>Off</oneSwitch><oneSwitch name='GREEN'>On</oneSwitch></newSwitchVector></INDIDriver>";
    await writeFile(join(home, '.indi', 'Lamp_config.xml'), saved);
    const lamp = new DefaultDevice('Lamp');
    const colour = lamp.switches('COLOUR', { persistent: true, members: { RED: { value: true }, BLUE: {} } });
    lamp.initProperties = () => lamp.define(colour);
    await using bench = await DriverBench.start(lamp, { folder: home });
    await bench.has(() => bench.vector('COLOUR') !== undefined, 'the definition');
    assert.equal(bench.value('COLOUR', 'RED'), true);
    assert.equal(bench.state('COLOUR'), 'Idle');
  });
});
