/** The state of the service for a page that shows a part of it. */
import type { ServiceStatus } from '@fairlead/api';
import type { ReactNode } from 'react';
import { useStatus } from '../../data/queries.ts';
import { Failure, Loading } from '../../parts/states.tsx';

export function WithStatus({ children }: { readonly children: (status: ServiceStatus) => ReactNode }) {
  const { data, error, refetch } = useStatus();
  if (data !== undefined) return children(data);
  return error === null ? <Loading rows={6} /> : <Failure error={error} retry={() => void refetch()} />;
}
