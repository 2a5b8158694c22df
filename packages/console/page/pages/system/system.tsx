/** Is the service well? */
import { Age } from '../../parts/age.tsx';
import { CopyLine } from '../../parts/copy-line.tsx';
import { KeyValues } from '../../parts/key-values.tsx';
import { useWords } from '../../words/words.tsx';
import { Frame } from './frame.tsx';
import { WithStatus } from './status.tsx';

export default function System() {
  const { t } = useWords();
  return (
    <WithStatus>
      {({ ready, startedAt, version }) => (
        <Frame title={t('nav.system')} sentence={ready.ready ? t('system.ready') : t('system.notReady')}>
          <section>
            <h2>{t('system.checks')}</h2>
            <KeyValues
              rows={[
                ...Object.entries(ready.checks).map(
                  ([name, { ok, detail }]) =>
                    [
                      name,
                      <span key={name} className={ok ? 'ok' : 'bad'}>
                        {detail}
                      </span>,
                    ] as const,
                ),
                [t('system.version'), version],
                [t('system.started'), <Age key="started" at={startedAt} />],
              ]}
            />
          </section>
          <CopyLine text="fairlead status" />
        </Frame>
      )}
    </WithStatus>
  );
}
