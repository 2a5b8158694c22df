/** Is the service well? */
import { useStatus } from '../../data/queries.ts';
import { count, size } from '../../format/numbers.ts';
import { Age } from '../../parts/age.tsx';
import { Head } from '../../parts/head.tsx';
import { KeyValues } from '../../parts/key-values.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';

export default function System() {
  const { t, language } = useWords();
  const { data, error, refetch } = useStatus();
  if (data === undefined)
    return error === null ? <Loading rows={6} /> : <Failure error={error} retry={() => void refetch()} />;
  const { ready, bus, listeners, version, startedAt } = data;
  return (
    <>
      <Head title={t('nav.system')} sentence={ready.ready ? t('system.ready') : t('system.notReady')} />
      <section>
        <h2>{t('system.checks')}</h2>
        <KeyValues
          rows={Object.entries(ready.checks).map(([name, { ok, detail }]) => [
            name,
            <span key={name} className={ok ? 'ok' : 'bad'}>
              {detail}
            </span>,
          ])}
        />
      </section>
      <section>
        <h2>{t('system.bus')}</h2>
        <KeyValues
          rows={[
            [t('device.kind'), bus.kind],
            [t('devices.state'), bus.state],
            [t('system.published'), count(bus.published, language)],
            [t('system.received'), count(bus.received, language)],
            [
              t('system.queued'),
              `${count(bus.queuedMessages, language)}, ${size(bus.queuedBytes, language)}`,
            ],
            [t('system.reconnects'), count(bus.reconnects, language)],
          ]}
        />
      </section>
      <section>
        <h2>{t('system.listeners')}</h2>
        <KeyValues
          rows={listeners.map(({ name, protocol, address, sessions }) => [
            name,
            `${address} · ${protocol} · ${t('system.sessions', { n: sessions })}`,
          ])}
        />
      </section>
      <section>
        <h2>{t('system.about')}</h2>
        <KeyValues
          rows={[
            [t('system.version'), version],
            [t('system.started'), <Age key="started" at={startedAt} />],
          ]}
        />
      </section>
    </>
  );
}
