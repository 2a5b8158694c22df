/** What may come next on a command line. */
import type { Argument, Command, Option } from 'commander';

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

/**
 * @param program with the command that the line uses loaded
 * @param words after the name of the program; the last one is being typed
 */
export function wantedAfter(program: Command, words: readonly string[]): Wanted {
  const typed = words.at(-1) ?? '';
  let command = program;
  let place = 0;
  let pending: Option | undefined;
  let onlyArguments = false;
  for (const word of words.slice(0, -1)) {
    if (pending !== undefined) {
      pending = undefined;
      continue;
    }
    if (word === '--') onlyArguments = true;
    else if (!onlyArguments && word.startsWith('-')) {
      const option = optionOf(command, word);
      if (option?.required && !word.includes('=')) pending = option;
    } else {
      const next = command.commands.find((child) => child.name() === word || child.aliases().includes(word));
      if (next !== undefined && place === 0) command = next;
      else place++;
    }
  }
  if (pending !== undefined) return valuesOf(pending, typed);
  if (!onlyArguments && typed.startsWith('-')) return optionsOf(command, typed);
  if (command.commands.length > 0 && place === 0)
    return {
      candidates: command.commands
        .filter((child) => child.name().startsWith(typed) && !isHidden(child))
        .map((child) => ({ value: child.name(), about: child.description() })),
    };
  return argumentsOf(command, place, typed);
}

const isHidden = (command: Command): boolean => Reflect.get(command, '_hidden') === true;

function optionOf(command: Command | null, word: string): Option | undefined {
  const [flag] = word.split('=', 1);
  for (let at = command; at !== null; at = at.parent) {
    const found = at.options.find(({ short, long }) => flag === short || flag === long);
    if (found !== undefined) return found;
  }
  return undefined;
}

function optionsOf(command: Command | null, typed: string): Wanted {
  const [flag = '', value] = typed.split(/=(.*)/s, 2);
  if (value !== undefined) {
    const option = optionOf(command, flag);
    if (option === undefined) return NOTHING;
    const { candidates } = valuesOf(option, value);
    return { candidates: candidates.map((one) => ({ ...one, value: `${flag}=${one.value}` })) };
  }
  const candidates: Candidate[] = [];
  for (let at = command; at !== null; at = at.parent)
    for (const { long, description, hidden } of at.options)
      if (!hidden && long?.startsWith(typed)) candidates.push({ value: long, about: description });
  return { candidates };
}

function valuesOf(option: Option, typed: string): Wanted {
  return { ...choicesOf(option, typed), ...namesOf(OPTION_NAMES[option.attributeName()]) };
}

function argumentsOf(command: Command, place: number, typed: string): Wanted {
  const all = command.registeredArguments;
  const last = all.at(-1);
  const argument = all[place] ?? (last?.variadic ? last : undefined);
  if (argument === undefined) return NOTHING;
  return { ...choicesOf(argument, typed), ...namesOf(nameKindOf(command, argument, place)) };
}

function nameKindOf(command: Command, argument: Argument, place: number): NameKind | undefined {
  const { parent } = command;
  const verb = command.name();
  const group = parent?.parent == null ? verb : parent.name();
  const special = ARGUMENT_NAMES[`${verb} ${argument.name()}`] ?? ARGUMENT_NAMES[`${group} ${verb}`];
  if (special !== undefined && place === 0) return special;
  if (MAKING.has(verb) || !KINDS.has(group) || (place > 0 && !argument.variadic)) return undefined;
  return /^(name|id|target|profile|device|link)$/.test(argument.name()) ? (group as NameKind) : undefined;
}

const choicesOf = ({ argChoices = [] }: Pick<Option, 'argChoices'>, typed: string): Wanted => ({
  candidates: argChoices.filter((value) => value.startsWith(typed)).map((value) => ({ value, about: '' })),
});

const namesOf = (names: NameKind | undefined) => (names === undefined ? {} : { names });
