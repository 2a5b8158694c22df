/** Ranges of bytes as a link names them: `11-14,20`. */
export type ByteRange = readonly [from: number, to: number];

/** What cannot be read is left out. */
export function parseRanges(text: string | null): readonly ByteRange[] {
  return (text ?? '').split(',').flatMap((part): ByteRange[] => {
    const [, from = '', to = from] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part.trim()) ?? [];
    return from === '' || Number(to) < Number(from) ? [] : [[Number(from), Number(to)]];
  });
}

export function rangesText(ranges: readonly ByteRange[]): string {
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

export const isWithin = (at: number, ranges: readonly ByteRange[]): boolean =>
  ranges.some(([from, to]) => at >= from && at <= to);
