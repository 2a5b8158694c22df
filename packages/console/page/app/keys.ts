/** Whether letters act as keys, and where the focus is. */
import { useSyncExternalStore } from 'react';

const STORED = 'fairlead.keys';
const readers = new Set<() => void>();

/** Whether letters act. */
export function letterKeys(): boolean {
  try {
    return localStorage.getItem(STORED) !== 'off';
  } catch {
    return true;
  }
}

export function setLetterKeys(on: boolean): void {
  try {
    if (on) localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, 'off');
  } catch {
    // Without a place to keep it, it stays as it is.
  }
  for (const each of readers) each();
}

export const useLetterKeys = (): boolean =>
  useSyncExternalStore((reader) => {
    readers.add(reader);
    return () => void readers.delete(reader);
  }, letterKeys);

/** Where the focus is. */
export function placeOf(target: EventTarget | null): 'page' | 'field' | 'dialog' {
  if (!(target instanceof Element)) return 'page';
  if (target.closest('input, textarea, select, [contenteditable="true"]') !== null) return 'field';
  return target.closest('[role="dialog"]') === null ? 'page' : 'dialog';
}
