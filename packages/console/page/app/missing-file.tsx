/** After an update of the service its earlier files are gone: the page is loaded anew, once. */
import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { useWords } from '../words/words.tsx';
import classes from './bars.module.css';

const MARK = 'fairlead.reloaded';
/** Milliseconds in which a second failure does not load the page again. */
const ONCE = 30_000;

/** Loads the page again when one of its files is missing. */
export function reloadWhenFilesAreMissing(): void {
  addEventListener('vite:preloadError', () => {
    const last = Number(sessionStorage.getItem(MARK) ?? 0);
    if (Date.now() - last < ONCE) return;
    sessionStorage.setItem(MARK, String(Date.now()));
    location.reload();
  });
}

interface Props {
  readonly children: ReactNode;
  /** The address of the page: another page may well be shown. */
  readonly at: string;
}

interface State {
  readonly failed: boolean;
}

/** Shows that a page cannot be shown, while the rest of the console stays. */
export class Guarded extends Component<Props, State> {
  override state: State = { failed: false };

  static getDerivedStateFromError(): State {
    return { failed: true };
  }

  override componentDidUpdate({ at }: Props): void {
    if (this.state.failed && at !== this.props.at) this.setState({ failed: false });
  }

  override render() {
    return this.state.failed ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const { t } = useWords();
  return (
    <div role="alert" className={`${classes.bar} bad`}>
      {t('app.broken')}
      <Button variant="default" size="compact-xs" onClick={() => location.reload()}>
        {t('app.reload')}
      </Button>
    </div>
  );
}
