/** What only the real programs can tell: that they read what we write, and that we read what they write. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ConfigFile, DefaultDevice, DriverBench, TcpConnection } from '@fairlead/indi';
import { line } from '@fairlead/tcp';
import { eventually, requirePeer } from '@fairlead/testkit';
import { IndiServer } from './indi-server.ts';

describe('beside the real INDI', () => {
  it('configurations go both ways', async (t) => {
    if (!requirePeer(t, 'indi_lx200basic')) return;
    await using server = await IndiServer.start(['indi_lx200basic']);
    const device = 'LX200 Basic';
    const path = join(server.folder, '.indi', `${device}_config.xml`);
    const wanted = (port: string) => ({
      tag: 'newTextVector' as const,
      type: 'Text' as const,
      device,
      name: 'DEVICE_ADDRESS',
      members: [
        { name: 'ADDRESS', value: 'mount.example' },
        { name: 'PORT', value: port },
      ],
    });
    // Ours, read by theirs.
    await new ConfigFile(path).save([wanted('4321')], true);
    await server.set(`${device}.CONNECTION_MODE.CONNECTION_TCP=On`);
    assert.equal((await server.until(`"${device}.DEVICE_ADDRESS._STATE">=0`)).code, 0);
    await server.set(`${device}.CONFIG_PROCESS.CONFIG_LOAD=On`);
    await eventually(
      async () => /=4321/.test((await server.get(`${device}.DEVICE_ADDRESS.PORT`)).output),
      'the port of our file',
    );
    // Theirs, read by ours.
    await server.set(`${device}.CONFIG_PROCESS.CONFIG_SAVE=On`);
    await eventually(async () => (await readFile(path, 'utf8')).includes('POLLING_PERIOD'), 'their file');
    class Mount extends DefaultDevice {
      constructor() {
        super(device);
        this.registerConnection(new TcpConnection(this, { codec: line() }));
      }
    }
    await using bench = await DriverBench.start(new Mount(), { folder: server.folder });
    await bench.has(() => bench.value('DEVICE_ADDRESS', 'PORT') === '4321', 'the port of their file');
    assert.equal(bench.value('DEVICE_ADDRESS', 'ADDRESS'), 'mount.example');
  });

  it('BLOBs reach its clients, and what comes beside the stream is refused in words', async (t) => {
    if (!requirePeer(t, 'indiserver')) return;
    const { pathname: driver } = new URL('camera.fixture.ts', import.meta.url);
    await using server = await IndiServer.start([driver]);
    const socket = connect(server.port, '127.0.0.1');
    let heard = '';
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
    });
    socket.on('error', () => undefined);
    try {
      socket.write(
        '<enableBLOB device="Camera">Also</enableBLOB><getProperties version="1.7" device="Camera"/>',
      );
      await eventually(
        () => heard.includes('name="SHOOT"') || heard.includes("name='SHOOT'"),
        'the definition',
      );
      await server.set('Camera.SHOOT.NOW=On');
      await eventually(() => heard.includes('</setBLOBVector>'), 'a BLOB');
      const base64 = /<oneBLOB[^>]*>([^<]*)<\/oneBLOB>/.exec(heard)?.[1] ?? '';
      assert.equal(Buffer.from(base64, 'base64').toString('latin1'), 'pixels'.repeat(5_000));
      // indiserver hands a client's BLOB to the driver as a file descriptor, which Node cannot receive.
      socket.write(
        '<newBLOBVector device="Camera" name="UPLOAD"><oneBLOB name="FILE" size="5" format=".txt" enclen="8">\naGVsbG8=\n</oneBLOB></newBLOBVector>',
      );
      await eventually(() => /file descriptor/.test(heard), 'the refusal', 5_000);
      await server.set('Camera.SHOOT.NOW=On');
      await eventually(() => heard.split('</setBLOBVector>').length > 3, 'life after it', 5_000);
    } finally {
      socket.destroy();
    }
  });
});
