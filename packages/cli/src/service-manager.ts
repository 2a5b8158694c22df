/**
 * Tells systemd what the service does, where systemd started it and asks for that (`Type=notify`, `WatchdogSec=`). Node has no
 * datagram sockets of Unix, so the program `systemd-notify` sends each message; it comes with systemd.
 */
import { execFile } from 'node:child_process';
import type { Clock, Timer } from '@fairlead/core';
import { cliLimits } from './limits.ts';

interface ManagerOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Is told once why messages do not arrive. */
  readonly warn: (reason: string) => void;
  /** Sends assignments such as `READY=1`. For tests. */
  readonly send?: (assignments: readonly string[]) => Promise<void>;
}

export class ServiceManager implements Disposable {
  readonly #options: ManagerOptions;
  readonly #send: ((assignments: readonly string[]) => Promise<void>) | undefined;
  #timer: Timer | undefined;
  #failed = false;

  constructor(options: ManagerOptions) {
    const { env, send = (assignments) => systemdNotify(assignments, env) } = options;
    this.#options = options;
    this.#send = env.NOTIFY_SOCKET ? send : undefined;
  }

  /** The service accepts devices. From now on the watchdog is told that the process lives. */
  async ready(status: string): Promise<void> {
    await this.#tell('READY=1', `STATUS=${status}`);
    const microseconds = Number(this.#options.env.WATCHDOG_USEC);
    if (this.#send !== undefined && microseconds > 0) this.#watch(microseconds / 2_000);
  }

  async stopping(): Promise<void> {
    this[Symbol.dispose]();
    await this.#tell('STOPPING=1', 'STATUS=Stopping');
  }

  [Symbol.dispose](): void {
    this.#options.clock.clear(this.#timer);
    this.#timer = undefined;
  }

  /** A process whose event loop stands still sends nothing, and systemd restarts it. */
  #watch(ms: number): void {
    this.#timer = this.#options.clock.after(ms, () => {
      this.#watch(ms);
      void this.#tell('WATCHDOG=1');
    });
    this.#timer.unref?.();
  }

  async #tell(...assignments: string[]): Promise<void> {
    try {
      await this.#send?.(assignments);
    } catch (error) {
      if (!this.#failed) this.#options.warn((error as Error).message.trim());
      this.#failed = true;
    }
  }
}

function systemdNotify(assignments: readonly string[], env: ManagerOptions['env']): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timeout = cliLimits.values.notify;
  execFile('systemd-notify', assignments, { env, timeout }, (error) =>
    error === null ? resolve() : reject(error),
  );
  return promise;
}
