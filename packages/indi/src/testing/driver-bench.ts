import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { AnyDevice } from '../driver/device.ts';
import { type RunOptions, runDriver } from '../driver/run.ts';
import { DriverTalk } from './driver-talk.ts';

/**
 * For tests of drivers: runs one on two streams, in this process, and shows what it says as a client would see it. Its
 * configuration is in a folder of its own, which goes when the bench is disposed of; a folder that is given stays.
 *
 *     await using bench = await DriverBench.start(new WeatherStation());
 *     await bench.connect(port);
 *     await bench.reaches('WEATHER_PARAMETERS', 'Ok');
 */
export class DriverBench extends DriverTalk implements AsyncDisposable {
  readonly input: PassThrough;
  readonly output: PassThrough;
  readonly folder: string;
  readonly ended: Promise<void>;
  readonly #ownFolder: boolean;

  private constructor(devices: readonly AnyDevice[], folder: string, own: boolean, options: RunOptions) {
    const [input, output] = [new PassThrough(), new PassThrough()];
    super(input, output, devices[0]?.name ?? '');
    this.input = input;
    this.output = output;
    this.folder = folder;
    this.#ownFolder = own;
    this.ended = runDriver(devices, { input, output, environment: { HOME: folder }, ...options });
    this.ended.catch((error: unknown) => {
      this.failure = error;
    });
  }

  static async start(
    devices: AnyDevice | readonly AnyDevice[],
    options: RunOptions & { folder?: string; ask?: boolean } = {},
  ): Promise<DriverBench> {
    const { folder: given, ask = true, ...run } = options;
    const folder = given ?? (await mkdtemp(join(tmpdir(), 'fairlead-indi-')));
    const bench = new DriverBench([devices].flat() as AnyDevice[], folder, given === undefined, run);
    if (ask) {
      bench.write('<getProperties version="1.7"/>');
      await bench.has(() => bench.vector('CONFIG_PROCESS') !== undefined, 'definitions');
    }
    return bench;
  }

  /** Ends the input, as a server that stops does, and waits for the driver's end. */
  async stop(): Promise<void> {
    this.input.end();
    await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.input.end();
    await this.ended.catch(() => undefined);
    if (this.#ownFolder) await rm(this.folder, { recursive: true, force: true });
  }
}
