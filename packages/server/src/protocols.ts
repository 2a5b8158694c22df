/** The protocols of devices. A new protocol is one file that creates a `DeviceProtocol`, and one line here. */
import { customProtocol, type DeviceProtocol, officialProtocol, profileProtocol } from '@fairlead/gateway';

/** The first is that of a device whose definition names none. */
const PROTOCOLS: readonly (() => DeviceProtocol)[] = [officialProtocol, customProtocol, profileProtocol];

export function deviceProtocols(): DeviceProtocol[] {
  return PROTOCOLS.map((make) => make());
}

export const protocolNames: readonly string[] = deviceProtocols().map(({ name }) => name);
