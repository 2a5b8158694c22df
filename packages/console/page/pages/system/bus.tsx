/** Does what devices send reach the bus? */
import { count, size } from '../../format/numbers.ts';
import { CopyLine } from '../../parts/copy-line.tsx';
import { KeyValues } from '../../parts/key-values.tsx';
import { useWords } from '../../words/words.tsx';
import { Frame } from './frame.tsx';
import { WithStatus } from './status.tsx';

export default function Bus() {
  const { t, language } = useWords();
  return (
    <WithStatus>
      {({ bus, ready: { checks } }) => (
        <Frame
          title={t('system.bus')}
          sentence={
            checks.bus?.ok === false ? (
              <span className="bad">{checks.bus.detail}</span>
            ) : (
              t('system.busWell', { n: bus.queuedMessages })
            )
          }
        >
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
          <CopyLine text="fairlead sub" />
        </Frame>
      )}
    </WithStatus>
  );
}
