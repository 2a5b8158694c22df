import type { DeviceHost } from '../property/host.ts';
import type { LogLevel } from '../property/log.ts';
import type { SwitchVector } from '../property/property.ts';
import { levelsOn } from '../property/standard.ts';

type ConfigButtons = Readonly<
  Record<'CONFIG_LOAD' | 'CONFIG_SAVE' | 'CONFIG_DEFAULT' | 'CONFIG_PURGE', boolean>
>;

const USUAL: ReadonlySet<LogLevel> = new Set<LogLevel>(['error', 'warn', 'info']);
const NONE: ReadonlySet<LogLevel> = new Set();

/** The handlers of DEBUG, SIMULATION, CONFIG_PROCESS and the properties of the log. */
export function handleStandard(device: DeviceHost, process: (buttons: ConfigButtons) => Promise<void>): void {
  const { config, debug, simulation, debugLevels, fileLevels, logOutput } = device.standard;
  config.onNew(async (values) => {
    await process(values);
    config.turnOn().apply('Ok');
    return 'shown';
  });
  debug.onNew((values) => {
    debug.set(values);
    device.log.info(values.ENABLE ? 'Debug is enabled.' : 'Debug is disabled.');
    if (values.ENABLE) device.define(debugLevels, fileLevels, logOutput);
    else device.remove(debugLevels, fileLevels, logOutput);
    chooseLevels(device);
  });
  simulation.onNew((values) => {
    if (device.connected && values.ENABLE !== device.simulation)
      throw new Error('Disconnect the device before you switch simulation on or off.');
    device.log.info(values.ENABLE ? 'Simulation is enabled.' : 'Simulation is disabled.');
  });
  for (const vector of [debugLevels, fileLevels, logOutput] as SwitchVector[])
    vector.onNew((values) => {
      vector.set(values);
      chooseLevels(device);
    });
}

function chooseLevels(device: DeviceHost): void {
  const { debugLevels, fileLevels, logOutput } = device.standard;
  device.log.settings = device.debug
    ? {
        client: logOutput.get('CLIENT_DEBUG') ? levelsOn(debugLevels) : NONE,
        file: logOutput.get('FILE_DEBUG') ? levelsOn(fileLevels) : NONE,
      }
    : { client: USUAL, file: NONE };
}
