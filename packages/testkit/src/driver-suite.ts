/** Tests that every INDI driver must pass. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { raw, serve } from '@fairlead/tcp';
import { cable } from './cable.ts';
import { type SuiteVector, shapeFaults } from './driver-shape.ts';
import { eventually } from './eventually.ts';
import { freePort } from './peers.ts';

type Values = Readonly<Record<string, string | number | boolean>>;

/** The interface of a driver that the suite uses; `DriverBench` of `@fairlead/indi` implements it. */
export interface SuiteDriver extends AsyncDisposable {
  readonly said: readonly { readonly tag: string }[];
  /** All messages for users. */
  readonly words: string;
  write(xml: string): void;
  want(name: string, values: Values): void;
  vector(name: string): SuiteVector | undefined;
  stop(): Promise<void>;
}

export interface DriverSuiteOptions {
  /** The name of its device. */
  readonly device: string;
  /** Starts the driver with its files in this folder, before any request. */
  start(home: string): Promise<SuiteDriver>;
  /** Starts a real or simulated device for it that listens at `host:port`. */
  peer(): Promise<{ readonly address: string } & AsyncDisposable>;
  /** Property values that must be set before it connects, in addition to its address. */
  readonly before?: Readonly<Record<string, Values>> | undefined;
  /** Time limit of each step in milliseconds. Default 15,000, because a driver may wait long for a device and before a retry. */
  readonly patience?: number | undefined;
}

/**
 * Declares the tests of a driver: its definitions are well formed; it refuses invalid requests with a message and
 * without a change; it keeps its configuration; it reports why it cannot connect; it survives random input and a lost connection;
 * it ends when requested.
 */
