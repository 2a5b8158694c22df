/** Which links are open, and why were others closed? */
import { useLinks } from '../../data/queries.ts';
import { count } from '../../format/numbers.ts';
import { Filter, useFilter } from '../../parts/filter.tsx';
import { Head } from '../../parts/head.tsx';
import { useWords } from '../../words/words.tsx';
import { LinkList } from './link-list.tsx';

export default function Links() {
  const { t, language } = useWords();
  const [filter, setFilter] = useFilter();
  const { data } = useLinks();
  const open = data?.filter(({ state }) => state === 'open').length;
  return (
    <>
      <Head
        title={t('nav.links')}
        sentence={
          data && t('links.sentence', { open: count(open, language), all: count(data.length, language) })
        }
      >
        <Filter value={filter} onChange={setFilter} />
      </Head>
      <LinkList filter={filter} onClear={() => setFilter('')} />
    </>
  );
}
