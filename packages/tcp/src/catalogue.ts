import { defineErrors } from '@fairlead/core';
import { exchangeEntries } from './catalogue/exchange.ts';
import { framingEntries } from './catalogue/framing.ts';
/** The codes of `@fairlead/tcp`. */
export const tcpErrors = defineErrors('tcp', {
  ...framingEntries,
  // --- text ----------------------------------------------------------------------------------------------------
  CODE_PAGE_UNKNOWN: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'Unknown encoding "{name}".{hint}',
    help: 'Use a name such as utf-8, windows-1252, iso-8859-1, gbk, shift_jis, utf-16le or cp037. docs/text.md lists all names.',
  },
  TEXT_INVALID: {
    kind: 'protocol',
    side: 'remote',
    retryable: false,
    message: 'The bytes {bytes} at {offset} are not valid in {encoding}.',
    help: 'The peer uses another encoding, or the text is corrupt. With "replace", decoding continues and puts U+FFFD in place of the invalid bytes.',
  },
  TEXT_NOT_ENCODABLE: {
    kind: 'state',
    side: 'local',
    retryable: false,
    message: 'The character "{character}" (U+{code}) at {offset} does not exist in {encoding}.',
    help: 'Send only characters that the encoding has, or choose another encoding that the peer supports. With "replace", "?" is sent in place of the character.',
  },
  // --- options and addresses -----------------------------------------------------------------------------------
  FRAMING_SPEC_INVALID: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'The framing {spec} is not valid: {reason}',
    help: 'Use raw, line, fixed:N, length:N, inline JSON of the form {"rules": [...]}, or the path of a file that contains such JSON.',
  },
  // --- how links end -------------------------------------------------------------------------------------------
  HTTP_REFUSED: {
    kind: 'protocol',
    side: 'remote',
    retryable: false,
    message: 'The peer sent an HTTP request, but this port does not speak HTTP.',
    help: 'A browser or another HTTP client connected to the wrong port. A web page can make the browser of a visitor do this. No part of the request was executed.',
  },
  // --- limits --------------------------------------------------------------------------------------------------
  IDLE_TIMEOUT: {
    kind: 'timeout',
    side: 'remote',
    retryable: true,
    message: 'Nothing was received for {limit} ms.',
    help: 'The peer is gone or silent. Configure it to send heartbeats, or raise the idle limit.',
  },
  WRITE_BUFFER_FULL: {
    kind: 'limit',
    side: 'remote',
    retryable: true,
    message: 'The peer does not read: {size} bytes are waiting to be sent, the limit is {limit}.',
    help: 'The peer is too slow or does not read at all. Send less, wait for drained(), or raise the limit.',
  },
  TOO_MANY_SESSIONS: {
    kind: 'limit',
    side: 'local',
    retryable: true,
    message: 'This listener already has {limit} sessions.',
    help: 'Raise the limit "sessions" if the machine can hold more.',
  },
  TOO_MANY_FROM_ADDRESS: {
    kind: 'limit',
    side: 'remote',
    retryable: true,
    message: 'The address {address} already has {limit} unauthenticated links.',
    help: 'Raise "perAddress" if many devices share one address behind NAT.',
  },
  ADDRESS_LOCKED_OUT: {
    kind: 'auth',
    side: 'remote',
    retryable: true,
    message:
      'The address {address} is locked out for {left} ms more: its links failed {limit} different times within {within} ms to prove who they are.',
    help: 'Somebody guesses tokens, or devices behind one address have wrong ones: "fairlead link ls" shows what was refused. See limits.lockout of the listener.',
  },
  ADDRESS_DENIED: {
    kind: 'auth',
    side: 'remote',
    retryable: false,
    message: 'The address {address} may not connect here.',
    help: 'See the lists "allow" and "deny" of the listener.',
  },
  ACCEPT_RATE_EXCEEDED: {
    kind: 'limit',
    side: 'remote',
    retryable: true,
    message: 'This listener accepts at most {limit} new links per second.',
    help: 'Clients reconnect after a while. Raise "limits.acceptRate" if the machine can take them faster.',
  },
  ADDRESS_RATE_EXCEEDED: {
    kind: 'limit',
    side: 'remote',
    retryable: true,
    message: 'The address {address} opens links faster than {limit} per second.',
    help: 'Its clients reconnect too fast. Raise "acceptRatePerAddress" if many devices share one address behind NAT.',
  },
  // --- proxies -------------------------------------------------------------------------------------------------
  PROXY_HEADER_INVALID: {
    kind: 'protocol',
    side: 'remote',
    retryable: true,
    message: 'The PROXY header is not valid: {reason}.',
    help: 'The proxy must send version 1 or 2 of the PROXY protocol, for TCP. In HAProxy that is send-proxy or send-proxy-v2.',
  },
  PROXY_HEADER_MISSING: {
    kind: 'protocol',
    side: 'remote',
    retryable: true,
    message: 'A trusted proxy sent no PROXY header.',
    help: 'Turn the PROXY protocol on at the proxy (in HAProxy send-proxy-v2), or set "proxy.required" to false.',
  },
  PROXY_HEADER_UNTRUSTED: {
    kind: 'auth',
    side: 'remote',
    retryable: false,
    message: 'The address {address} sent a PROXY header, but it is not a trusted proxy.',
    help: 'If it is a proxy of yours, add it to "proxy.trusted". Otherwise somebody tried to appear under another address.',
  },
  QUEUE_FULL: {
    kind: 'limit',
    side: 'local',
    retryable: true,
    message: 'The queue of a client that is not connected is full: {size} bytes wait, the limit is {limit}.',
    help: 'The peer has been disconnected for long. Raise "whileDown.queue", or send less while it is disconnected.',
  },
  ...exchangeEntries,
  // --- state ---------------------------------------------------------------------------------------------------
  NOT_CONNECTED: {
    kind: 'state',
    side: 'local',
    retryable: true,
    message: 'Not connected to {endpoint}.',
    help: 'Wait for ready(), or enable a queue with "whileDown".',
  },
  WRITE_UNANSWERED: {
    kind: 'timeout',
    side: 'remote',
    retryable: true,
    message: 'The peer has not acknowledged {size} bytes for {limit} ms.',
    help: 'Its cable or its power is gone, or the network drops its packets. The operating system alone would go on for about 15 minutes.',
  },
  SOCKET_TABLE_UNREADABLE: {
    kind: 'state',
    side: 'local',
    retryable: true,
    message: "The system's table of sockets cannot be read: {file}: {reason}.",
    help: 'Only Linux has the table. Without it, the operating system alone detects peers that do not acknowledge what was sent to them, after about 15 minutes on most systems.',
  },
  SESSION_UNKNOWN: {
    kind: 'missing',
    side: 'local',
    retryable: false,
    message: 'There is no session {id}.',
    help: 'It has ended or never existed. "sessions" of the server holds the open ones.',
  },
  ALREADY_RECEIVING: {
    kind: 'state',
    side: 'local',
    retryable: false,
    message: 'Another reader already receives the frames of this link.',
    help: 'Use only one of receive(), batches() and the "frames" handler, and only one reader at a time.',
  },
});
