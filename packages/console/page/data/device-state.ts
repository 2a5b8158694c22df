/** The state of a device as people speak of it. */
import type { DeviceView } from '@fairlead/api';
import type { BadgeState } from '../parts/state-badge.tsx';

export function stateOf({ status, state, since }: DeviceView): BadgeState {
  if (state === 'suspect') return 'suspect';
  if (status === 'online') return 'live';
  if (state === 'dead') return 'dead';
  return since === undefined ? 'never' : 'offline';
}
