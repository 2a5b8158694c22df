/** Kinds of connection; several can be combined with a bitwise or. */
export const ConnectionMode = { None: 0, Serial: 1, Tcp: 2 } as const;
