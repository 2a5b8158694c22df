/** Answers what the scripts of the shells ask. It is silent about what it cannot find out. */
import { type Candidate, type NameKind, wantedAfter } from './candidates.ts';
import { commandsText } from './commands.ts';
import type { CommandNode } from './tree.ts';

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly interrupted: AbortSignal;
  out(text: string): void;
}

/** @param words after the name of the program; the last one is being typed */
export async function complete(words: readonly string[], terminal: Surroundings): Promise<void> {
  const { candidates, names } = wantedAfter(JSON.parse(commandsText) as CommandNode, words);
  const known = names === undefined ? [] : await namesOf(names, words, terminal);
  for (const { value, about } of [...candidates, ...known]) {
    // A value of several words would be several arguments, and a control character has no place in a shell.
    if (/[\s\p{Cc}]/u.test(value)) continue;
    terminal.out(`${value}\t${about.replace(/[\s\p{Cc}]+/gu, ' ').slice(0, 60)}\n`);
  }
}

async function namesOf(
  kind: NameKind,
  words: readonly string[],
  { env, interrupted }: Surroundings,
): Promise<readonly Candidate[]> {
  try {
    const { namesFrom } = await import('./names.ts');
    return await namesFrom(kind, words.at(-1) ?? '', { ...env, ...chosenContext(words) }, interrupted);
  } catch {
    return [];
  }
}

/** A context that the line names is the one whose names are wanted. */
function chosenContext(words: readonly string[]) {
  const at = words.indexOf('--context');
  const name = at < 0 ? undefined : words[at + 1];
  return name === undefined ? {} : { FAIRLEAD_CONTEXT: name, FAIRLEAD_URL: undefined };
}
