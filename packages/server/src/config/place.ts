/** Where the value at a path was set, for messages: a line of the file, a variable, an option. */
export type Place = (path: readonly PropertyKey[]) => string;
