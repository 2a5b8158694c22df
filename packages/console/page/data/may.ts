/** What the one who is signed in may do. The service decides; the page only shows what it would refuse. */
import { allows, type Scope } from '@fairlead/api';
import { useSession } from './session.ts';

export function useMay(scope: Scope): boolean {
  const { data } = useSession();
  return allows(data?.scopes ?? [], scope);
}
