/** INDI's own C++ client library, as KStars uses it, at our hub; and at the real indiserver with our driver. */
import assert from 'node:assert/strict';
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { after, before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually, requirePeer } from '@fairlead/testkit';
import { type BlobValue, blobData, connectIndi, type DriverCommand, type Hub } from '../../src/index.ts';
import { indiserver, launcher } from './real-server.ts';
import { fixture, hubOf } from './world.ts';

const CAMERA = 'CCD Simulator';
const SOURCE = fileURLToPath(new URL('../../../../interop/indi_client.cpp', import.meta.url));

let home = '';
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'fairlead-indi-client-'));
});
after(() => rm(home, { recursive: true, force: true }));

let compiled: Promise<string> | undefined;

/** The program, made once. */
function program(): Promise<string> {
  const path = join(home, 'indi_client');
  compiled ??= promisify(execFile)('g++', ['-std=c++17', '-o', path, SOURCE, '-lindiclient']).then(
    () => path,
  );
  return compiled;
}

const required = (t: TestContext) => requirePeer(t, 'g++') && requirePeer(t, 'libindi/baseclient.h');

/** A program made with the library: it says in lines what it hears. */
class Library implements AsyncDisposable {
  readonly heard: string[] = [];
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #exited: Promise<number | null>;
  #pings = 0;

  /** @param watched device, or device and property, that it asks for; all by default */
  static async at(port: number, ...watched: string[]): Promise<Library> {
    const library = new Library(await program(), port, watched);
    await library.hears('online');
    return library;
  }

  private constructor(path: string, port: number, watched: readonly string[]) {
    this.#child = spawn(path, ['127.0.0.1', String(port), ...watched], { stdio: ['pipe', 'pipe', 'ignore'] });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.heard.push(line));
    this.#child.stdin.on('error', () => {});
    this.#exited = new Promise((resolve) => this.#child.once('exit', resolve));
  }

  tell(...words: string[]): void {
    this.#child.stdin.write(`${words.join('\t')}\n`);
  }

  /** Waits for the first line that begins so, and takes it out: it is heard once. Returns its words. */
  async hears(...words: string[]): Promise<string[]> {
    const begin = words.join('\t');
    const fits = (line: string) => line === begin || line.startsWith(`${begin}\t`);
    await eventually(() => this.heard.some(fits), begin).catch((error) => {
      const { exitCode, signalCode } = this.#child;
      const ended = exitCode ?? signalCode ?? 'not at all';
      throw new Error(`${begin} was not heard (ended: ${ended}) in\n${this.heard.join('\n')}`, {
        cause: error,
      });
    });
    const at = this.heard.findIndex(fits);
    return (this.heard.splice(at, 1)[0] as string).split('\t');
  }

  /** Resolves when what the server has sent so far has been taken. */
  async settles(): Promise<void> {
    const uid = `settled-${++this.#pings}`;
    this.tell('ping', uid);
    await this.hears('pong', uid);
  }

