import type { TpMessage, TpPacket } from '@fairlead/tcp';

/** What is received and sent on a device's link: packets of the official protocol, or frames of its own. */
export type DeviceFrame = TpPacket | Buffer | string;
export type DeviceMessage = TpMessage | Uint8Array | string;
