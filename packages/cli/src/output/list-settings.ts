/** How a list is printed. */
export interface ListSettings {
  /** Only the first column, without its head. */
  readonly quiet: boolean;
  /** The columns that are wanted, in this order; undefined: the usual ones. */
  readonly columns: readonly string[] | undefined;
  /** Takes what would be printed; undefined: it is printed. */
  readonly frame: string[] | undefined;
}
