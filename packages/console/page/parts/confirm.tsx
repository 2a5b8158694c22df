/** Asks before something is lost, and names what. The focus is on Cancel. */
import { Button, Group, Modal } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useWords } from '../words/words.tsx';
import { Failure } from './states.tsx';

interface Props {
  /** The button that opens the question. */
  readonly label: string;
  /** Names the object and the effect. */
  readonly question: ReactNode;
  readonly act: () => Promise<unknown>;
}

export function Confirm({ label, question, act }: Props) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const close = (): void => {
    setOpen(false);
    setError(undefined);
  };
  const go = async (): Promise<void> => {
    setBusy(true);
    try {
      await act();
      close();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button variant="default" className="bad" onClick={() => setOpen(true)}>
        {label}
      </Button>
      <Modal
        opened={open}
        onClose={close}
        title={label}
        closeButtonProps={{ 'aria-label': t('common.cancel') }}
      >
        <p>{question}</p>
        {error !== undefined && <Failure error={error} />}
        <Group justify="flex-end">
          <Button variant="default" data-autofocus onClick={close}>
            {t('common.cancel')}
          </Button>
          <Button color="red" loading={busy} onClick={go}>
            {label}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
