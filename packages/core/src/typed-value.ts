export type ValueType = 'string' | 'number' | 'boolean' | 'list' | 'object';

/**
 * A value in the type that a declaration asks for. Text stands for any type, written as JSON, as on a command line.
 * Returns undefined if the value is not of this type.
 */
export function typedValue(type: ValueType, value: unknown): unknown {
  const read = type !== 'string' && typeof value === 'string' ? parsed(value) : value;
  return typeOf(read) === type ? read : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value;
}
