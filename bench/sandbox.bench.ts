/**
 * The cost of a script in the sandbox for each frame, compared with the same function called in this process: 40 bytes to
 * five fields as JSON, in batches of 1, 10 and 100 frames, with 64 concurrent calls.
 */
import { createSandbox, type Script } from '@fairlead/sandbox';
import { main, quick } from './harness.ts';
import { type Report, type Row, row } from './report.ts';
import { fiveFields } from './script.ts';

/** Concurrent calls. */
const inFlight = 64;

function direct(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return JSON.stringify({
    temperature: view.getInt16(0) / 10,
    humidity: view.getUint8(2),
    counter: view.getUint32(4),
    voltage: view.getUint16(8) / 1000,
    status: view.getUint8(39),
  });
}

async function timeSandbox(script: Script, batch: number, frames: number): Promise<number> {
  const input = Array.from({ length: batch }, (_, i) => new Uint8Array(40).fill(i));
  let left = Math.ceil(frames / batch);
  const total = left * batch;
  const worker = async (device: string): Promise<void> => {
    while (left-- > 0) {
      const { results } = await script.uplink(input, {
        device,
        type: 'standard',
        topic: `devices/${device}/attributes`,
        time: Date.now(),
      });
      for (const result of results) if (result.error !== undefined) throw result.error;
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, (_, i) => worker(`device-${i}`)));
  return ((performance.now() - start) * 1_000) / total;
}

function timeDirect(frames: number): number {
  const input = new Uint8Array(40).fill(7);
  let characters = 0;
  const start = performance.now();
  for (let i = 0; i < frames; i++) characters += direct(input).length;
  if (characters === 0) throw new Error('nothing was measured');
  return ((performance.now() - start) * 1_000) / frames;
}

async function run(): Promise<Report> {
  await using sandbox = createSandbox();
  const script = await sandbox.load(fiveFields);
  const scale = quick() ? 0.1 : 1;
  await timeSandbox(script, 10, 20_000);
  timeDirect(20_000);
  const rows: Row[] = [];
  for (const [batch, frames] of [
    [1, 50_000],
    [10, 200_000],
    [100, 400_000],
  ] as const) {
    const sandboxed = await timeSandbox(script, batch, frames * scale);
    rows.push(row(`batches of ${batch}`, sandboxed, 'µs/frame', timeDirect(frames * scale)));
  }
  const { kills, restarts } = sandbox.stats();
  if (kills + restarts > 0) throw new Error(`script processes ended during the run: ${kills + restarts}`);
  return { name: 'sandbox', rows };
}

if (import.meta.main) await main(run);
