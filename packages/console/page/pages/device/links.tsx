/** The links of one device. */
import type { DeviceDetail } from '@fairlead/api';
import { Link } from 'wouter';
import { useWords } from '../../words/words.tsx';
import { LinkList } from '../links/link-list.tsx';
import classes from './device.module.css';

export function DeviceLinks({ device: { name } }: { readonly device: DeviceDetail }) {
  const { t } = useWords();
  return (
    <div className={classes.list}>
      <p>
        <Link href={`/links/${encodeURIComponent(name)}/wire`}>{t('wire.open')}</Link>
      </p>
      <LinkList device={name} />
    </div>
  );
}
