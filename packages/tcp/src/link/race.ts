/**
 * Connects to the first of several addresses that answers. Attempts start one after another, with a short delay, and run
 * at the same time, so that a dead or slow address costs no more than that delay:
 *
 *   address 1  |----------- no answer ----------------x
 *   address 2  ........|---- answers: taken
 *   address 3  ................|---x                        a failure starts the next at once
 *
 * Source: RFC 8305, "Happy Eyeballs Version 2", sections 4 and 5.
 */
import { type Clock, onAbort, type Timer } from '@fairlead/core';
import type { Address } from './dial.ts';

interface RaceOptions<T> {
  readonly clock: Clock;
  /** Milliseconds between the starts of two attempts. */
  readonly apart: number;
  readonly signal: AbortSignal;
  /** Opens one address; ends early if the signal fires. */
  open(address: Address, signal: AbortSignal): Promise<T>;
  /** Disposes of a result that opened after another was taken. */
  discard(opened: T): void;
}

/** Resolves with the first that opens. Rejects with the first failure if all fail, or with the reason of the signal. */
export function race<T>(addresses: readonly Address[], options: RaceOptions<T>): Promise<T> {
  const { clock, apart, signal, open, discard } = options;
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const candidates = alternate(addresses);
  const others = new AbortController();
  let next = 0;
  let running = 0;
  let over = false;
  let failure: unknown;
  let timer: Timer | undefined;
  let watch: Disposable | undefined;

  const end = () => {
    over = true;
    clock.clear(timer);
    watch?.[Symbol.dispose]();
    others.abort();
  };
  const start = () => {
    clock.clear(timer);
    const address = candidates[next++];
    if (address === undefined) return;
    running++;
    if (next < candidates.length) timer = clock.after(apart, start);
    open(address, others.signal).then(
      (opened) => {
        if (over) return discard(opened);
        end();
        resolve(opened);
      },
      (error) => {
        running--;
        failure ??= error;
        if (over) return;
        if (next < candidates.length) start();
        else if (running === 0) {
          end();
          reject(failure);
        }
      },
    );
  };
  watch = onAbort(signal, () => {
    end();
    reject(signal.reason);
  });
  if (!over) start();
  return promise;
}

/** Alternates the address families, beginning with that of the first address. */
function alternate(addresses: readonly Address[]): Address[] {
  const first = addresses.filter(({ family }) => family === addresses[0]?.family);
  const second = addresses.filter(({ family }) => family !== addresses[0]?.family);
  const mixed: Address[] = [];
  for (let at = 0; at < Math.max(first.length, second.length); at++) {
    for (const address of [first[at], second[at]]) if (address !== undefined) mixed.push(address);
  }
  return mixed;
}
