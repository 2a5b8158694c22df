/** Checks the nesting depth of a value, before code walks through it by recursion. */

/** Whether lists and maps are nested more than `levels` deep. A text or number alone has no level. */
export function isNestedDeeper(value: unknown, levels: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    const nested = level.filter((item) => typeof item === 'object' && item !== null) as object[];
    if (nested.length > 0 && depth === levels) return true;
    level = nested.flatMap((item) => Object.values(item));
  }
  return false;
}
