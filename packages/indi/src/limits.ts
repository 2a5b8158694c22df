import { defineLimits } from '@fairlead/tcp';

export const indiLimits = defineLimits('indi', {
  element: {
    value: 2 ** 20,
    unit: 'bytes',
    meaning:
      'Largest INDI element that is no BLOB vector. A larger one is ELEMENT_TOO_LARGE before it is parsed.',
    option: 'maxElement',
  },
  blobElement: {
    value: 64 * 2 ** 20,
    unit: 'bytes',
    meaning:
      'Largest setBLOBVector or newBLOBVector as it is on the wire, base64 included. A larger one is ELEMENT_TOO_LARGE.',
    option: 'maxBlob',
  },
  blob: {
    value: 256 * 2 ** 20,
    unit: 'bytes',
    meaning: 'Largest BLOB after decompression. A larger one is refused with BLOB_INVALID.',
    option: 'max of blobData()',
  },
  noise: {
    value: 65_536,
    unit: 'bytes',
    meaning: 'Text between two elements, which is skipped. More of it in a row is XML_NO_ELEMENT.',
  },
  depth: {
    value: 16,
    unit: 'items',
    meaning: 'Nested elements. INDI has two levels; more than this is XML_TOO_DEEP.',
  },
});
