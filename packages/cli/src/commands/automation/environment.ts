import type { Terminal } from '../../terminal.ts';

interface Allowance {
  /** A configuration; else fairlead.yaml, if it is there. */
  readonly config?: string | undefined;
  /** Names that are allowed besides. */
  readonly names: readonly string[];
}

/** The variables of the environment that bodies may use: those that the service would allow, and those named here. */
interface Allowed {
  readonly variables: ReadonlyMap<string, string | undefined>;
  /** What keeps the configuration from allowing any. */
  readonly broken?: Error | undefined;
}

/** Throws what is wrong with a configuration that was named; one that only lies here allows nothing then. */
export async function allowedEnvironment({ env }: Terminal, allowance: Allowance): Promise<Allowed> {
  const { checkConfig } = await import('@fairlead/server');
  const { config: file, names } = allowance;
  const {
    loaded,
    problems: [broken],
  } = checkConfig({ file, env });
  if (broken !== undefined && file !== undefined) throw broken;
  const allowed = [...(loaded?.config.automation.environment ?? []), ...names];
  return { variables: new Map(allowed.map((name) => [name, env[name]])), broken };
}
