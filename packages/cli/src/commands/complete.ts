/** `fairlead complete`: what the scripts of the shells ask. It is silent about what it cannot find out. */
import { timeLimit } from '@fairlead/core';
import { CliCommand } from '../command.ts';
import { type Candidate, type NameKind, wantedAfter } from '../completion/candidates.ts';
import type { Context } from '../context.ts';
import { Contexts } from '../contexts/contexts.ts';
import { cliLimits } from '../limits.ts';
import { printable } from '../output/text.ts';

/** @param programFor makes the program with the command of such a line loaded */
export function completeCommand(
  context: Context,
  programFor: (words: readonly string[]) => Promise<CliCommand>,
): CliCommand {
  return new CliCommand('complete')
    .argument('[words...]', 'the words of a command line; the last one is being typed')
    .description('Print what may come next on a command line, one candidate a line; scripts of shells ask it')
    .example('fairlead complete -- device rm me', 'devices whose names begin so')
    .action(async (words: string[]) => {
      const { terminal } = context;
      const program = await programFor(words);
      const typed = words.at(-1) ?? '';
      const { candidates, names } = wantedAfter(program, words);
      const known = names === undefined ? [] : await namesOf(names, typed, words, context);
      for (const { value, about } of [...candidates, ...known])
        if (!/\s/.test(value)) terminal.out(`${printable(value)}\t${printable(about).slice(0, 60)}\n`);
    });
}

async function namesOf(
  kind: NameKind,
  typed: string,
  words: readonly string[],
  { terminal }: Context,
): Promise<readonly Candidate[]> {
  try {
    if (kind === 'context')
      return Object.entries(new Contexts(terminal.env).read().contexts)
        .map(([value, { url }]) => ({ value, about: url }))
        .filter(({ value }) => value.startsWith(typed));
    const [{ apiOf }, { namesFrom }] = await Promise.all([
      import('../http/api.ts'),
      import('../completion/names.ts'),
    ]);
    const { clock, interrupted } = terminal;
    using limit = timeLimit(clock, cliLimits.values.completion, interrupted, () => undefined);
    // A context that the line names is the one whose names are wanted.
    const env = { ...terminal.env, ...chosenContext(words) };
    const api = apiOf({ env, clock, interrupted: limit.signal, warn: () => {} });
    return await namesFrom(api, kind, typed);
  } catch {
    return [];
  }
}

function chosenContext(words: readonly string[]) {
  const at = words.indexOf('--context');
  const name = at < 0 ? undefined : words[at + 1];
  return name === undefined ? {} : { FAIRLEAD_CONTEXT: name, FAIRLEAD_URL: undefined };
}
