/** Says of what is disabled what it needs. */
import type { Scope } from '@fairlead/api';
import { useMay } from '../data/session.ts';
import { useWords } from '../words/words.tsx';

export function Needs({ scope }: { readonly scope: Exclude<Scope, 'metrics' | 'read'> }) {
  const { t } = useWords();
  if (useMay(scope)) return null;
  return <span className="dim">{t(scope === 'operate' ? 'needs.operator' : 'needs.administrator')}</span>;
}
