/** The properties of every INDI device, with the names, labels and groups that clients know. */
import type { LogLevel } from './log.ts';
import type { NumberVector, PropertyMaker, SwitchVector, TextVector } from './property.ts';

const OPTIONS = 'Options';
const ON_OFF = { ENABLE: { label: 'Enable' }, DISABLE: { label: 'Disable', value: true } };
const LEVELS: readonly [string, LogLevel, string, boolean][] = [
  ['ERROR', 'error', 'Errors', true],
  ['WARNING', 'warn', 'Warnings', true],
  ['SESSION', 'info', 'Messages', true],
  ['DEBUG', 'debug', 'Driver Debug', false],
];

export interface StandardProperties {
  readonly connection: SwitchVector<'CONNECT' | 'DISCONNECT'>;
  readonly info: TextVector<'DRIVER_NAME' | 'DRIVER_EXEC' | 'DRIVER_VERSION' | 'DRIVER_INTERFACE'>;
  readonly config: SwitchVector<'CONFIG_LOAD' | 'CONFIG_SAVE' | 'CONFIG_DEFAULT' | 'CONFIG_PURGE'>;
  readonly polling: NumberVector<'PERIOD_MS'>;
  readonly debug: SwitchVector<'ENABLE' | 'DISABLE'>;
  readonly simulation: SwitchVector<'ENABLE' | 'DISABLE'>;
  readonly debugLevels: SwitchVector;
  readonly fileLevels: SwitchVector;
  readonly logOutput: SwitchVector<'CLIENT_DEBUG' | 'FILE_DEBUG'>;
}

export function standardProperties(device: PropertyMaker): StandardProperties {
  return {
    connection: device.switches('CONNECTION', {
      label: 'Connection',
      members: { CONNECT: { label: 'Connect' }, DISCONNECT: { label: 'Disconnect', value: true } },
    }),
    info: device.texts('DRIVER_INFO', {
      label: 'Driver Info',
      group: 'General Info',
      perm: 'ro',
      members: {
        DRIVER_NAME: { label: 'Name' },
        DRIVER_EXEC: { label: 'Exec' },
        DRIVER_VERSION: { label: 'Version' },
        DRIVER_INTERFACE: { label: 'Interface' },
      },
    }),
    config: device.switches('CONFIG_PROCESS', {
      label: 'Configuration',
      group: OPTIONS,
      rule: 'AtMostOne',
      timeout: 0,
      members: {
        CONFIG_LOAD: { label: 'Load' },
        CONFIG_SAVE: { label: 'Save' },
        CONFIG_DEFAULT: { label: 'Default' },
        CONFIG_PURGE: { label: 'Purge' },
      },
    }),
    polling: device.numbers('POLLING_PERIOD', {
      label: 'Polling',
      group: OPTIONS,
      timeout: 0,
      persistent: true,
      members: {
        PERIOD_MS: { label: 'Period (ms)', format: '%.f', min: 10, max: 600_000, step: 1_000, value: 1_000 },
      },
    }),
    debug: device.switches('DEBUG', {
      label: 'Debug',
      group: OPTIONS,
      timeout: 0,
      persistent: true,
      members: ON_OFF,
    }),
    simulation: device.switches('SIMULATION', {
      label: 'Simulation',
      group: OPTIONS,
      timeout: 0,
      members: ON_OFF,
    }),
    debugLevels: levels(device, 'DEBUG_LEVEL', 'Debug Levels', 'DBG'),
    fileLevels: levels(device, 'LOGGING_LEVEL', 'Logging Levels', 'LOG'),
    logOutput: device.switches('LOG_OUTPUT', {
      label: 'Log Output',
      group: OPTIONS,
      rule: 'AnyOfMany',
      timeout: 0,
      persistent: true,
      members: { CLIENT_DEBUG: { label: 'To Client', value: true }, FILE_DEBUG: { label: 'To Log File' } },
    }),
  };
}

function levels(device: PropertyMaker, name: string, label: string, prefix: string): SwitchVector {
  const members = LEVELS.map(
    ([level, , shown, value]) => [`${prefix}_${level}`, { label: shown, value }] as const,
  );
  return device.switches(name, {
    label,
    group: OPTIONS,
    rule: 'AnyOfMany',
    timeout: 0,
    persistent: true,
    members: Object.fromEntries(members),
  });
}

/** The levels that are on in a vector made by {@link levels}. */
export function levelsOn(vector: SwitchVector): ReadonlySet<LogLevel> {
  return new Set(
    LEVELS.filter(([level]) =>
      vector.names.some((name) => name.endsWith(`_${level}`) && vector.get(name)),
    ).map(([, level]) => level),
  );
}
