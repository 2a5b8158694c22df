import { apiErrors, apiLimits, type Readiness } from '@fairlead/api';
import { timeLimit } from '@fairlead/core';
import type { Finding, SeenService } from '@fairlead/server';
import { cliErrors } from '../catalogue.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { nodeFetch } from '../http/node-fetch.ts';
import type { Printer } from '../output/printer.ts';
import { printable } from '../output/text.ts';
import type { Terminal } from '../terminal.ts';
import { version } from '../version.ts';

interface DoctorFlags {
  readonly config?: string;
  readonly data?: string;
}

export function doctorCommand(context: Context): CliCommand {
  return new CliCommand('doctor')
    .option('--config <file>', 'configuration file of the service; default: fairlead.yaml, if it exists')
    .option('--data <folder>', 'data folder; default: ./fairlead-data')
    .example('fairlead doctor', 'check the service, or the machine for one, and say what to do')
    .example(
      'fairlead doctor --format json',
      'the same for a program; the exit status is 1 if a check failed',
    )
    .action(async (flags: DoctorFlags, self: CliCommand) => {
      const { checkConfig, examine } = await import('@fairlead/server');
      const { terminal } = context;
      const print = context.printer(self);
      const checked = checkConfig({ file: flags.config, env: terminal.env, flags: { data: flags.data } });
      const running = await seenService(terminal);
      const findings = await examine({ checked, version: version(), running, clock: terminal.clock });
      print.show(findings, () => findings.flatMap((finding) => lines(finding, print)));
      const failed = findings.filter(({ state }) => state === 'fail').length;
      if (failed > 0) throw cliErrors.error('DOCTOR_FOUND', { failed });
    });
}

/** undefined: none answers at the address of the environment or the configuration. */
async function seenService(terminal: Terminal): Promise<SeenService | undefined> {
  const api = apiOf(terminal);
  const readiness = await readinessAt(new URL('readyz', api.url), terminal);
  if (readiness === undefined) return undefined;
  const status = await api.service.status().catch(() => undefined);
  return {
    url: api.url.origin,
    readiness,
    version: status?.version,
    openFiles: status?.openFiles,
  };
}

/** The answer is 503 while the service is not ready, which the client of the API takes for a refusal. */
async function readinessAt(url: URL, { clock, interrupted }: Terminal): Promise<Readiness | undefined> {
  const ms = apiLimits.values.request;
  using limit = timeLimit(clock, ms, interrupted, () =>
    apiErrors.error('SERVER_TIMEOUT', { url: url.origin, limit: ms }),
  );
  try {
    const answer = await nodeFetch(url, { method: 'GET', headers: {}, signal: limit.signal });
    const readiness = (await answer.json()) as Readiness;
    return typeof readiness.ready === 'boolean' && typeof readiness.checks === 'object'
      ? readiness
      : undefined;
  } catch {
    return undefined;
  }
}

function lines({ check, state, detail, advice }: Finding, { paint }: Printer): string[] {
  const mark = { ok: paint.green, warn: paint.yellow, fail: paint.red }[state](state.padEnd(4));
  const said = `${mark}  ${check.padEnd(16)}  ${printable(detail)}`;
  return advice === undefined || advice === '' ? [said] : [said, `      ${' '.repeat(16)}  ${advice}`];
}
