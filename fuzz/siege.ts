import { type Conduct, written } from './conduct.ts';
import { MemoryWatch } from './memory-watch.ts';
import type { Report } from './target.ts';

/** One round of attacks. */
export interface Round {
  readonly conducts: readonly Conduct[];
  readonly wrong: string | undefined;
  /** How to reproduce it. Default: what the attackers did. */
  readonly reproduction?: () => readonly string[] | Promise<readonly string[]>;
}

/**
 * Runs rounds until the time is over or something is found: a failure of a round, an unhandled error, or memory that grows
 * without end.
 * @param who the attackers, for the summary
 * @param account what is wrong in the end, if anything is
 */
export async function siege(
  who: string,
  until: () => boolean,
  round: () => Promise<Round>,
  account?: () => string | undefined,
): Promise<Report> {
  const unhandled: string[] = [];
  const note = (error: unknown) => unhandled.push(String((error as Error)?.stack ?? error));
  process.on('unhandledRejection', note).on('uncaughtException', note);
  const memory = new MemoryWatch();
  let [rounds, attacks] = [0, 0];
  const report = (what?: string, reproduction: readonly string[] = []): Report => ({
    summary: `${rounds.toLocaleString('en')} rounds, ${attacks.toLocaleString('en')} ${who}`,
    finding: what === undefined ? undefined : { what, reproduction },
  });
  try {
    while (!until()) {
      const { conducts, wrong, reproduction = () => deeds(conducts) } = await round();
      const what = wrong ?? unhandled[0] ?? memory.excess(rounds);
      rounds++;
      attacks += conducts.length;
      if (what !== undefined) return report(what, await reproduction());
    }
    return report(account?.());
  } finally {
    process.off('unhandledRejection', note).off('uncaughtException', note);
  }
}

/** What each attacker did, a line each. */
export function deeds(conducts: readonly Conduct[]): string[] {
  return conducts.map((conduct, i) => `link ${i + 1}: ${written(conduct)}`);
}
