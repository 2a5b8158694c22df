/** Is anything waiting on the disk? */
import { Empty } from '../../parts/states.tsx';
import { useWords } from '../../words/words.tsx';
import { Frame } from './frame.tsx';
import { WithStatus } from './status.tsx';

export default function Journal() {
  const { t } = useWords();
  return (
    <WithStatus>
      {({ ready: { checks } }) => (
        <Frame
          title={t('system.journal')}
          sentence={
            checks.journal && <span className={checks.journal.ok ? '' : 'bad'}>{checks.journal.detail}</span>
          }
        >
          {checks.journal === undefined && (
            <Empty command="fairlead config show">{t('system.noJournal')}</Empty>
          )}
        </Frame>
      )}
    </WithStatus>
  );
}
