/** Rates from totals. */
import type { ServiceStatus } from '@fairlead/api';

type Totals = ServiceStatus['traffic'];

/** The totals at a time, and what came in a second since the sample before. */
export interface Sample {
  /** Unix milliseconds by the service's clock. */
  readonly time: number;
  readonly totals: Totals;
  /** `null`: the totals began anew, or there is none before. */
  readonly rates: Totals | null;
}

/** Milliseconds between two samples, and samples that are kept. */
const EVERY = 1_000;
const KEPT = 300;

/** With a sample more, unless the last one is too young. */
export function sampled(samples: readonly Sample[], time: number, totals: Totals): readonly Sample[] {
  const last = samples.at(-1);
  if (last !== undefined && time >= last.time && time - last.time < EVERY) return samples;
  return [...samples.slice(1 - KEPT), { time, totals, rates: ratesOf(last, time, totals) }];
}

function ratesOf(last: Sample | undefined, time: number, totals: Totals): Totals | null {
  if (last === undefined || time <= last.time) return null;
  const rate = (key: keyof Totals): number => ((totals[key] - last.totals[key]) * 1_000) / (time - last.time);
  const rates = { messages: rate('messages'), bytesIn: rate('bytesIn'), bytesOut: rate('bytesOut') };
  // A service that has started again counts from zero.
  return Object.values(rates).some((each) => each < 0) ? null : rates;
}
