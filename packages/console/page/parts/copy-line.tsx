/** A line to copy. Works on plain http too, where a page has no clipboard. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useWords } from '../words/words.tsx';
import classes from './copy-line.module.css';

export function CopyLine({ text }: { readonly text: string }) {
  const { t } = useWords();
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    setCopied(await copyText(text));
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <div className={classes.line}>
      <code data-command>{text}</code>
      <Button variant="default" size="compact-xs" onClick={copy}>
        {t('common.copy')}
      </Button>
      <span role="status" className="dim">
        {copied ? t('common.copied') : ''}
      </span>
    </div>
  );
}

/** Whether the text is in the clipboard now. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.setAttribute('aria-hidden', 'true');
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}
