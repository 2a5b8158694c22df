import { createHash } from 'node:crypto';
import type { FairleadError } from '@fairlead/core';
import { tcpErrors } from '../catalogue.ts';
import { tcpLimits } from '../limits.ts';

/** When a source is locked out, and for how long. Times in milliseconds. */
interface LockoutTerms {
  /** Different wrong proofs within {@link within} after which it is. */
  readonly failures: number;
  readonly within: number;
  readonly time: number;
}

/** An address that is locked out. */
interface LockedAddress {
  /** The one that failed last. Of IPv6, all addresses of its network of 64 bits are locked out. */
  readonly address: string;
  /** Milliseconds until it may connect again. */
  readonly left: number;
}

/** The addresses that are locked out of a server. */
export interface Lockouts {
  list(): readonly LockedAddress[];
  /** Lets an address connect again, of IPv6 its network of 64 bits; what it has failed is forgotten. Returns whether it was locked out. */
  end(address: string): boolean;
}

interface Failures {
  /** The address that failed last. */
  address: string;
  /** Monotonic milliseconds of the first of them. */
  since: number;
  /** Hashes of the different ones. */
  readonly proofs: Set<number>;
  /** The source is locked out until then. */
  until: number;
}

/**
 * Locks out the sources of links whose peers fail to prove who they are. The same wrong proof counts once: a device that repeats a
 * token that was replaced is no one who guesses, and must not lock out those that share its address.
 */
export class Lockout {
  terms: LockoutTerms;
  /** The one that failed least recently first. */
  readonly #sources = new Map<string, Failures>();

  constructor(terms: LockoutTerms) {
    this.terms = terms;
  }

  /** A peer failed. Returns whether its source is locked out from now on. @param now monotonic milliseconds */
  failed(source: string, address: string, proof: string, now: number): boolean {
    const { failures, within, time } = this.terms;
    const known = this.#sources.get(source) ?? { address, since: now, proofs: new Set(), until: 0 };
    if (known.until > now) return false;
    this.#sources.delete(source);
    this.#sources.set(source, known);
    if (this.#sources.size > tcpLimits.values.rateAddresses) {
      const [oldest] = this.#sources.keys();
      this.#sources.delete(oldest as string);
    }
    if (now - known.since >= within) {
      known.since = now;
      known.proofs.clear();
    }
    known.address = address;
    known.proofs.add(hashOf(proof));
    if (known.proofs.size < failures) return false;
    known.until = now + time;
    known.proofs.clear();
    return true;
  }

  /** ADDRESS_LOCKED_OUT. @param address what the error names */
  refusal(source: string, address: string, now: number): FairleadError | undefined {
    const left = (this.#sources.get(source)?.until ?? 0) - now;
    if (left <= 0) return undefined;
    const { failures, within } = this.terms;
    return tcpErrors.error('ADDRESS_LOCKED_OUT', { address, limit: failures, within, left: Math.ceil(left) });
  }

  list(now: number): LockedAddress[] {
    const all = Array.from(this.#sources.values(), ({ address, until }) => ({ address, left: until - now }));
    return all.filter(({ left }) => left > 0);
  }

  /** Forgets what a source has failed. Returns whether it was locked out. */
  unlock(source: string, now: number): boolean {
    const locked = (this.#sources.get(source)?.until ?? 0) > now;
    this.#sources.delete(source);
    return locked;
  }

  /** How many sources are locked out. */
  count(now: number): number {
    let count = 0;
    for (const { until } of this.#sources.values()) if (until > now) count++;
    return count;
  }
}

/** 48 bits, of a hash with which nobody finds two proofs that count as one. */
const hashOf = (proof: string): number => createHash('sha256').update(proof).digest().readUIntBE(0, 6);
