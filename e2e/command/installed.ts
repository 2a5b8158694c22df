/** The command, installed from its packages in an empty project. Each version of Node has a test file of its own: an install takes long. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually } from '@fairlead/testkit';
import { closureOf, type nodeVersions, PackedPackages, pathWith, run } from '../packing.ts';
import { BareDevice, RunningService } from '../running.ts';

const FAIRLEAD = 'node_modules/.bin/fairlead';

export function testInstalledWith(version: (typeof nodeVersions)[number]): void {
  describe(`the command, installed with Node ${version}`, () => {
    let packed: PackedPackages;
    let cwd: string;
    let bin: string;
    before(() => {
      packed = new PackedPackages(closureOf('cli'));
      bin = packed.bin(version);
      cwd = packed.project('command', closureOf('cli'), [], bin);
    });
    after(() => packed?.[Symbol.dispose]());

    it('prints its version and writes the demo of rules', () => {
      assert.match(run(cwd, [FAIRLEAD, '--version'], { bin }), /^\d+\.\d+\.\d+/);
      run(cwd, [FAIRLEAD, 'rules', 'demo'], { bin });
      run(cwd, [FAIRLEAD, 'rules', 'test', 'client.yaml', '--peer', 'server.yaml'], { bin });
    });

    it('serves: a device dials in, and its reading is there', async () => {
      const command = ['node', join(cwd, FAIRLEAD)];
      await using service = await RunningService.start({ PATH: pathWith(bin) }, command);
      const script = join(cwd, 'thermo.ts');
      writeFileSync(
        script,
        'export function uplink(bytes: Uint8Array) {\n  return { values: { celsius: bytes[0] } };\n}\n',
      );
      const token = await service.add(
        ...['thermo-1', '--protocol', 'custom', '--framing', 'fixed:1', '--uplink', script],
      );
      using device = await BareDevice.dial(service.ports.custom);
      device.send(`${token}\n\x15`);
      await eventually(async () => {
        const { json } = await service.cli('device', 'inspect', 'thermo-1');
        return json.values?.celsius?.value === 21;
      }, 'the reading is there');
      assert.equal(await service.stop(), 0);
    });
  });
}
