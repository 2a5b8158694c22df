import type { FairleadError } from '@fairlead/core';
import type { z } from 'zod';
import { tcpErrors } from '../catalogue.ts';
import type { ProxyTrust } from '../link/proxy-head.ts';
import { AddressList, sourceOf } from './addresses.ts';
import { Lockout, type Lockouts } from './lockout.ts';
import type { serverSchema } from './options.ts';
import { TokenBucket } from './rate.ts';
import { SourceRates } from './rates.ts';

/** Addresses and ranges; absent: all, and none. */
export interface AddressLists {
  readonly allow?: readonly string[] | undefined;
  readonly deny?: readonly string[] | undefined;
}

type Limits = z.output<typeof serverSchema>['limits'];

interface Unproven {
  readonly remote: string;
  readonly handshaking: boolean;
}

/**
 * Which peers are accepted. Checked before anything is sent or read, TLS included; the first failed check decides. A link of a
 * trusted proxy is checked when the proxy has said who its client is.
 */
export class Admission {
  #limits: Limits;
  #allow: AddressList | undefined;
  #deny: AddressList | undefined;
  #rate: TokenBucket | undefined;
  #rates: SourceRates | undefined;
  #lockout: Lockout | undefined;
  readonly #proxies: AddressList | undefined;
  readonly #fromProxies: ProxyTrust;
  /** Links that have not finished their handshake, by their source. */
  readonly #handshaking = new Map<string, number>();

  /** @param now monotonic milliseconds */
  constructor(options: z.output<typeof serverSchema>, now: number) {
    const { limits, proxy } = options;
    this.#limits = limits;
    this.list(options);
    this.#proxies = proxy === undefined ? undefined : new AddressList(proxy.trusted, 'proxy.trusted');
    this.#fromProxies = proxy?.required === false ? 'optional' : 'required';
    this.limit(limits, now);
  }

  /** Takes these limits from now on. Addresses that are locked out stay so, unless there is no lock-out any more. */
  limit(limits: Limits, now: number): void {
    const { acceptRate: rate, acceptRatePerAddress: rates, lockout } = limits;
    this.#limits = limits;
    this.#rate = rate && new TokenBucket(rate.perSecond, burstOf(rate), now);
    this.#rates = rates && new SourceRates(rates.perSecond, burstOf(rates));
    if (lockout === undefined) this.#lockout = undefined;
    else if (this.#lockout === undefined) this.#lockout = new Lockout(lockout);
    else this.#lockout.terms = lockout;
  }

  /** Takes these lists from now on. */
  list({ allow, deny }: AddressLists): void {
    this.#allow = allow === undefined ? undefined : new AddressList(allow, 'allow');
    this.#deny = deny === undefined ? undefined : new AddressList(deny, 'deny');
  }

  /** Whether this peer must, may or must not say that it speaks for another; undefined: no proxies are known here. */
  trust(remote: string): ProxyTrust | undefined {
    if (this.#proxies === undefined) return undefined;
    // The permissions of the file of a Unix socket control who is a proxy.
    return isUnix(remote) || this.#proxies.has(hostOf(remote)) ? this.#fromProxies : 'forbidden';
  }

  /** TOO_MANY_SESSIONS. @param sessions number of sessions, this one included */
  full(sessions: number): FairleadError | undefined {
    const { sessions: limit } = this.#limits;
    return sessions > limit ? tcpErrors.error('TOO_MANY_SESSIONS', { limit }) : undefined;
  }

  /** The reason to refuse this peer. @param sessions number of sessions, this one included */
  refusal(remote: string, sessions: number, now: number): FairleadError | undefined {
    const address = hostOf(remote);
    if (!isUnix(remote) && (this.#deny?.has(address) || this.#allow?.has(address) === false))
      return tcpErrors.error('ADDRESS_DENIED', { address });
    const locked = this.#lockout?.refusal(sourceOf(address), address, now);
    if (locked !== undefined) return locked;
    const full = this.full(sessions);
    if (full !== undefined) return full;
    const { perAddress, acceptRate, acceptRatePerAddress } = this.#limits;
    if (perAddress !== undefined && (this.#handshaking.get(sourceOf(address)) ?? 0) >= perAddress)
      return tcpErrors.error('TOO_MANY_FROM_ADDRESS', { address, limit: perAddress });
    // The rate of the address comes first, so that who floods takes nothing from the others.
    if (acceptRatePerAddress !== undefined && this.#rates?.take(sourceOf(address), now) === false)
      return tcpErrors.error('ADDRESS_RATE_EXCEEDED', { address, limit: acceptRatePerAddress.perSecond });
    if (acceptRate !== undefined && this.#rate?.take(now) === false)
      return tcpErrors.error('ACCEPT_RATE_EXCEEDED', { limit: acceptRate.perSecond });
    return undefined;
  }

  /** This peer failed to prove who it is. Returns ADDRESS_LOCKED_OUT if its source is from now on; a proxy never is. */
  failed(remote: string, proof: string, now: number): FairleadError | undefined {
    const address = hostOf(remote);
    if (isUnix(remote) || this.#proxies?.has(address)) return undefined;
    const source = sourceOf(address);
    return this.#lockout?.failed(source, address, proof, now)
      ? this.#lockout.refusal(source, address, now)
      : undefined;
  }

  /** The other links from the source of a peer that have not proved who they are. */
  unproven<L extends Unproven>(remote: string, links: Iterable<L>): L[] {
    const source = sourceOf(hostOf(remote));
    return [...links].filter(
      (link) => link.handshaking && link.remote !== remote && sourceOf(hostOf(link.remote)) === source,
    );
  }

  /** @param now gives monotonic milliseconds */
  lockouts(now: () => number): Lockouts {
    return {
      list: () => this.#lockout?.list(now()) ?? [],
      end: (address) => this.#lockout?.unlock(sourceOf(address), now()) ?? false,
    };
  }

  /** How many sources are locked out. */
  lockedSources(now: number): number {
    return this.#lockout?.count(now) ?? 0;
  }

  /** The handshake of this peer begins. Returns what ends its count. */
  count(remote: string): string | undefined {
    if (this.#limits.perAddress === undefined) return undefined;
    const source = sourceOf(hostOf(remote));
    this.#handshaking.set(source, (this.#handshaking.get(source) ?? 0) + 1);
    return source;
  }

  /** The handshake is over. @param source what {@link count} returned */
  uncount(source: string | undefined): void {
    if (source === undefined) return;
    const count = (this.#handshaking.get(source) ?? 0) - 1;
    if (count > 0) this.#handshaking.set(source, count);
    else this.#handshaking.delete(source);
  }
}

const burstOf = ({ perSecond, burst }: { perSecond: number; burst?: number | undefined }): number =>
  burst ?? Math.max(1, Math.ceil(perSecond));

const isUnix = (remote: string): boolean => remote.startsWith('unix:');

/** The address alone, without the brackets of IPv6. */
function hostOf(remote: string): string {
  return remote.slice(0, remote.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
}
