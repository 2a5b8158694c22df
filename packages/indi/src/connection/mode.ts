/** Kinds of connection; several may be or-ed. */
export const ConnectionMode = { None: 0, Serial: 1, Tcp: 2 } as const;
