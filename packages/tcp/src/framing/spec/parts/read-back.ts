import type { Measure } from '../../measure.ts';
import { ByteWindow } from '../../window.ts';

/** Size of the frame that the measure finds at the head of `frame`; 0 if it finds none. */
export function sizeReadBack(frame: Buffer, measure: Measure): number {
  const window = new ByteWindow();
  window.bytes = frame;
  window.end = frame.length;
  try {
    const size = measure.measure(window);
    if (size > 0 || window.start > 0) return size;
    return measure.finish?.(window) ?? 0;
  } catch {
    return 0;
  }
}

export function wrongSize(total: number, found: number): string {
  return found === 0
    ? 'the receiver would not find a frame in it'
    : `of the ${total} bytes the receiver would take the first ${found} for a frame`;
}