  /** Disconnects and ends. Resolves with its status. */
  leaves(): Promise<number | null> {
    this.#child.stdin.end();
    return this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}

const BENCH: DriverCommand = {
  command: [process.execPath, ...process.execArgv, join(import.meta.dirname, 'bench-driver.ts')],
};
const bench = (): DriverCommand => ({ ...BENCH, env: { INDICONFIG: join(home, 'none.xml') } });
const portOf = (hub: Hub) => Number(String(hub.address).split(':')[1]);

/**
 * The library looks its properties up on one thread while it takes new ones on another, and may crash over that: whoever
 * tells it to do something waits for the last property that is to come.
 */
const LAST_BEFORE = ['property', 'Bench', 'CONFIG_PROCESS'] as const;
const LAST_CONNECTED = ['property', 'Bench', 'PICTURE'] as const;

async function connects(client: Library): Promise<void> {
  await client.hears(...LAST_BEFORE);
  client.tell('connect', 'Bench');
  await client.hears(...LAST_CONNECTED);
}

/** What every server of INDI gives every client. */
async function wholeConversation(client: Library): Promise<void> {
  await client.hears('device', 'Bench');
  await client.hears('value', 'Bench', 'CONNECTION', 'Idle', 'CONNECT=Off', 'DISCONNECT=On');
  await connects(client);
  await client.hears('value', 'Bench', 'CONNECTION', 'Ok', 'CONNECT=On', 'DISCONNECT=Off');
  await client.hears('value', 'Bench', 'NUMBER', 'Idle', 'VALUE=1');
  await client.hears('value', 'Bench', 'LIGHT', 'Idle', 'SHINES=Idle');

  client.tell('number', 'Bench', 'NUMBER', 'VALUE', '12.5');
  await client.hears('value', 'Bench', 'NUMBER', 'Ok', 'VALUE=12.5');
  client.tell('number', 'Bench', 'NUMBER', 'VALUE', '101');
  await client.hears('value', 'Bench', 'NUMBER', 'Alert', 'VALUE=12.5');
  client.tell('text', 'Bench', 'TEXT', 'WORDS', 'Tom & "Jerry" <äöü> 😀');
  await client.hears('value', 'Bench', 'TEXT', 'Ok', 'WORDS=Tom & "Jerry" <äöü> 😀');
  client.tell('switch', 'Bench', 'LAMP', 'ON');
  await client.hears('value', 'Bench', 'LAMP', 'Ok', 'ON=On', 'OFF=Off');
  await client.hears('value', 'Bench', 'LIGHT', 'Ok', 'SHINES=Ok');
  await eventually(
    () => client.heard.some((line) => /^message\tBench\t.*Let there be light & warmth\./.test(line)),
    'the message',
  );
}

async function farewell(client: Library): Promise<void> {
  client.tell('disconnect', 'Bench');
  await client.hears('removed', 'Bench', 'NUMBER');
  await client.hears('value', 'Bench', 'CONNECTION', 'Idle', 'CONNECT=Off', 'DISCONNECT=On');
  assert.equal(await client.leaves(), 0);
}

describe('the C++ client library', () => {
  it('at our hub: connects, changes, and sees what becomes of it', async (t) => {
    if (!required(t)) return;
    await using hub = await hubOf({ run: { bench: bench() } });
    await using client = await Library.at(portOf(hub));
    await wholeConversation(client);
    await farewell(client);
    await eventually(() => hub.clients().length === 0, 'the hub has let it go');
  });

  for (const size of [1, 54, 48 * 1024 + 1, 1_000_003])
    it(`at our hub: a BLOB of ${size} bytes there and back is the same`, async (t) => {
      if (!required(t)) return;
      await using hub = await hubOf({ run: { bench: bench() } });
      await using client = await Library.at(portOf(hub));
      await connects(client);
      const folder = await mkdtemp(join(home, 'blobs-'));
      client.tell('blobs', 'Bench', folder);
      await client.settles();
      const bytes = randomBytes(size);
      await writeFile(join(folder, 'sent'), bytes);
      for (let n = 0; n < 3; n++) {
        client.tell('upload', 'Bench', 'UPLOAD', 'FILE', '.bin', join(folder, 'sent'));
        const [, , , , format, path] = await client.hears('file', 'Bench', 'PICTURE', 'IMAGE');
        assert.equal(format, '.bin');
        assert.ok(bytes.equals(await readFile(path as string)));
      }
    });

  it('at our hub: watches one device, and takes the BLOBs of one property on a connection of their own', async (t) => {
    if (!required(t)) return;
    await using hub = await hubOf({ run: { bench: bench(), a: fixture('Alpha') } });
    await using all = await Library.at(portOf(hub));
    await all.hears('device', 'Alpha');
    await all.hears('device', 'Bench');
    await using one = await Library.at(portOf(hub), 'Bench');
    await connects(one);
    // As KStars does it.
    await using pictures = await Library.at(portOf(hub), 'Bench', 'PICTURE');
    await pictures.hears(...LAST_CONNECTED);
    const folder = await mkdtemp(join(home, 'blobs-'));
    pictures.tell('only', 'Bench', 'PICTURE', folder);
    await pictures.settles();

    one.tell('number', 'Bench', 'NUMBER', 'VALUE', '5');
    await one.hears('value', 'Bench', 'NUMBER', 'Ok', 'VALUE=5');
    const bytes = randomBytes(100_000);
    await writeFile(join(folder, 'sent'), bytes);
    one.tell('upload', 'Bench', 'UPLOAD', 'FILE', '.bin', join(folder, 'sent'));
    const [, , , , , path] = await pictures.hears('file', 'Bench', 'PICTURE', 'IMAGE');
    assert.ok(bytes.equals(await readFile(path as string)));
    for (const client of [one, pictures]) await client.settles();
    assert.ok(!one.heard.some((line) => /Alpha|^file/.test(line)), one.heard.join('\n'));
    assert.ok(!pictures.heard.some((line) => /Alpha|NUMBER|UPLOAD/.test(line)), pictures.heard.join('\n'));
  });

  it('at our hub: a picture of a C++ camera is as long as it is', async (t) => {
    if (!required(t) || !requirePeer(t, 'indi_simulator_ccd')) return;
    const camera: DriverCommand = { command: ['indi_simulator_ccd'], env: { HOME: home } };
    await using hub = await hubOf({ run: { camera } });
    await using client = await Library.at(portOf(hub));
    await using ours = connectIndi(hub.address as string);
    ours.enableBlob('Also', CAMERA);
    await ours.waitFor(CAMERA, 'POLLING_PERIOD');
    await ours.set(CAMERA, 'CONNECTION', { CONNECT: true });
    await ours.set(CAMERA, 'POLLING_PERIOD', { PERIOD_MS: 500 }); // by then it has defined all
    await client.hears('property', CAMERA, 'CCD_EXPOSURE');
    await client.settles();
    client.tell('blobs', CAMERA, await mkdtemp(join(home, 'blobs-')));
    await client.settles();
    client.tell('number', CAMERA, 'CCD_EXPOSURE', 'CCD_EXPOSURE_VALUE', '0.1');
    const [, , , , format, path] = await client.hears('file', CAMERA, 'CCD1', 'CCD1');
    const { elements } = await ours.waitFor(CAMERA, 'CCD1', {
      when: ({ elements }) => elements.get('CCD1')?.value !== undefined,
    });
    assert.equal(format, '.fits');
    const picture = blobData('CCD1', elements.get('CCD1')?.value as BlobValue);
    assert.ok(picture.equals(await readFile(path as string)));
  });

  it('at our hub: is told that a driver has ended, and is back', async (t) => {
    if (!required(t)) return;
    // Whatever device goes, INDI 1.9.9 forgets the first by name: here that is the one that goes.
    await using hub = await hubOf({ run: { bench: bench(), z: fixture('Zulu') } });
    await using client = await Library.at(portOf(hub));
    await client.hears('property', 'Zulu', 'PICTURE');
    await client.hears(...LAST_BEFORE);
    process.kill(hub.drivers()[0]?.pid as number, 'SIGKILL');
    await client.hears('gone', 'Bench');
    await client.hears(...LAST_BEFORE);
    await client.settles();
    client.tell('number', 'Zulu', 'NUMBER', 'VALUE', '7');
    await client.hears('value', 'Zulu', 'NUMBER', 'Ok', 'VALUE=7');
  });

  it('at our hub: is told that the hub has closed', async (t) => {
    if (!required(t)) return;
    const hub = await hubOf({ run: { z: fixture('Zulu') } });
    await using client = await Library.at(portOf(hub));
    await client.hears('device', 'Zulu');
    await hub.close();
    await client.hears('offline', '-1');
  });

  it('at the real indiserver: has the same conversation with our driver', async (t) => {
    if (!required(t) || !requirePeer(t, 'indiserver')) return;
    await using server = await indiserver(home, await launcher(home, 'bench-driver.ts'));
    await using client = await Library.at(server.port);
    await wholeConversation(client);
    await farewell(client);
  });
});
