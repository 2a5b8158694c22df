import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '@fairlead/core';
import { serverLimits } from '../limits.ts';
import type { Principal } from './principal.ts';

/**
 * The answers that are under way, by what proved their requests: a live stream may take days, and must end when its token is
 * revoked or expires.
 */
export class OpenRequests implements Disposable {
  readonly #clock: Clock;
  readonly #open = new Map<ServerResponse, Principal>();
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(response: ServerResponse, principal: Principal): void {
    if (response.closed) return;
    this.#open.set(response, principal);
    response.once('close', () => this.#open.delete(response));
    if (principal.expiresAt !== undefined) this.#watch();
  }

  /** Ends the requests that this proved. @param except the request that revokes it, which is still answered */
  revoke(credential: string, except?: ServerResponse): void {
    this.end((principal) => principal.credential === credential, except);
  }

  /** Looks for answers whose proof has expired, as long as there is one that can. */
  #watch(): void {
    if (this.#timer !== undefined) return;
    this.#timer = this.#clock.after(serverLimits.values.expiryCheck, () => {
      this.#timer = undefined;
      const now = this.#clock.now();
      this.end(({ expiresAt }) => expiresAt !== undefined && expiresAt <= now);
      if ([...this.#open.values()].some(({ expiresAt }) => expiresAt !== undefined)) this.#watch();
    });
    this.#timer.unref?.();
  }

  /** Ends the requests of some. */
  end(is: (principal: Principal) => boolean, except?: ServerResponse): void {
    for (const [response, principal] of this.#open)
      if (response !== except && is(principal)) response.destroy();
  }

  [Symbol.dispose](): void {
    this.#clock.clear(this.#timer);
    this.#timer = undefined;
  }
}
