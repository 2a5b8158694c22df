import { cliErrors } from '../../catalogue.ts';

/**
 * `port=4001 framing=line tls.ca=ca.pem`: fields as words of a command line. Numbers, true, false, null and JSON are parsed
 * as such; everything else is text. A dot separates nested fields.
 */
export function fieldsOfWords(
  words: readonly string[],
  onto: Record<string, unknown> = {},
): Record<string, unknown> {
  const fields = structuredClone(onto);
  const seen = new Set<string>();
  for (const word of words) {
    const at = word.indexOf('=');
    if (at < 1)
      throw cliErrors.error('USAGE_INVALID', { reason: `"${word}" is not of the form name=value.` });
    const name = word.slice(0, at);
    if (seen.has(name)) throw cliErrors.error('USAGE_INVALID', { reason: `"${name}" is given twice.` });
    seen.add(name);
    const path = name.split('.');
    const last = path.pop() as string;
    let place = fields;
    if ([...path, last].includes('__proto__'))
      throw cliErrors.error('USAGE_INVALID', { reason: 'Unknown field.' });
    for (const key of path) {
      const inner = Object.hasOwn(place, key) ? place[key] : undefined;
      const next = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {};
      place[key] = next;
      place = next;
    }
    const text = word.slice(at + 1);
    if (text === '') delete place[last];
    else place[last] = parsed(text);
  }
  return fields;
}

function parsed(text: string): unknown {
  if (!/^(-?\d|[[{"]|true$|false$|null$)/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text; // 10.0.0.5, 5s
  }
}
