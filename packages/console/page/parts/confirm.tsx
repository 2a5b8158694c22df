/** Asks before something is lost, and names what. The focus is on Cancel. */
import { conflictOf, type Revision } from '@fairlead/api';
import { Button, Group, Modal } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useWords } from '../words/words.tsx';
import { Conflicts } from './conflict.tsx';
import { Failure } from './states.tsx';

interface Props {
  /** The button that opens the question. */
  readonly label: string;
  /** Names the object and the effect. */
  readonly question: ReactNode;
  /** Revision and fields of what is lost, as the reader sees it when the question comes. */
  readonly base?: (Readonly<Record<string, unknown>> & { readonly revision: number }) | undefined;
  /** @param revision that the reader saw; `*` where `base` is absent */
  readonly act: (revision: Revision) => Promise<unknown>;
}

export function Confirm({ label, question, base, act }: Props) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  /** What the reader saw when the question came. */
  const [seen, setSeen] = useState(base);
  const close = (): void => {
    setOpen(false);
    setError(undefined);
  };
  const ask = (): void => {
    setSeen(base);
    setOpen(true);
  };
  const go = async (revision: Revision): Promise<void> => {
    setBusy(true);
    try {
      await act(revision);
      close();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const conflict = conflictOf(error);
  return (
    <>
      <Button variant="default" className="bad" onClick={ask}>
        {label}
      </Button>
      <Modal
        opened={open}
        onClose={close}
        title={label}
        closeButtonProps={{ 'aria-label': t('common.cancel') }}
      >
        <p>{question}</p>
        {conflict !== undefined ? (
          <Conflicts conflict={conflict} base={seen} keepMine={() => go(conflict.revision)} />
        ) : (
          error !== undefined && <Failure error={error} />
        )}
        <Group justify="flex-end">
          <Button variant="default" data-autofocus onClick={close}>
            {t('common.cancel')}
          </Button>
          <Button color="red" loading={busy} onClick={() => go(seen?.revision ?? '*')}>
            {label}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
