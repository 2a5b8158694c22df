import type { FairleadError } from '@fairlead/core';
import type { z } from 'zod';
import { tcpErrors } from '../catalogue.ts';
import { AddressList } from './addresses.ts';
import type { serverSchema } from './options.ts';
import { TokenBucket } from './rate.ts';

/** Which peers are accepted. Checked before anything is sent or read, TLS included; the first failed check decides. */
export class Admission {
  readonly #limits: z.output<typeof serverSchema>['limits'];
  readonly #allow: AddressList | undefined;
  readonly #deny: AddressList | undefined;
  readonly #rate: TokenBucket | undefined;
  /** Links by address that have not finished their handshake. */
  readonly #handshaking = new Map<string, number>();

  /** @param now monotonic milliseconds */
  constructor(options: z.output<typeof serverSchema>, now: number) {
    const { allow, deny, limits } = options;
    this.#limits = limits;
    this.#allow = allow === undefined ? undefined : new AddressList(allow, 'allow');
    this.#deny = deny === undefined ? undefined : new AddressList(deny, 'deny');
    const { acceptRate: rate } = limits;
    if (rate === undefined) return;
    const burst = rate.burst ?? Math.max(1, Math.ceil(rate.perSecond));
    this.#rate = new TokenBucket(rate.perSecond, burst, now);
  }

  /** The reason to refuse this peer. @param sessions number of sessions, this one included */
  refusal(remote: string, sessions: number, now: number): FairleadError | undefined {
    const address = hostOf(remote);
    const isUnix = remote.startsWith('unix:'); // the permissions of the file control access
    if (!isUnix && (this.#deny?.has(address) || this.#allow?.has(address) === false))
      return tcpErrors.error('ADDRESS_DENIED', { address });
    const { sessions: limit, perAddress, acceptRate } = this.#limits;
    if (sessions > limit) return tcpErrors.error('TOO_MANY_SESSIONS', { limit });
    if (perAddress !== undefined && (this.#handshaking.get(address) ?? 0) >= perAddress)
      return tcpErrors.error('TOO_MANY_FROM_ADDRESS', { address, limit: perAddress });
    if (acceptRate !== undefined && this.#rate?.take(now) === false)
      return tcpErrors.error('ACCEPT_RATE_EXCEEDED', { limit: acceptRate.perSecond });
    return undefined;
  }

  /** Its handshake begins (1), or is over (-1). */
  count(remote: string, by: 1 | -1): void {
    if (this.#limits.perAddress === undefined) return;
    const address = hostOf(remote);
    const count = (this.#handshaking.get(address) ?? 0) + by;
    if (count > 0) this.#handshaking.set(address, count);
    else this.#handshaking.delete(address);
  }
}

/** The address alone, without the brackets of IPv6. */
function hostOf(remote: string): string {
  return remote.slice(0, remote.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
}
