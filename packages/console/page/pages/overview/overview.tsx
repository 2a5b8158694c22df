/** What needs me now? */
import { useQuery } from '@tanstack/react-query';
import { api } from '../../data/api.ts';
import { Failure, Loading } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';

export default function Overview() {
  const { t } = useWords();
  const { data, error, refetch } = useQuery({ queryKey: ['status'], queryFn: () => api.service.status() });
  return (
    <>
      <h1>{t('nav.overview')}</h1>
      {error !== null && <Failure error={error} retry={() => void refetch()} />}
      {data === undefined ? <Loading /> : <pre className="mono">{JSON.stringify(data, undefined, 2)}</pre>}
    </>
  );
}
