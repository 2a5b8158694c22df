import { asFairleadError } from '@fairlead/core';
import type { CheckedConfig, Config, createLog, Service } from '@fairlead/server';

/** What SIGHUP does to a running service. One reload at a time; what comes meanwhile is one more. */
export class Reloads {
  readonly #service: Pick<Service, 'reload' | 'reconfigure'>;
  readonly #log: ReturnType<typeof createLog>;
  readonly #read: () => CheckedConfig;
  #running: Promise<void> | undefined;
  #again = false;
  /** `stop.grace` as it is now. */
  grace: number;

  /** @param read reads the configuration as the start did */
  constructor(
    service: Pick<Service, 'reload' | 'reconfigure'>,
    log: ReturnType<typeof createLog>,
    config: Config,
    read: () => CheckedConfig,
  ) {
    this.#service = service;
    this.#log = log;
    this.#read = read;
    this.grace = config.stop.grace;
  }

  /** Resolves when the reload is over. Does not reject: the log says what became of it. */
  run(): Promise<void> {
    if (this.#running !== undefined) this.#again = true;
    this.#running ??= this.#rounds().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #rounds(): Promise<void> {
    do {
      this.#again = false;
      try {
        await this.#reload();
      } catch (thrown) {
        const { code, message } = asFairleadError(thrown);
        this.#log.error({ code }, `Reload: ${message} The earlier configuration stays in use.`);
      }
    } while (this.#again);
  }

  async #reload(): Promise<void> {
    await this.#service.reload(); // of certificates; it writes its own lines
    const { loaded, problems, warnings } = this.#read();
    for (const warning of warnings) this.#log.warn({}, warning);
    for (const { code, message } of problems) this.#log.error({ code }, `Reload: ${message}`);
    if (loaded === undefined) {
      this.#log.error({}, 'Reload: the configuration is not valid, so the earlier one stays in use');
      return;
    }
    const { config } = loaded;
    const { live, restart } = await this.#service.reconfigure(config);
    this.#log.level = config.log.level;
    this.grace = config.stop.grace;
    this.#log.info({ applied: live }, 'Reloaded');
    if (restart.length > 0)
      this.#log.warn({ keys: restart }, 'Reload: changes of these keys take effect at the next start');
  }
}
