/** The connections of drivers to their devices. */
export {
  Connection,
  type ConnectionOptions,
  type Handshake,
  type HandshakeContext,
  type ReconnectOptions,
  type RetryOptions,
} from './connection.ts';
export { type Interfaces, LanSearch, type LanSearchOptions } from './lan-search.ts';
export { ConnectionMode } from './mode.ts';
export { SerialConnection, type SerialConnectionOptions } from './serial-connection.ts';
export { TcpConnection, type TcpConnectionOptions } from './tcp-connection.ts';
