/** The head of a page: its name, one sentence that answers its question, and what can be done. */
import type { ReactNode } from 'react';
import { useEffect } from 'react';
import classes from './head.module.css';

interface Props {
  readonly title: string;
  readonly sentence?: ReactNode;
  readonly children?: ReactNode;
}

export function Head({ title, sentence, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Fairlead`;
  }, [title]);
  return (
    <div className={classes.head}>
      <div className={classes.words}>
        <h1>
          <bdi>{title}</bdi>
        </h1>
        {sentence !== undefined && <p>{sentence}</p>}
      </div>
      {children}
    </div>
  );
}
