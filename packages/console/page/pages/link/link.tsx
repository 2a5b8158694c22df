/** What happened on one link? */
import { Group } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link as Anchor, useParams } from 'wouter';
import { api } from '../../data/api.ts';
import { useLink } from '../../data/queries.ts';
import { count, size } from '../../format/numbers.ts';
import { Time } from '../../parts/age.tsx';
import { Bytes } from '../../parts/bytes.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { CopyLine } from '../../parts/copy-line.tsx';
import { Head } from '../../parts/head.tsx';
import { KeyValues } from '../../parts/key-values.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';

export default function Link() {
  const { t, language } = useWords();
  const { id = '' } = useParams();
  const queries = useQueryClient();
  const { data, error, refetch } = useLink(id);
  if (data === undefined)
    return error === null ? <Loading rows={6} /> : <Failure error={error} retry={() => void refetch()} />;
  const kill = async (): Promise<void> => {
    await api.links.close({ params: { id } });
    await queries.invalidateQueries({ queryKey: ['link', id] });
  };
  const { device, bytesIn, bytesOut, framesIn, framesOut } = data;
  return (
    <>
      <Head title={id} sentence={data.reason}>
        <StateBadge state={data.state} />
      </Head>
      <KeyValues
        rows={[
          [
            t('links.device'),
            device && <Anchor href={`/devices/${encodeURIComponent(device)}`}>{device}</Anchor>,
          ],
          [t('links.listener'), data.listener],
          [t('links.remote'), data.remote],
          [t('links.opened'), <Time key="opened" at={data.openedAt} />],
          [t('links.closed'), data.closedAt && <Time key="closed" at={data.closedAt} />],
          [t('device.reason'), data.code],
          [t('links.heard'), data.lastReceivedAt && <Time key="heard" at={data.lastReceivedAt} />],
          [
            t('links.in'),
            t('links.traffic', { size: size(bytesIn, language), frames: count(framesIn, language) }),
          ],
          [
            t('links.out'),
            t('links.traffic', { size: size(bytesOut, language), frames: count(framesOut, language) }),
          ],
        ]}
      />
      {data.refusedFrames.length > 0 && <h2>{t('links.refused')}</h2>}
      {data.refusedFrames.map(({ time, code, reason, hex }) => (
        <section key={`${time}${hex}`}>
          <p>
            <Time at={time} /> <strong className="bad">{code}</strong> {reason}
          </p>
          <Bytes hex={hex} label={t('links.bytes')} />
        </section>
      ))}
      {data.offending !== undefined && (
        <section>
          <h2>{t('links.offending')}</h2>
          <Bytes hex={data.offending} label={t('links.bytes')} />
        </section>
      )}
      <Anchor href={`/links/${encodeURIComponent(id)}/wire`}>{t('wire.open')}</Anchor>
      <CopyLine text={`fairlead tap ${id}`} />
      {data.state !== 'closed' && (
        <Group>
          <Confirm
            label={t('links.kill')}
            question={t('links.killAsk', { id, device: device ?? '–' })}
            act={kill}
          />
        </Group>
      )}
    </>
  );
}
