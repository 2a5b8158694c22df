/** Which entries of the palette fit what was typed. */

export interface Entry {
  readonly id: string;
  readonly text: string;
  /** What it is. */
  readonly about: string;
  readonly run: () => void;
}

const MOST = 40;

/** Entries that have every word in their text or in what they are; those that begin with the first word come first. */
export function found(entries: readonly Entry[], typed: string): Entry[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = entries.filter(({ text, about }) => {
    const all = `${text} ${about}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
  const [first = ''] = words;
  const begins = (entry: Entry): number => (entry.text.toLowerCase().startsWith(first) ? 0 : 1);
  return fits.sort((a, b) => begins(a) - begins(b)).slice(0, MOST);
}
