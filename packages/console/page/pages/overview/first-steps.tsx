/** Shown until there is a device: lines to copy that bring the first one. */
import type { ServiceStatus } from '@fairlead/api';
import { CopyLine } from '../../parts/copy-line.tsx';
import { useWords } from '../../words/words.tsx';
import classes from './overview.module.css';

export function FirstSteps({ listeners }: Pick<ServiceStatus, 'listeners'>) {
  const { t } = useWords();
  const steps = [
    ['first.add', 'fairlead device add my-device'],
    ['first.simulate', 'fairlead sim official'],
    ['first.dial', 'fairlead device add my-plc --profile modbus_tcp --endpoint tcp://192.168.1.10:502'],
    ['first.demo', 'fairlead serve --demo'],
  ] as const;
  return (
    <section>
      <h2>{t('first.title')}</h2>
      <ol className={classes.steps}>
        {steps.map(([word, line]) => (
          <li key={word}>
            {t(word)}
            <CopyLine text={line} />
          </li>
        ))}
        <li>
          {t('first.point')}
          <ul>
            {listeners.map(({ name, protocol, address }) => (
              <li key={name} className="mono">
                {address} ({protocol})
              </li>
            ))}
          </ul>
        </li>
      </ol>
    </section>
  );
}
