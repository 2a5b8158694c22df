export interface Import {
  readonly specifier: string;
  /** The imported names, as written: `type Socket`, `isIP`, `* as net`. Empty: the module only runs. */
  readonly names: readonly string[];
  /** Imports only types, which do not exist at run time. */
  readonly typeOnly: boolean;
}

/**
 * The imports of a module. They are found with patterns, not with a parser: the formatter ensures that a statement starts a line and that
 * its specifier is in single quotes.
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
