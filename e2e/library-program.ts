/**
 * A program that uses large parts of the libraries. `libraries.test.ts` compiles it against the packages, as the program of a user, and
 * runs it on each Node that they support. `node program.js driver` is the driver that its hub runs.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isFairleadError, parseEndpoint } from '@fairlead/core';
import {
  blobData,
  blobValue,
  ConnectionMode,
  connectIndi,
  createHub,
  DefaultDevice,
  runDriver,
  TcpConnection,
} from '@fairlead/indi';
import { messagePack, TcpClient, TcpServer } from '@fairlead/messaging';
import {
  ByteSink,
  type Codec,
  connect,
  Deframer,
  framingFromSpec,
  line,
  parseFraming,
  pool,
  serve,
} from '@fairlead/tcp';

const program = fileURLToPath(import.meta.url);

async function secured(): Promise<void> {
  const { CA: ca = '', CERT: cert = '', KEY: key = '' } = process.env;
  await using server = await serve<string>('tls://127.0.0.1:0', {
    codec: line(),
    tls: { cert, key },
    frames: (session, batch) => void batch.map((text) => session.send(text.toUpperCase())),
  });
  await using clients = pool<string>(server.endpoint, { codec: line(), max: 3, tls: { ca } });
  const texts = Array.from({ length: 20 }, (_, i) => `text ${i}`);
  const replies = await Promise.all(texts.map((text) => clients.request(text)));
  assert.deepEqual(
    replies,
    texts.map((text) => text.toUpperCase()),
  );
  assert.equal(clients.stats().size, 3);

  const { address } = server;
  await using stranger = connect<string>(address, { codec: line(), tls: {}, reconnect: false });
  await assert.rejects(stranger.ready(), (error) => isFairleadError(error));
  assert.equal(parseEndpoint(address).protocol, 'tls');
}

function codePages(): void {
  const through = (codec: Codec<string>, text: string): string | undefined => {
    const sink = new ByteSink();
    codec.encoder().encode(text, sink);
    return new Deframer(codec.decoder(), codec.name).push(Buffer.concat(sink.flush()))[0];
  };
  for (const [encoding, text] of [
    ['windows-1252', 'Grüße, 5 €'],
    ['shift_jis', 'こんにちは'],
    ['gb18030', '你好'],
    ['cp037', 'HELLO'],
    ['utf-16le', 'naïve'],
  ] as const)
    assert.equal(through(line({ encoding }), text), text, encoding);
}

/** The framings of real devices with published bytes, from the package: whole and byte by byte. */
function publishedFramings(): void {
  const folder = new URL('../vectors/protocols/', import.meta.resolve('@fairlead/tcp'));
  let frames = 0;
  for (const name of readdirSync(folder)) {
    const file = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
    parseFraming(JSON.stringify(file.framing));
    for (const { hex, frames: expected = [{ hex }], direction = 'received', error } of file.vectors) {
      if (error !== undefined) continue;
      const bytes = Buffer.from(hex, 'hex');
      for (const chunks of [[bytes], Array.from(bytes, (byte) => Buffer.of(byte))]) {
        const codec = framingFromSpec(file.framing, { direction });
        const deframer = new Deframer(codec.decoder(), codec.name);
        const found = [...chunks.flatMap((chunk) => deframer.push(chunk)), ...deframer.end()];
        assert.deepEqual(
          found.map((frame) => frame.toString('hex')),
          expected.map((frame: { hex: string }) => frame.hex),
          name,
        );
        frames += found.length;
      }
    }
  }
  assert.ok(frames > 1_000, `${frames} frames`);
}

async function messages(): Promise<void> {
  const server = new TcpServer({ source: 'press', codec: messagePack() });
  server.registerMessageHandler('command', (message) => {
    server.respond(message, { done: message.data });
  });
  await server.startServer('127.0.0.1', 0);
  const client = new TcpClient({ source: 'panel', codec: messagePack() });
  await client.connectToServer('127.0.0.1', server.port);
  const { data } = await client.request({ open: 'valve-3' }, { priority: 3 }, { timeout: '5s' });
  assert.deepEqual(data, { done: { open: 'valve-3' } });
  await client.disconnect();
  await server.disconnect();
}

const STATION = 'Weather Station';

class Station extends DefaultDevice {
  readonly #tcp: TcpConnection<string>;
  readonly #weather = this.numbers('WEATHER', {
    perm: 'ro',
    members: { CELSIUS: { format: '%.1f', min: -50, max: 60 } },
  });
  readonly #picture = this.blobs('PICTURE', { perm: 'ro', members: { SKY: {} } });

  constructor(port: number) {
    super(STATION);
    this.addAuxControls();
    this.#tcp = new TcpConnection(this, { defaultHost: '127.0.0.1', defaultPort: port, codec: line() });
    this.setConnectionMode(ConnectionMode.Tcp);
    this.#tcp.registerHandshake(async (link) => (await link.request('*IDN?')).startsWith('ACME'));
    this.registerConnection(this.#tcp);
  }

  override updateProperties(): void {
    if (this.connected) this.define(this.#weather, this.#picture);
    else this.remove(this.#weather, this.#picture);
  }

  override async poll(): Promise<void> {
    this.#weather.update({ CELSIUS: Number(await this.link.request('TEMP?')) }, 'Ok');
    this.#picture.update({ SKY: blobValue(Buffer.from('sky'.repeat(1_000)), '.raw', { compress: true }) });
  }
}

async function drivers(): Promise<void> {
  await using device = await serve<string>('127.0.0.1:0', {
    codec: line(),
    frames: (session, batch) =>
      void batch.map((text) => session.send(text === '*IDN?' ? 'ACME 2.1' : '21.5')),
  });
  const port = device.address.split(':').at(-1) as string;
  await using hub = await createHub({
    listen: '127.0.0.1:0',
    run: { station: { command: [process.execPath, program, 'driver', port] } },
  });
  await using client = connectIndi(hub.address as string);
  await client.waitFor(STATION, 'CONNECTION');
  client.enableBlob('Also', STATION);
  await client.set(STATION, 'CONNECTION', { CONNECT: true });
  await client.waitFor(STATION, 'WEATHER', {
    when: ({ elements }) => elements.get('CELSIUS')?.value === 21.5,
  });
  const { elements } = await client.waitFor(STATION, 'PICTURE', {
    when: ({ elements }) => elements.get('SKY')?.value !== undefined,
  });
  const blob = elements.get('SKY')?.value;
  assert.ok(typeof blob === 'object');
  assert.equal(blobData('SKY', blob).toString(), 'sky'.repeat(1_000));
}

if (process.argv[2] === 'driver') await runDriver(new Station(Number(process.argv[3])));
else {
  await secured();
  codePages();
  publishedFramings();
  await messages();
  await drivers();
  console.log(`all is well: Node ${process.versions.node}`);
}
