/** The commands as completions need them: without loading a single one. */

export interface CommandNode {
  /** Its name, then its aliases. */
  readonly names: readonly string[];
  readonly about: string;
  readonly options: readonly OptionNode[];
  readonly arguments: readonly ArgumentNode[];
  readonly commands: readonly CommandNode[];
}

export interface OptionNode {
  /** The long one last. */
  readonly flags: readonly string[];
  readonly about: string;
  /** Whether a value must follow. */
  readonly takes?: true;
  readonly choices?: readonly string[];
}

export interface ArgumentNode {
  readonly name: string;
  /** Whether it may stand several times. */
  readonly many?: true;
  readonly choices?: readonly string[];
}
