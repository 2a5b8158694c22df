/** A time and how long ago it was, by the service's clock. The whole page shares one timer. */
import { useSyncExternalStore } from 'react';
import { serviceNow } from '../data/clock.ts';
import { ageParts, clockTime } from '../format/time.ts';
import { useWords } from '../words/words.tsx';

const TICK = 1_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let second = 0;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    second++;
    for (const each of listeners) each();
  }, TICK);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Unix milliseconds by the service's clock, each second anew. */
export function useServiceNow(): number {
  useSyncExternalStore(subscribe, () => second);
  return serviceNow();
}

/** `12 min`, with the whole time on hover. @param at RFC 3339 */
export function Age({ at }: { readonly at: string | undefined }) {
  const { t } = useWords();
  const now = useServiceNow();
  if (at === undefined) return <span className="dim">–</span>;
  const { value, unit } = ageParts(now - Date.parse(at));
  return (
    <time dateTime={at} title={at}>
      {t(`age.${unit}`, { value })}
    </time>
  );
}

/** `10:14:02.117`, with the whole time on hover. */
export function Time({ at }: { readonly at: string | undefined }) {
  const { language } = useWords();
  if (at === undefined) return <span className="dim">–</span>;
  return (
    <time dateTime={at} title={at}>
      {clockTime(Date.parse(at), serviceNow(), language)}
    </time>
  );
}
