import type { RawElement } from '../wire/index.ts';
import type { Heading, HeadingReader } from './heading.ts';
import { type Parcel, packEach, packTogether } from './parcel.ts';

/** Elements of one head that came one after another. */
export interface ElementRun {
  readonly heading: Heading;
  readonly elements: RawElement[];
}

/** Splits what one chunk held into runs. An element whose head cannot be read goes to `refuse`, which may throw. */
export function forEachRun(
  batch: readonly RawElement[],
  reader: HeadingReader,
  each: (run: ElementRun) => void,
  refuse: (error: unknown) => void,
): void {
  let run: ElementRun | undefined;
  for (const element of batch) {
    let heading: Heading;
    try {
      heading = reader.read(element);
    } catch (error) {
      if (run !== undefined) each(run);
      run = undefined;
      refuse(error);
      continue;
    }
    if (run?.heading === heading) run.elements.push(element);
    else {
      if (run !== undefined) each(run);
      run = { heading, elements: [element] };
    }
  }
  if (run !== undefined) each(run);
}

export function pack({ heading, elements }: ElementRun): Parcel[] {
  return heading.blob ? packEach(elements) : packTogether(elements);
}
