import type { LinkInfo } from './api.ts';
import { gatewayErrors } from './catalogue.ts';
import type { Dialler } from './dial/dialler.ts';
import { DIALLED } from './dial/station.ts';
import type { Listeners } from './listener/listeners.ts';
import type { LinkLog } from './log/link-log.ts';
import type { SessionLink } from './session/session.ts';

/** All links as operators see them: those that devices opened, those that were dialled, and closed ones. */
export class Links {
  readonly #listeners: Listeners;
  readonly #dialler: Dialler;
  readonly #log: LinkLog;

  constructor(listeners: Listeners, dialler: Dialler, log: LinkLog) {
    this.#listeners = listeners;
    this.#dialler = dialler;
    this.#log = log;
  }

  /** See `GatewayNode.links`. */
  list(): LinkInfo[] {
    return [
      ...Array.from(this.open(), ({ listener, link }) => this.#log.describe(listener, link)),
      ...this.#log.remembered(),
    ];
  }

  /** Links that are open, with the names of their listeners. */
  *open(): Generator<{ readonly listener: string; readonly link: SessionLink }, void, undefined> {
    yield* this.#listeners.links();
    for (const link of this.#dialler.links()) yield { listener: DIALLED, link };
  }

  get(id: string): LinkInfo | undefined {
    const open = this.#listeners.find(id);
    if (open !== undefined) return this.#log.describe(open.listener, open.link);
    const dialled = this.#dialler.find(id);
    return dialled === undefined ? this.#log.find(id) : this.#log.describe(DIALLED, dialled);
  }

  /** Closes a link; false when there is none that is open. */
  kill(id: string): boolean {
    const open = this.#listeners.find(id);
    open?.link.destroy(gatewayErrors.error('LINK_KILLED'));
    const dialled = open === undefined ? this.#dialler.find(id) : undefined;
    if (dialled !== undefined) this.#dialler.kill(dialled, gatewayErrors.error('LINK_KILLED'));
    return open !== undefined || dialled !== undefined;
  }
}
