/** The service in this folder, as a process that is killed: `node thingspanel-service.ts FOLDER`. Prints its ports: devices, HTTP. */
import { silentLog } from '@fairlead/core';
import { loadConfig, startService } from '@fairlead/server';

const [cwd = ''] = process.argv.slice(2);
const { config } = loadConfig({ cwd, env: {} });
const { addresses } = await startService({ config, log: silentLog });
const portOf = (address = ''): string => address.slice(address.lastIndexOf(':') + 1);
console.log(`port ${portOf(addresses.listeners.official)} ${portOf(addresses.http)}`);
