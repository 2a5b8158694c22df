import { defineErrors } from '@fairlead/core';

/** The codes of `@fairlead/messaging`. */
export const messagingErrors = defineErrors('messaging', {
  MESSAGE_INVALID: {
    kind: 'protocol',
    side: 'remote',
    retryable: false,
    message: 'The message is not valid at {path}: {reason}.',
    help: 'The peer sends data that is not a message of this form, or uses another encoding. The frame was skipped; the link stays open.',
  },
  MESSAGE_NAN_REFUSED: {
    kind: 'protocol',
    side: 'remote',
    retryable: false,
    message: 'The message contains {token} at {path}, which is not valid in JSON.',
    help: 'The peer must send null, text or a finite number there. Or use messagePack() on both sides. The frame was skipped; the link stays open.',
  },
  MESSAGE_PICKLE_REFUSED: {
    kind: 'protocol',
    side: 'remote',
    retryable: false,
    message: 'The message is a Python pickle, which is not accepted.',
    help: 'Reading a pickle runs code in it. Configure the peer to send JSON, or use messagePack() on both sides.',
  },
  MESSAGE_QUEUE_FULL: {
    kind: 'limit',
    side: 'local',
    retryable: true,
    message: 'No room for the message: {size} bytes would wait to be sent, the limit is {limit}.',
    help: 'The peer is slow or disconnected. After send() returned false, wait for drained(), or raise "sendQueue".',
  },
  MESSAGE_INBOX_FULL: {
    kind: 'limit',
    side: 'local',
    retryable: true,
    message:
      'Messages of {size} bytes are waiting for receive(), the limit is {limit}: the link is no longer read.',
    help: 'Call receive(), register a handler for the message type, or set "inbox.onFull" to drop-oldest. Reading continues when there is room.',
  },
  MESSAGE_RECEIVE_TIMEOUT: {
    kind: 'timeout',
    side: 'remote',
    retryable: true,
    message: 'No message within {limit} ms.',
    help: 'No message arrived except those for handlers and the answers to requests. Wait longer, or check that the peer sends.',
  },
  MESSAGE_UNANSWERED: {
    kind: 'timeout',
    side: 'remote',
    retryable: true,
    message: 'The message {messageId} was not answered within {limit} ms.',
    help: 'The peer is slow or disconnected, or it does not answer this message. A late answer is delivered as an ordinary message.',
  },
  MESSAGE_REQUESTS_FULL: {
    kind: 'limit',
    side: 'local',
    retryable: true,
    message: '{limit} requests already wait for their answer.',
    help: 'Wait for answers before you send more requests, or raise "requests".',
  },
  MESSAGE_CLIENT_UNKNOWN: {
    kind: 'missing',
    side: 'local',
    retryable: false,
    message: 'No client "{clientId}" is connected.',
    help: 'The client has disconnected, or the id is wrong. connectedClients() lists the connected clients.',
  },
  MESSAGING_STARTED: {
    kind: 'conflict',
    side: 'local',
    retryable: false,
    message: 'The interface is already started at {endpoint}.',
    help: 'An interface has one address at a time: call disconnect() first, or create another interface.',
  },
});
