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

interface Failures {
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
  failed(source: string, proof: string, now: number): boolean {
    const { failures, within, time } = this.terms;
    const known = this.#sources.get(source) ?? { since: now, proofs: new Set(), until: 0 };
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

  /** How many sources are locked out. */
  count(now: number): number {
    let count = 0;
    for (const { until } of this.#sources.values()) if (until > now) count++;
    return count;
  }
}

/** 48 bits, of a hash with which nobody finds two proofs that count as one. */
const hashOf = (proof: string): number => createHash('sha256').update(proof).digest().readUIntBE(0, 6);
