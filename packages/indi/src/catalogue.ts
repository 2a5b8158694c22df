import { defineErrors } from '@fairlead/tcp';

/** The codes of `@fairlead/indi`. */
export const indiErrors = defineErrors('indi', {
  // --- the wire ------------------------------------------------------------------------------------------------
  XML_SYNTAX: {
    kind: 'framing',
    side: 'remote',
    retryable: false,
    message: 'Not XML: {reason}, at "{found}".',
    help: 'The peer must send INDI elements, each well-formed XML. What it sent until here was handled.',
  },
  XML_UNBALANCED: {
    kind: 'framing',
    side: 'remote',
    retryable: false,
    message: 'The element <{open}> is ended by </{close}>.',
    help: 'The peer lost a tag, or two programs write to the same stream.',
  },
  XML_TOO_DEEP: {
    kind: 'limit',
    side: 'remote',
    retryable: false,
    message: 'Elements are nested more than {limit} deep.',
    help: 'No INDI element needs that: the peer is broken or hostile.',
  },
  XML_NO_ELEMENT: {
    kind: 'framing',
    side: 'remote',
    retryable: false,
    message: 'More than {limit} bytes came without an XML element.',
    help: 'The peer speaks something else than INDI.',
  },
  ELEMENT_TOO_LARGE: {
    kind: 'limit',
    side: 'remote',
    retryable: false,
    message: 'An element <{tag}> exceeds the limit of {limit} bytes.',
    help: 'Raise "maxElement", or "maxBlob" for BLOB vectors, if elements may be this large; else the peer never ends it.',
  },
  INDI_ATTRIBUTE_MISSING: {
    kind: 'protocol',
    side: 'remote',
    retryable: false,
    message: 'An element <{tag}> without the attribute "{attribute}".',
    help: 'INDI requires the attribute. The element was ignored.',
  },
  INDI_VALUE_INVALID: {
    kind: 'protocol',
    side: 'remote',
    retryable: false,
    message: '{where}: {found} is not {expected}.',
    help: 'The element was refused as a whole; nothing of it was taken over.',
  },
  BLOB_INVALID: {
    kind: 'protocol',
    side: 'remote',
    retryable: false,
    message: 'The BLOB {name} is not what it says: {reason}.',
    help: 'Size, encoding or compression do not fit its attributes. The BLOB was refused.',
  },
  BLOB_ATTACHED: {
    kind: 'protocol',
    side: 'environment',
    retryable: false,
    message:
      'The BLOB {name} came as a file descriptor beside the stream, which this program cannot receive; only inline BLOBs (base64) can be read.',
    help: 'Run the driver under Fairlead\'s hub, or behind a pipe: put "cat |" in front of it in a small shell script that indiserver starts.',
  },
  // --- the hub -------------------------------------------------------------------------------------------------
  PEER_TOO_SLOW: {
    kind: 'limit',
    side: 'remote',
    retryable: true,
    message: '{size} bytes wait for a peer that does not read them; the limit is {limit}.',
    help: 'The client or driver hangs or its network is too slow. Raise "clientQueue" or "driverQueue" if it only needs longer.',
  },
  TOO_MANY_SUBSCRIPTIONS: {
    kind: 'limit',
    side: 'remote',
    retryable: false,
    message: 'A peer asks for more than {limit} devices and properties by name.',
    help: 'A client that wants that many asks for all: getProperties without a device.',
  },
  TOO_MANY_DEVICES: {
    kind: 'limit',
    side: 'remote',
    retryable: false,
    message: 'A driver shows more than {limit} devices; the rest is ignored.',
    help: 'The driver makes up names. A server with that many devices is better reached by itself.',
  },
  DRIVER_ENDED: {
    kind: 'closed',
    side: 'remote',
    retryable: true,
    message: 'The driver {driver} ended: {status}.',
    help: 'It is started again. What it wrote to stderr stands in the log before this.',
  },
  CHAIN_INVALID: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: '"{chain}" names no server to chain: {reason}.',
    help: 'Write device@host:port for one device or @host:port for all; the port is 7624 if left out.',
  },
  // --- the client ----------------------------------------------------------------------------------------------
  PROPERTY_UNKNOWN: {
    kind: 'missing',
    side: 'local',
    retryable: false,
    message: 'The server has shown no property {property}.',
    help: 'List what there is: fairlead indi get. Properties of a device may appear only once it is connected.',
  },
  PROPERTY_NOT_SETTABLE: {
    kind: 'config',
    side: 'local',
    retryable: false,
    message: 'The property {property} cannot be set: {reason}.',
    help: 'Look at its definition: type, permission, elements and range.',
  },
  PROPERTY_REFUSED: {
    kind: 'protocol',
    side: 'remote',
    retryable: false,
    message: 'The driver answered the change of {property} with Alert: {reason}.',
    help: "The message is the driver's own; its log may say more.",
  },
  WATCH_OVERFLOW: {
    kind: 'limit',
    side: 'local',
    retryable: false,
    message: 'More than {limit} changes wait for who watches; the watch has ended.',
    help: 'Whoever watches must take changes as fast as they come, or watch fewer properties.',
  },
});
