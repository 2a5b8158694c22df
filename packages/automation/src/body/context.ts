/**
 * Encodes values for their context in a text, so that no value changes the meaning of the text around it:
 *
 *     url       /orders/{{var.id}}?by={{var.name}}    percent-encoded; "." and ".." are refused as a path segment
 *     body      {"name": "{{var.name}}", "n": {{var.n}}}    escaped inside quotes; elsewhere it must be JSON
 *     form      name={{var.name}}&n={{var.n}}    percent-encoded
 *     argument  {{var.file}}    must not begin with "-", like an option
 *     topic     site/{{var.room}}    one level: no "/"
 *     text      unchanged
 *
 * A body that is not JSON is text. Values in three braces, `{{{var.name}}}`, are inserted unchanged.
 */
import { automationErrors } from '../catalogue.ts';
import { LiteralError } from './literal.ts';

export type TextContext = 'text' | 'url' | 'body' | 'json' | 'form' | 'argument' | 'topic';

/** A part of a text: fixed text, or a value with the name of its variable. */
export type Around = { readonly text: string } | { readonly variable: string; readonly asIs: boolean };

/** Encodes the value of the part at this index. Throws VARIABLE_UNFIT. */
type Encode = (value: string, at: number) => string;

export interface Encoding {
  readonly encode: Encode;
  /** Checks the whole text, with the values encoded. Throws VARIABLE_UNFIT. */
  readonly check?: (parts: readonly string[]) => void;
}

/** The encoding of the values between these parts; undefined: none. Throws {@link LiteralError}. */
export function encodingOf(place: TextContext, around: readonly Around[]): Encoding | undefined {
  const bound = around.some((part) => 'variable' in part && !part.asIs);
  if (!bound) return undefined;
  switch (place) {
    case 'url':
      return ofUrl(around);
    case 'form':
      return { encode: percent };
    case 'body':
    case 'json':
      return ofJson(around, place === 'json');
    case 'argument':
      return ofArgument(around);
    case 'topic':
      return {
        encode: (value, at) =>
          value.includes('/') ? unfit(around, at, 'a level of a topic must not contain "/"') : value,
      };
    default:
      return undefined;
  }
}

const percent: Encode = (value) => encodeURIComponent(value.toWellFormed());

// --- URLs ------------------------------------------------------------------------------------------------------------

function ofUrl(around: readonly Around[]): Encoding {
  const [first] = around;
  if (first !== undefined && 'variable' in first && !first.asIs)
    throw new LiteralError(
      `a URL that begins with a variable needs three braces, {{{${first.variable}}}}: otherwise the value is encoded as a part of a path`,
    );
  const inHost = around.map((_, at) => /^https?:\/\/[^/?#]*$/i.test(textBefore(around, at)));
  return {
    encode: (value, at) => {
      if (!inHost[at]) return percent(value, at);
      return /^[\w.:[\]-]*$/.test(value) ? value : unfit(around, at, 'it is not a host');
    },
    check: (parts) => checkSegments(around, parts),
  };
}

/** The fixed text before a part. */
const textBefore = (around: readonly Around[], at: number): string =>
  around
    .slice(0, at)
    .map((part) => ('text' in part ? part.text : ''))
    .join('');

/** Refuses values that make a path segment `.` or `..`, encoded or not. */
function checkSegments(around: readonly Around[], parts: readonly string[]): void {
  let segment = '';
  let by: number | undefined;
  const end = () => {
    if (by !== undefined && /^(\.|%2e){1,2}$/i.test(segment))
      unfit(around, by, `"${segment}" changes the path`);
    segment = '';
    by = undefined;
  };
  for (const [at, part] of parts.entries()) {
    const own = around[at] as Around;
    if ('variable' in own && !own.asIs) {
      segment += part;
      by = at;
      continue;
    }
    for (const character of part) {
      if (character === '?' || character === '#') {
        end();
        return;
      }
      if (character === '/' || character === '\\') end();
      else segment += character;
    }
  }
  end();
}

// --- JSON ------------------------------------------------------------------------------------------------------------

function ofJson(around: readonly Around[], declared: boolean): Encoding | undefined {
  const quoted = within(around);
  const sample = around.map((part, at) => ('text' in part ? part.text : quoted[at] ? 'x' : '0')).join('');
  const valid = /^\s*[[{]/.test(sample) || declared ? isJson(sample) : false;
  if (!valid && !declared) return undefined;
  return {
    encode: (value, at) => {
      if (quoted[at]) return JSON.stringify(value.toWellFormed()).slice(1, -1);
      return !valid || isJson(value) ? value : unfit(around, at, 'outside of quotes it must be JSON');
    },
  };
}

/** For each part: whether it is inside quotes. */
function within(around: readonly Around[]): boolean[] {
  let quoted = false;
  return around.map((part) => {
    if (!('text' in part)) return quoted;
    for (let at = 0; at < part.text.length; at++) {
      if (quoted && part.text[at] === '\\') at++;
      else if (part.text[at] === '"') quoted = !quoted;
    }
    return quoted;
  });
}

/** JSON, or JSON lines. */
function isJson(text: string): boolean {
  const parses = (one: string): boolean => {
    try {
      JSON.parse(one);
      return true;
    } catch {
      return false;
    }
  };
  return (
    parses(text) ||
    (text.includes('\n') && text.split('\n').every((line) => line.trim() === '' || parses(line)))
  );
}

// --- arguments -------------------------------------------------------------------------------------------------------

function ofArgument(around: readonly Around[]): Encoding {
  return {
    encode: (value, at) =>
      value.includes('\0') ? unfit(around, at, 'an argument must not contain a zero byte') : value,
    check: (parts) => {
      const at = parts.findIndex((part) => part !== '');
      const own = around[at];
      if (own !== undefined && 'variable' in own && !own.asIs && parts[at]?.startsWith('-'))
        unfit(around, at, 'it begins with "-", so it would be an option');
    },
  };
}

function unfit(around: readonly Around[], at: number, reason: string): never {
  const { variable } = around[at] as { variable: string };
  throw automationErrors.error('VARIABLE_UNFIT', { variable, reason });
}
