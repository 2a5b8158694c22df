/** What may come next on a command line. */
import type { ArgumentNode, CommandNode, OptionNode } from './tree.ts';

export interface Candidate {
  readonly value: string;
  /** What it is, in a few words. */
  readonly about: string;
}

/** Names of what kind of thing. */
export type NameKind =
  | 'device'
  | 'profile'
  | 'connection'
  | 'task'
  | 'trigger'
  | 'job'
  | 'driver'
  | 'link'
  | 'inbox'
  | 'capture'
  | 'run'
  | 'user'
  | 'token'
  | 'context';

/** What is wanted at the end of a line: candidates that are known, and names that somebody else knows. */
interface Wanted {
  readonly candidates: readonly Candidate[];
  readonly names?: NameKind;
}

const NOTHING: Wanted = { candidates: [] };

/** Options whose values are names. */
const OPTION_NAMES: Readonly<Record<string, NameKind>> = {
  profile: 'profile',
  parent: 'device',
  device: 'device',
  context: 'context',
};

/** Groups whose arguments are names of another kind than the group's own name. */
const ARGUMENT_NAMES: Readonly<Record<string, NameKind>> = {
  'sub device': 'device',
  'tap target': 'device',
  'capture start': 'device',
};

const KINDS = new Set<string>([
  ...['device', 'profile', 'connection', 'task', 'trigger', 'job', 'driver'],
  ...['link', 'inbox', 'capture', 'run', 'user', 'token', 'context'],
]);

/** Verbs that make something new: no name of what is there fits. */
const MAKING = new Set(['add', 'new', 'import', 'demo']);

/** @param words after the name of the program; the last one is being typed */
export function wantedAfter(program: CommandNode, words: readonly string[]): Wanted {
  const typed = words.at(-1) ?? '';
  /** From the program to the command. */
  const path = [program];
  let place = 0;
  let pending: OptionNode | undefined;
  let onlyArguments = false;
  for (const word of words.slice(0, -1)) {
    const command = path.at(-1) as CommandNode;
    if (pending !== undefined) pending = undefined;
    else if (word === '--') onlyArguments = true;
    else if (!onlyArguments && word.startsWith('-')) {
      const option = optionOf(path, word);
      if (option?.takes && !word.includes('=')) pending = option;
    } else {
      const next = command.commands.find(({ names }) => names.includes(word));
      if (next !== undefined && place === 0) path.push(next);
      else place++;
    }
  }
  const command = path.at(-1) as CommandNode;
  if (pending !== undefined) return valuesOf(pending, typed);
  if (!onlyArguments && typed.startsWith('-')) return optionsOf(path, typed);
  if (command.commands.length > 0 && place === 0)
    return {
      candidates: command.commands.flatMap(({ names: [name = ''], about }) =>
        name.startsWith(typed) ? [{ value: name, about }] : [],
      ),
    };
  return argumentsOf(path, place, typed);
}

function optionOf(path: readonly CommandNode[], word: string): OptionNode | undefined {
  const [flag = ''] = word.split('=', 1);
  return path.flatMap(({ options }) => options).find(({ flags }) => flags.includes(flag));
}

function optionsOf(path: readonly CommandNode[], typed: string): Wanted {
  const [flag = '', value] = typed.split(/=(.*)/s, 2);
  if (value !== undefined) {
    const option = optionOf(path, flag);
    if (option === undefined) return NOTHING;
    const { candidates } = valuesOf(option, value);
    return { candidates: candidates.map((one) => ({ ...one, value: `${flag}=${one.value}` })) };
  }
  return {
    candidates: path
      .toReversed()
      .flatMap(({ options }) => options)
      .flatMap(({ flags, about }) => {
        const long = flags.at(-1) ?? '';
        return long.startsWith(typed) ? [{ value: long, about }] : [];
      }),
  };
}

function valuesOf({ flags, choices }: OptionNode, typed: string): Wanted {
  const name = flags.at(-1)?.replace(/^-+/, '') ?? '';
  return { ...choicesOf(choices, typed), ...namesOf(OPTION_NAMES[name]) };
}

function argumentsOf(path: readonly CommandNode[], place: number, typed: string): Wanted {
  const all = path.at(-1)?.arguments ?? [];
  const last = all.at(-1);
  const argument = all[place] ?? (last?.many ? last : undefined);
  if (argument === undefined) return NOTHING;
  return { ...choicesOf(argument.choices, typed), ...namesOf(nameKindOf(path, argument, place)) };
}

function nameKindOf(
  path: readonly CommandNode[],
  argument: ArgumentNode,
  place: number,
): NameKind | undefined {
  const verb = path.at(-1)?.names[0] ?? '';
  const group = path[1]?.names[0] ?? '';
  const special = ARGUMENT_NAMES[`${verb} ${argument.name}`] ?? ARGUMENT_NAMES[`${group} ${verb}`];
  if (special !== undefined && place === 0) return special;
  if (MAKING.has(verb) || !KINDS.has(group) || (place > 0 && !argument.many)) return undefined;
  return /^(name|id|target|profile|device|link)$/.test(argument.name) ? (group as NameKind) : undefined;
}

const choicesOf = (choices: readonly string[] = [], typed: string): Wanted => ({
  candidates: choices.filter((value) => value.startsWith(typed)).map((value) => ({ value, about: '' })),
});

const namesOf = (names: NameKind | undefined) => (names === undefined ? {} : { names });
