import type { DesiredView } from '@fairlead/api';
import type { DesiredState } from '@fairlead/gateway';
import { isoMaybe } from '../context.ts';

export function desiredView({ since, lastSent, ...state }: DesiredState): DesiredView {
  return { ...state, since: isoMaybe(since), lastSent: isoMaybe(lastSent) };
}
