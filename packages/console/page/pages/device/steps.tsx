/** How far a downlink has come: queued, written, acknowledged. Only what the service has said is shown as done. */
import type { KeptDownlinkView } from '@fairlead/api';
import { useWords } from '../../words/words.tsx';
import classes from './device.module.css';

const STEPS = ['queued', 'written', 'acknowledged'] as const;
const ENDS = ['failed', 'expired', 'cancelled'] as const;

export function Steps({ downlink }: { readonly downlink: Pick<KeptDownlinkView, 'state' | 'finishedAt'> }) {
  const { t } = useWords();
  const { state, finishedAt } = downlink;
  const end = ENDS.find((each) => each === state);
  if (end !== undefined) return <span className="bad">✕ {t(`downlink.${end}`)}</span>;
  const reached = state === 'attempted' ? 0 : STEPS.indexOf(state as (typeof STEPS)[number]);
  // Where no answer can be told, written is the end.
  const shown = state === 'written' && finishedAt !== undefined ? STEPS.slice(0, 2) : STEPS;
  return (
    <span className={classes.steps}>
      {shown.map((step, i) => (
        <span
          key={step}
          className={i <= reached ? 'ok' : 'dim'}
          aria-current={i === reached ? 'step' : undefined}
        >
          {i <= reached && '✓ '}
          {t(state === 'attempted' && i === 0 ? 'downlink.attempted' : `downlink.${step}`)}
        </span>
      ))}
    </span>
  );
}
