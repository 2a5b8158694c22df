/** The links of one device. */
import type { DeviceDetail } from '@fairlead/api';
import { LinkList } from '../links/link-list.tsx';
import classes from './device.module.css';

export function DeviceLinks({ device: { name } }: { readonly device: DeviceDetail }) {
  return (
    <div className={classes.list}>
      <LinkList device={name} />
    </div>
  );
}
