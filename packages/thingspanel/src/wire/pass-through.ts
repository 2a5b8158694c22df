/** What the preset needs of a protocol: it fits `DeviceProtocol` of the gateway. */
interface Meaning {
  readonly kind: string;
  readonly payload?: Buffer | undefined;
}

interface Protocol<M extends Meaning> {
  uplink(frames: never, terms: { readonly device: { readonly name: string } }): readonly M[];
}

/**
 * The same protocol, whose attributes of platform devices may be any bytes: a script in the platform reads them. What is no
 * JSON object is `raw` then.
 */
export function passingThrough<M extends Meaning, P extends Protocol<M>>(
  protocol: P,
  isPlatforms: (device: string) => boolean,
): P {
  return {
    ...protocol,
    uplink(frames: never, terms: { readonly device: { readonly name: string } }) {
      const meanings = protocol.uplink(frames, terms);
      return isPlatforms(terms.device.name) ? meanings.map(asRaw) : meanings;
    },
  };
}

function asRaw<M extends Meaning>(meaning: M): M {
  const { kind, payload } = meaning;
  return kind === 'attributes' && payload !== undefined && !isObject(payload)
    ? { ...meaning, kind: 'raw' }
    : meaning;
}

/** UTF-8 need not be decoded to see whether it is JSON: bytes above 127 occur in strings only. */
function isObject(payload: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(payload.toString('latin1'));
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
