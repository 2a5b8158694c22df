/** Which version is this, and what is it made of? */
import { Age } from '../../parts/age.tsx';
import { KeyValues } from '../../parts/key-values.tsx';
import { PlainTable } from '../../parts/plain-table.tsx';
import { useWords } from '../../words/words.tsx';
import { Frame } from './frame.tsx';
import { WithStatus } from './status.tsx';

/** The libraries of the page, with their licences. */
const MADE_OF = [
  { name: 'React', licence: 'MIT' },
  { name: 'Mantine', licence: 'MIT' },
  { name: 'TanStack Query, Virtual', licence: 'MIT' },
  { name: 'uPlot', licence: 'MIT' },
  { name: 'Zod', licence: 'MIT' },
  { name: 'intl-messageformat', licence: 'BSD-3-Clause' },
  { name: 'wouter', licence: 'Unlicense' },
] as const;

export default function About() {
  const { t } = useWords();
  return (
    <WithStatus>
      {({ version, startedAt }) => (
        <Frame title={t('system.about')} sentence={t('about.sentence', { version })}>
          <KeyValues
            rows={[
              [t('system.version'), version],
              [t('system.started'), <Age key="started" at={startedAt} />],
              [t('about.licence'), 'Apache-2.0'],
              [
                t('about.api'),
                <a key="api" href="/api/docs">
                  /api/docs
                </a>,
              ],
            ]}
          />
          <section>
            <h2>{t('about.madeOf')}</h2>
            <PlainTable<(typeof MADE_OF)[number]>
              label={t('about.madeOf')}
              rows={MADE_OF}
              rowKey={({ name }) => name}
              columns={[
                { id: 'name', head: t('devices.name'), cell: ({ name }) => name },
                { id: 'licence', head: t('about.licence'), cell: ({ licence }) => licence },
              ]}
            />
          </section>
        </Frame>
      )}
    </WithStatus>
  );
}
