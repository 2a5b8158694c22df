import type { Terminal } from '../../terminal.ts';

interface Allowance {
  /** A configuration; else fairlead.yaml, if it is there. */
  readonly config?: string | undefined;
  /** Additional allowed names. */
  readonly names: readonly string[];
}

/** The variables of the environment that bodies may use: those that the service would allow, and those named here. */
interface Allowed {
  readonly variables: ReadonlyMap<string, string | undefined>;
  /** The error of an invalid configuration, which allows no variables. */
  readonly broken?: Error | undefined;
}

/** Throws the error of an explicitly named configuration. An invalid default configuration allows no variables. */
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
