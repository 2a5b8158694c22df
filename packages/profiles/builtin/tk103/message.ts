// A message, and what all of them have in common.

export type Values = Record<string, unknown>;
export interface Message {
  id: string;
  type: string;
  content: string;
  commas: boolean;
}

export function setCells(values: Values, cells: Values[]): void {
  if (cells[0]) Object.assign(values, cells[0], { cells });
}
