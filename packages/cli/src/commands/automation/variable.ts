import { InvalidArgumentError } from 'commander';

/** Adds one `--var` to the previous ones. */
export const variable = (text: string, earlier: Record<string, string> = {}): Record<string, string> => {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write name=value.');
  return { ...earlier, [text.slice(0, at)]: text.slice(at + 1) };
};
export const varOption = [
  '--var <name=value>',
  'variable that bodies use as {{var.NAME}}; may be repeated',
] as const;
