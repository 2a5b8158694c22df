/** Loaded into the service before it starts: at SIGUSR2 it collects garbage, then prints a line `memory {"heap":...,"rss":...}`, in bytes. */
import { setTimeout as pause } from 'node:timers/promises';

process.on('SIGUSR2', async () => {
  for (let i = 0; i < 3; i++) {
    (globalThis as { gc?: () => void }).gc?.();
    await pause(50);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  process.stderr.write(`memory ${JSON.stringify({ heap: heapUsed + external, rss })}\n`);
});