export function driverSuite(name: string, options: DriverSuiteOptions): void {
  const { device, before = {}, patience = 15_000 } = options;

  const started = async (t: TestContext, home?: string): Promise<Asked> => {
    const folder = home ?? (await mkdtemp(join(tmpdir(), 'fairlead-driver-')));
    const driver = await options.start(folder);
    t.after(async () => {
      await driver[Symbol.asyncDispose]();
      // What a driver still writes after its end makes a removal fail, and would hide the result of the test.
      if (home === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    });
    return new Asked(driver, device, patience);
  };
  const addressed = async (t: TestContext, port: number, home?: string): Promise<Asked> => {
    const asked = await started(t, home);
    await asked.ask();
    for (const [property, values] of Object.entries(before)) await asked.wants(property, values);
    await asked.wants('DEVICE_ADDRESS', { ADDRESS: '127.0.0.1', PORT: String(port) });
    return asked;
  };
  const peer = async (t: TestContext): Promise<number> => {
    const server = await options.peer();
    t.after(() => server[Symbol.asyncDispose]());
    return portOf(server);
  };

  describe(`driver suite: ${name}`, () => {
    test('sends nothing before a request, and answers requests for its device and for one property', async (t) => {
      const asked = await started(t);
      asked.driver.write('<getProperties version="1.7" device="Nobody"/>');
      asked.driver.write(`<getProperties version="1.7" device="${device}" name="CONNECTION"/>`);
      await asked.has(() => asked.driver.said.length > 0, 'a definition');
      assert.match(asked.driver.said[0]?.tag ?? '', /^def/, 'the first word');
      asked.driver.write(`<getProperties version="1.7" device="${device}" name="DRIVER_INFO"/>`);
      await asked.has(() => asked.defined.size === 2, 'another');
      assert.deepEqual([...asked.defined.keys()], ['CONNECTION', 'DRIVER_INFO']);
    });

    test('defines the standard properties, well formed, and is disconnected', async (t) => {
      const asked = await started(t);
      await asked.ask();
      for (const standard of ['CONNECTION', 'DRIVER_INFO', 'CONFIG_PROCESS'])
        assert.ok(asked.defined.has(standard), standard);
      assert.deepEqual(asked.faults(), []);
      assert.equal(asked.value('CONNECTION', 'CONNECT'), false);
      assert.equal(asked.value('DRIVER_INFO', 'DRIVER_NAME'), device);
    });

    test('refuses invalid requests with a message, and changes nothing', async (t) => {
      const asked = await started(t);
      await asked.ask();
      const was = asked.values();
      const nonsense = [
        `<newNumberVector device="${device}" name="NO_SUCH_PROPERTY"><oneNumber name="A">1</oneNumber></newNumberVector>`,
        `<newSwitchVector device="${device}" name="CONNECTION"><oneSwitch name="NO_SUCH">On</oneSwitch></newSwitchVector>`,
        `<newSwitchVector device="${device}" name="CONNECTION"><oneSwitch name="CONNECT">On</oneSwitch><oneSwitch name="DISCONNECT">On</oneSwitch></newSwitchVector>`,
        `<newSwitchVector device="${device}" name="CONNECTION"><oneSwitch name="CONNECT">Perhaps</oneSwitch></newSwitchVector>`,
        `<newTextVector device="${device}" name="CONNECTION"><oneText name="CONNECT">On</oneText></newTextVector>`,
        `<newTextVector device="${device}" name="DRIVER_INFO"><oneText name="DRIVER_NAME">x</oneText></newTextVector>`,
        `<newSwitchVector device="${device}" name="CONNECTION"></newSwitchVector>`,
        `<noElementOfIndi device="${device}"/>`,
      ];
      for (const element of nonsense) {
        const { length } = asked.driver.words;
        asked.driver.write(element);
        if (element.includes('</newSwitchVector>') && !element.includes('one')) continue; // nothing was requested
        await asked.has(() => asked.driver.words.length > length, `words about ${element}`);
      }
      asked.driver.write(`<newSwitchVector device="${device}" <<< & name=`);
      asked.driver.write(`>${'x'.repeat(100_000)}</newSwitchVector>\n`);
      await asked.ask();
      assert.deepEqual(asked.values(), was);
    });

    test('keeps its configuration', async (t) => {
      const home = await mkdtemp(join(tmpdir(), 'fairlead-driver-'));
      t.after(() => rm(home, { recursive: true, force: true }));
      const first = await addressed(t, 4_321, home);
      await first.wants('CONFIG_PROCESS', { CONFIG_SAVE: true });
      await first.driver.stop();
      const second = await started(t, home);
      // Saved values are restored before the first request. A server cannot assign messages to a device at that time.
      second.driver.write(`<getProperties version="1.7" device="${device}" name="CONNECTION"/>`);
      await second.has(() => second.driver.said.length > 0, 'a definition');
      assert.match(
        second.driver.said[0]?.tag ?? '',
        /^def/,
        'the first message of a driver with a configuration',
      );
      await second.ask();
      await second.has(() => second.value('DEVICE_ADDRESS', 'PORT') === '4321', 'the port that was saved');
    });

    test('reports why it cannot connect, and connects when it can', async (t) => {
      const nobody = await freePort();
      const asked = await addressed(t, nobody);
      // The test does not wait for drivers that retry.
      if (asked.defined.has('CONNECTION_RETRY')) await asked.wants('CONNECTION_RETRY', { ATTEMPTS: 1 });
      await asked.wants('CONNECTION', { CONNECT: true }, 'Alert');
      assert.match(asked.driver.words, new RegExp(`\\b${nobody}\\b`));
      assert.equal(asked.value('CONNECTION', 'CONNECT'), false);
      await asked.wants('DEVICE_ADDRESS', { PORT: String(await peer(t)) });
      await asked.wants('CONNECTION', { CONNECT: true });
    });

    test('defines further properties while it is connected, and deletes them afterwards', async (t) => {
      const asked = await addressed(t, await peer(t));
      const off = asked.present();
      await asked.wants('CONNECTION', { CONNECT: true });
      await asked.has(() => asked.present().length > off.length, 'more properties');
      assert.deepEqual(asked.faults(), []);
      await asked.wants('CONNECTION', { DISCONNECT: true }, 'Idle');
      await asked.has(() => asked.present().length <= off.length, 'fewer properties');
      assert.deepEqual(asked.present(), off);
    });

    test('survives a device that sends random bytes', async (t) => {
      const noise = Buffer.alloc(65_536, '\u0000#?<x1\r\n');
      await using babbler = await serve('tcp://127.0.0.1:0', {
        codec: raw(),
        frames: (session) => void session.send(noise),
      });
      const asked = await addressed(t, portOf(babbler));
      asked.driver.want('CONNECTION', { CONNECT: true });
      await asked.has(() => asked.state('CONNECTION') !== 'Busy', 'an end of connecting');
      asked.driver.want('CONNECTION', { DISCONNECT: true });
      await asked.has(() => asked.value('CONNECTION', 'CONNECT') === false, 'it is disconnected');
      await asked.wants('DEVICE_ADDRESS', { PORT: String(await peer(t)) });
      await asked.wants('CONNECTION', { CONNECT: true });
    });

    test('reports a lost connection, and continues after it is restored', async (t) => {
      await using way = await cable(await peer(t));
      const asked = await addressed(t, way.port);
      await asked.wants('CONNECTION', { CONNECT: true });
      const { length } = asked.driver.words;
      way.pull();
      await asked.has(() => asked.state('CONNECTION') === 'Busy', 'CONNECTION is Busy');
      await asked.has(() => asked.driver.words.length > length, 'the reason');
      way.plug();
      await asked.has(() => asked.state('CONNECTION') === 'Ok', 'CONNECTION is Ok again');
    });

    test('ends when its input is closed, connected or not', async (t) => {
      const idle = await started(t);
      await idle.driver.stop();
      const asked = await addressed(t, await peer(t));
      await asked.wants('CONNECTION', { CONNECT: true });
      await asked.driver.stop();
    });
  });
}

function portOf({ address }: { readonly address: string }): number {
  return Number(address.split(':').at(-1));
}

/** A driver and the requests to it. */
class Asked {
  readonly driver: SuiteDriver;
  readonly #device: string;
  readonly #patience: number;

  constructor(driver: SuiteDriver, device: string, patience: number) {
    this.driver = driver;
    this.#device = device;
    this.#patience = patience;
  }

  /** Requests all properties and waits for them. */
  async ask(): Promise<void> {
    const { length } = this.driver.said;
    this.driver.write('<getProperties version="1.7"/>');
    const all = () => this.driver.said.slice(length) as { name?: string }[];
    await this.has(() => all().some(({ name }) => name === 'CONFIG_PROCESS'), 'definitions');
    let seen = -1;
    while (seen !== this.driver.said.length) {
      seen = this.driver.said.length;
      await new Promise((resolve) => setTimeout(resolve, 50)); // a driver does not announce the end of its definitions
    }
  }

  has(condition: () => boolean, what: string): Promise<void> {
    return eventually(
      condition,
      `${what}; the driver said: ${this.driver.words.slice(-500)}`,
      this.#patience,
    );
  }

  /** Requests values, and waits until the property is in a state. */
  async wants(name: string, values: Values, state = 'Ok'): Promise<void> {
    const { length } = this.driver.said;
    this.driver.want(name, values);
    const later = () => this.driver.said.slice(length) as SuiteVector[];
    const there = () => later().findLast((message) => message.name === name)?.state === state;
    await this.has(there, `${name} is ${state}`);
  }

  /** The last definition of each property. */
  get defined(): ReadonlyMap<string, SuiteVector> {
    const all = this.driver.said.filter(({ tag }) => tag.startsWith('def')) as SuiteVector[];
    return new Map(
      all.filter(({ device }) => device === this.#device).map((vector) => [vector.name, vector]),
    );
  }

  /** Names of the current properties. */
  present(): string[] {
    return [...this.defined.keys()].filter((name) => this.driver.vector(name) !== undefined).sort();
  }

  faults(): string[] {
    return [...this.defined.values()].flatMap(shapeFaults);
  }

  values(): unknown {
    return [...this.defined.values()].map(({ name, members }) => [
      name,
      members.map((member) => [member.name, this.value(name, member.name)]),
    ]);
  }

  value(name: string, member: string): unknown {
    return this.driver.vector(name)?.members.find((other) => other.name === member)?.value;
  }

  state(name: string): string | undefined {
    return this.driver.vector(name)?.state;
  }
}
