/** Where do devices connect? */
import { Link } from 'wouter';
import { count } from '../../format/numbers.ts';
import { PlainTable } from '../../parts/plain-table.tsx';
import { Empty } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import { Frame } from './frame.tsx';
import { WithStatus } from './status.tsx';

export default function Listeners() {
  const { t, language } = useWords();
  return (
    <WithStatus>
      {({ listeners, ready: { checks } }) => (
        <Frame
          title={t('system.listeners')}
          sentence={
            <span className={checks.listeners?.ok === false ? 'bad' : ''}>{checks.listeners?.detail}</span>
          }
        >
          {listeners.length === 0 ? (
            <Empty command="fairlead config show">{t('system.noListeners')}</Empty>
          ) : (
            <PlainTable
              label={t('system.listeners')}
              rows={listeners}
              rowKey={({ name }) => name}
              columns={[
                { id: 'name', head: t('devices.name'), cell: ({ name }) => name },
                { id: 'protocol', head: t('device.protocol'), cell: ({ protocol }) => protocol },
                { id: 'address', head: t('system.address'), cell: ({ address }) => address },
                {
                  id: 'links',
                  head: t('nav.links'),
                  cell: ({ name, sessions }) => (
                    <Link href={`/links?q=${encodeURIComponent(name)}`}>{count(sessions, language)}</Link>
                  ),
                },
              ]}
            />
          )}
        </Frame>
      )}
    </WithStatus>
  );
}
