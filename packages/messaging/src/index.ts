export { messagingErrors } from './catalogue.ts';
export { TcpClient } from './client.ts';
export type { MessageCodecOptions } from './framed.ts';
export type { MessageHandler } from './handlers.ts';
export {
  type ConnectionChange,
  type MessageRequestOptions,
  type MessagingEvents,
  type MessagingFault,
  TcpInterface,
} from './interface.ts';
export { messageJson } from './json.ts';
export { messagingLimits } from './limits.ts';
export {
  type Incoming,
  type Message,
  type MessageMetadata,
  type MessageType,
  messageTypes,
  type Priority,
  priorities,
  ReceivedMessage,
  RefusedMessage,
} from './message.ts';
export {
  type MessagingOptions,
  messagingSchema,
  type TcpClientOptions,
  type TcpServerOptions,
} from './options.ts';
export { messagePack } from './pack.ts';
export { TcpServer } from './server.ts';
export { type ConnectionEvent, type ConnectionState, connectionTransitions } from './state.ts';
export type { MessagingStatistics } from './statistics.ts';
