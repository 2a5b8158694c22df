// Sentences to the device.

import type { Values } from './readers.ts';

const restarts: Record<string, string> = {
  hot: 'PMTK101',
  warm: 'PMTK102',
  cold: 'PMTK103',
  factory: 'PMTK104',
};

export function command(method: unknown, params: Values): string {
  switch (method) {
    case 'sentence':
      return String(params.text);
    case 'query':
      return `${params.talker ?? 'CC'}${params.listener ?? 'GP'}Q,${params.type}`;
    case 'interval': {
      const milliseconds = Math.round(Number(params.seconds) * 1_000);
      if (!(milliseconds >= 100 && milliseconds <= 10_000)) throw new Error('seconds must be 0.1 to 10');
      return `PMTK220,${milliseconds}`;
    }
    case 'reboot':
      return restarts[String(params.start ?? 'hot')] ?? fail(`no such start: ${params.start}`);
    default:
      return fail(`no such command: ${method}`);
  }
}

function fail(reason: string): never {
  throw new Error(reason);
}
