import { pause, untilAborted } from '@fairlead/core';
import type { LoadedConfig, Service } from '@fairlead/server';
import { cliErrors } from '../catalogue.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { runDemo } from '../demo/demo.ts';
import { cliLimits } from '../limits.ts';
import { reachable } from '../reachable.ts';
import { Reloads } from '../reloads.ts';
import { flagsOf, type ServeOptions } from '../serve-flags.ts';
import { ServiceManager } from '../service-manager.ts';
import type { Terminal } from '../terminal.ts';

export function serveCommand(context: Context): CliCommand {
  return new CliCommand('serve')
    .option('--config <file>', 'configuration file; default: fairlead.yaml, if it exists')
    .option('--data <folder>', 'data folder; default: ./fairlead-data')
    .option('--http <host:port>', 'address of the HTTP API; default: 127.0.0.1:7650')
    .option('--mqtt <host:port>', 'address of the embedded MQTT broker, or "off"; default: 127.0.0.1:7655')
    .option(
      '--official <host:port>',
      'address for devices with the official protocol, or "off"; default: 127.0.0.1:7653',
    )
    .option(
      '--custom <host:port>',
      'address for devices with the custom protocol, or "off"; default: 127.0.0.1:7654',
    )
    .option('--demo', 'run with temporary data, free ports and simulated devices')
    .example('fairlead serve', 'listen on this machine only, with data in ./fairlead-data')
    .example('fairlead serve --official 0.0.0.0:7653', 'accept devices from other machines')
    .example('fairlead serve --demo', 'try Fairlead with simulated devices')
    .action(async (options: ServeOptions, self: CliCommand) => {
      if (!options.demo) return serve(context, options, context.printer(self).json);
      if (options.data !== undefined)
        self.error('error: --demo uses a temporary data folder and cannot be combined with --data');
      return runDemo(context.terminal, options);
    });
}

async function serve({ terminal }: Context, options: ServeOptions, json: boolean): Promise<void> {
  // Imported here because the service is large and most commands only use a running service.
  const { checkConfig, createLog, loadConfig, startService } = await import('@fairlead/server');
  const loaded = loadConfig({ file: options.config, env: terminal.env, flags: flagsOf(options) });
  const { config } = loaded;
  const log = createLog({ ...config.log, terminal: process.stderr.isTTY === true });
  for (const warning of loaded.warnings) log.warn({}, warning);
  const adminToken = terminal.env.FAIRLEAD_TOKEN || undefined;
  const secretKey = terminal.env.FAIRLEAD_SECRET_KEY || undefined;
  const service = await startService({ config, log, adminToken, secretKey });
  const reloads = new Reloads(service, log, config, () =>
    checkConfig({ file: options.config, env: terminal.env, flags: flagsOf(options) }),
  );
  using manager = new ServiceManager({
    env: terminal.env,
    clock: terminal.clock,
    warn: (reason) => log.warn({}, `systemd was not told the state of the service: ${reason}`),
  });
  terminal.onHangup(() => void reloads.run());
  if (!json) await untilReady(service, terminal);
  terminal.out(json ? `${JSON.stringify(service.addresses)}\n` : ready(service, loaded));
  await manager.ready(`Ready: ${Object.keys(service.addresses.listeners).length} listeners for devices`);
  await untilAborted(terminal.interrupted);
  await manager.stopping();
  await closeWithin(service, reloads.grace, terminal);
}

async function closeWithin(service: Service, limit: number, { clock }: Terminal): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = clock.after(limit, () => reject(cliErrors.error('STOP_LATE', { limit })));
  try {
    await Promise.race([service.close(), late]);
  } finally {
    clock.clear(timer);
  }
}

function ready(service: Service, { config }: LoadedConfig): string {
  const { addresses, version, adminToken, signInPath } = service;
  const scheme = config.http.tls === undefined ? 'http' : 'https';
  const entries = [
    ...Object.entries(addresses.listeners).map(([name, address]) => [`devices, ${name}`, address]),
    ['INDI', addresses.indi],
    ['MQTT', addresses.mqtt],
    ['HTTP API', `${scheme}://${addresses.http}/api/docs`],
    ['data', config.data],
    ["administrator's token", adminToken.source],
    [
      'sign in, once, within ten minutes',
      signInPath && `${scheme}://${reachable(addresses.http)}${signInPath}`,
    ],
  ].filter((entry): entry is [string, string] => entry[1] !== undefined);
  const width = Math.max(...entries.map(([name]) => name.length));
  const lines = entries.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
  return `Fairlead ${version} ${stateOf(service)}\n${lines.join('\n')}\n`;
}

/** Waits briefly for outgoing connections after the start, for instance to an external broker. */
async function untilReady(service: Service, { clock, interrupted }: Terminal): Promise<void> {
  const { readyWait, readyCheck } = cliLimits.values;
  const end = clock.monotonic() + readyWait;
  while (!service.readiness().ready && !interrupted.aborted && clock.monotonic() < end)
    await pause(clock, readyCheck, interrupted);
}

/** The same state as `/readyz`. For instance, a broker that is not reachable does not prevent the start of the service. */
function stateOf(service: Service): string {
  const { ready, checks } = service.readiness();
  if (ready) return 'is ready.';
  const missing = Object.entries(checks)
    .filter(([, { ok }]) => !ok)
    .map(([name, { detail }]) => `  ${name}: ${detail}`);
  return `runs, but is not ready yet:\n${missing.join('\n')}`;
}
