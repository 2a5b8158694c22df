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
});
