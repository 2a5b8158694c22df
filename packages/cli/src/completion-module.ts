/** Writes down the commands for completions, so that a key press in a shell loads none of them. */
import type { Argument, Command, Option } from 'commander';
import type { ArgumentNode, CommandNode, OptionNode } from './completion/tree.ts';
import { createContext } from './context.ts';
import { nowhere } from './docs.ts';
import { createProgram } from './program.ts';

/** The text of `completion/commands.ts`. */
export async function commandsModule(): Promise<string> {
  const program = await createProgram(createContext(nowhere()), (name) => name !== 'complete');
  const text = JSON.stringify(nodeOf(program)).replace(/['\\]/g, '\\$&');
  return `/** The commands as JSON. Generated from them by "npm run docs". */\nexport const commandsText =\n  '${text}';\n`;
}

function nodeOf(command: Command): CommandNode {
  return {
    names: [command.name(), ...command.aliases()],
    about: command.description(),
    options: command.options.filter(({ hidden }) => !hidden).map(optionNode),
    arguments: command.registeredArguments.map(argumentNode),
    commands: command.commands.map(nodeOf),
  };
}

function optionNode({ short, long, description, required, argChoices }: Option): OptionNode {
  return {
    flags: [short, long].filter((flag) => flag !== undefined && flag !== null),
    about: description,
    ...(required && { takes: true as const }),
    ...(argChoices && { choices: argChoices }),
  };
}

function argumentNode(argument: Argument): ArgumentNode {
  const { variadic, argChoices } = argument;
  return {
    name: argument.name(),
    ...(variadic && { many: true as const }),
    ...(argChoices && { choices: argChoices }),
  };
}
