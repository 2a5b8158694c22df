export interface Import {
  readonly specifier: string;
  /** What is taken from it, as it is written: `type Socket`, `isIP`, `* as net`. Empty: the module only runs. */
  readonly names: readonly string[];
  /** Only types: gone when the program runs. */
  readonly typeOnly: boolean;
}

/**
 * What a module imports. Read with patterns, not parsed: the formatter sees to it that a statement begins a line and that
 * its specifier stands in single quotes.
 */
export function importsOf(text: string): Import[] {
  const found: Import[] = [];
  for (const [, type, clause, specifier] of text.matchAll(
    /^(?:import|export)( type)? ([^;'"]*?)\s?\bfrom '([^']+)'/gm,
  )) {
    const names = (clause as string)
      .split(/[{},]/)
      .map((name) => name.trim())
      .filter((name) => name !== '');
    const typeOnly =
      type !== undefined || (names.length > 0 && names.every((name) => name.startsWith('type ')));
    found.push({ specifier: specifier as string, names, typeOnly });
  }
  for (const [, specifier] of text.matchAll(/^import '([^']+)'/gm))
    found.push({ specifier: specifier as string, names: [], typeOnly: false });
  for (const [, specifier] of text.matchAll(/\b(?:import|require)\(\s*'([^']+)'/g))
    found.push({ specifier: specifier as string, names: ['*'], typeOnly: false });
  return found;
}
