import {
  bytes,
  type Clock,
  coreErrors,
  type Duration,
  milliseconds,
  nearest,
  type Size,
  systemClock,
} from '@fairlead/core';
import { sandboxLimits } from './limits.ts';
import type { ScriptLog } from './types.ts';

export interface SandboxOptions {
  /** Script processes, besides the one for penalised scripts. Default 1. */
  readonly processes?: number;
  /** CPU time of a script for one frame. */
  readonly softTimeout?: Duration;
  /** Time after which a script that cannot be interrupted is killed with its process; at least 50 ms. */
  readonly watchdog?: Duration;
  /** Heap of one script; at least 8 MiB. */
  readonly memory?: Size;
  /** Resident memory of one script process. */
  readonly processMemory?: Size;
  /** Compiled scripts that one process keeps. */
  readonly isolates?: number;
  readonly pendingCalls?: number;
  readonly pendingBytes?: Size;
  readonly clock?: Clock;
  /** Receives the console output of scripts; it must return at once. */
  readonly onLog?: (line: ScriptLog) => void;
}

export type SandboxSettings = {
  readonly [K in Exclude<keyof SandboxOptions, 'onLog' | 'clock' | 'processes'>]-?: number;
} & {
  readonly processes: number;
  readonly clock: Clock;
  readonly onLog: ((line: ScriptLog) => void) | undefined;
};

/** Throws OPTION_UNKNOWN or OPTION_INVALID. */
export function checkOptions(options: SandboxOptions): SandboxSettings {
  const where = ' of createSandbox()';
  const limits = sandboxLimits.values;
  const invalid = (key: string, reason: string) => coreErrors.error('OPTION_INVALID', { key, where, reason });
  const atLeast = (key: string, value: number, least: number): number => {
    if (Number.isFinite(value) && value >= least) return value;
    throw invalid(key, `expected at least ${least}; got ${value}.`);
  };
  const count = (key: string, value: number): number => {
    if (Number.isSafeInteger(value) && value >= 1) return value;
    throw invalid(key, `expected a whole number from 1; got ${String(value)}.`);
  };
  const settings: SandboxSettings = {
    processes: count('processes', options.processes ?? 1),
    softTimeout: atLeast(
      'softTimeout',
      milliseconds(options.softTimeout ?? limits.softTimeout, 'softTimeout'),
      1,
    ),
    watchdog: atLeast('watchdog', milliseconds(options.watchdog ?? limits.watchdog, 'watchdog'), 50),
    memory: atLeast('memory', bytes(options.memory ?? limits.memory, 'memory'), 8 * 2 ** 20),
    processMemory: atLeast(
      'processMemory',
      bytes(options.processMemory ?? limits.processMemory, 'processMemory'),
      128 * 2 ** 20,
    ),
    isolates: count('isolates', options.isolates ?? limits.isolates),
    pendingCalls: count('pendingCalls', options.pendingCalls ?? limits.pendingCalls),
    pendingBytes: atLeast(
      'pendingBytes',
      bytes(options.pendingBytes ?? limits.pendingBytes, 'pendingBytes'),
      1,
    ),
    clock: options.clock ?? systemClock,
    onLog: options.onLog,
  };
  const known = Object.keys(settings);
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const near = nearest(key, known);
    const hint = near === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean "${near}"?`;
    throw coreErrors.error('OPTION_UNKNOWN', { key, where, hint });
  }
  return settings;
}
