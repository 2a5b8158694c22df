// Photographs, which come in parts.

import { ascii } from 'fairlead:helpers';
import type { Message, Result } from './message.ts';

/** File, number of parts, part, bytes. */
export function photo({ content }: Message): Result[] {
  const [file = '', count, index] = ascii(content).split(',', 3);
  const head = [file, count, index].join(',').length + 1;
  return [
    {
      values: {
        event: 'photo',
        file,
        count: Number(count),
        index: Number(index),
        size: content.length - head,
      },
    },
  ];
}

/** The device sends eight parts, then the next must be asked for. */
export function nextPart(content: string): string | undefined {
  const [file, count, index] = content.split(',', 3);
  const next = Number(index) + 1;
  return next % 8 === 0 && next < Number(count) ? `D00,${file},${next}` : undefined;
}
