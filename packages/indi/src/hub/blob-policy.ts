import { indiErrors } from '../catalogue.ts';
import { type BlobPolicy, parseXml, type RawElement } from '../wire/index.ts';

const POLICIES: ReadonlyMap<string, BlobPolicy> = new Map([
  ['never', 'Never'],
  ['also', 'Also'],
  ['only', 'Only'],
]);

/**
 * What an `enableBLOB` says. Clients write it in upper and lower case, with space around it.
 * Throws `INDI_VALUE_INVALID` for another word, and `XML_*`.
 */
export function blobPolicy(element: RawElement): BlobPolicy {
  const text = parseXml(element.bytes).text.trim();
  const policy = POLICIES.get(text.toLowerCase());
  if (policy !== undefined) return policy;
  const found = text === '' ? 'nothing' : `"${text.slice(0, 40)}"`;
  throw indiErrors.error('INDI_VALUE_INVALID', {
    where: element.tag,
    found,
    expected: 'Never, Also or Only',
  });
}
