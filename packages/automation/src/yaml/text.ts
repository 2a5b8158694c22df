/** Texts of YAML, or of JSON, which YAML contains: their value, and where in them everything stands. */
import {
  type Document,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import { automationLimits } from '../limits.ts';
import { type Mistake, type Path, type Place, type Problem, placeOf } from './place.ts';
import { unclosed } from './quotes.ts';

export type ReadYaml =
  | { readonly yaml: YamlText; readonly problems?: undefined }
  | { readonly yaml?: undefined; readonly problems: readonly Problem[] };

export class YamlText {
  readonly value: unknown;
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(value: unknown, document: Document, lines: LineCounter) {
    this.value = value;
    this.#document = document;
    this.#lines = lines;
  }

  /** Where the nearest thing on the way to `path` begins: the key where there is one, else the value. */
  place(path: Path): Place {
    const document = this.#document;
    for (let depth = path.length; depth >= 0; depth--) {
      const above = depth === 0 ? undefined : document.getIn(path.slice(0, depth - 1), true);
      const pair = isMap(above)
        ? above.items.find(({ key }) => isScalar(key) && String(key.value) === String(path[depth - 1]))
        : undefined;
      const value = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true);
      const node = pair === undefined ? value : pair.key;
      if (isNode(node) && node.range) return placeAt(this.#lines, node.range[0]);
    }
    return { line: 1, column: 1 };
  }

  /** Mistakes by line, in the order of the text; the first of many. */
  problems(mistakes: readonly Mistake[]): Problem[] {
    return mistakes
      .map(({ path, reason }) => ({ ...this.place(path), path: placeOf(path), reason }))
      .sort((a, b) => a.line - b.line || a.column - b.column)
      .slice(0, automationLimits.values.problems);
  }
}

/** Reads a text, or says what keeps it from being read. */
export function readYaml(text: string, longest = Number.POSITIVE_INFINITY): ReadYaml {
  const whole = (reason: string) => ({ problems: [{ line: 1, column: 1, path: '', reason }] });
  if (Buffer.byteLength(text) > longest) return whole(`the text is longer than ${longest} bytes`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  if (document.errors.length > 0) {
    return {
      problems: document.errors.slice(0, automationLimits.values.problems).map((error) => {
        const { at, reason } = unclosed(document, error) ?? { at: error.pos[0], reason: wordsOf(error) };
        return { ...placeAt(lines, at), path: '', reason: reason.replace(/\.$/, '') };
      }),
    };
  }
  const odd = oddKeys(document);
  if (odd.length > 0)
    return { problems: odd.map(({ at, reason }) => ({ ...placeAt(lines, at), path: '', reason })) };
  try {
    // Aliases may stand for more than memory holds; yaml counts them and throws.
    return { yaml: new YamlText(document.toJS({ maxAliasCount: 100 }), document, lines) };
  } catch (error) {
    return whole((error as Error).message);
  }
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

/** What the parser says to programmers, in words for everybody. */
const WORDS: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'a second document begins here; one file holds one',
  BLOCK_AS_IMPLICIT_KEY: 'a text with ": " in it needs quotes around it',
  DUPLICATE_KEY: 'this key stands twice',
  BAD_ALIAS: 'a text that begins with * or & needs quotes around it',
};

function wordsOf({ code, message }: YAMLError): string {
  const quotes = code === 'BAD_SCALAR_START' ? '; put quotes around the text' : '';
  return (WORDS[code] ?? message) + quotes;
}

/** Keys that are no texts. A map is what {{...}} without quotes is to YAML, and never what was meant. */
function oddKeys(document: Document): { at: number; reason: string }[] {
  const found: { at: number; reason: string }[] = [];
  visit(document, {
    Pair(_key, { key }) {
      if (!isNode(key) || isScalar(key) || !key.range) return undefined;
      if (isMap(key))
        found.push({ at: key.range[0] - 1, reason: 'a text that begins with {{ needs quotes around it' });
      else
        found.push({ at: key.range[0], reason: 'a key is a text; put quotes around it if it is meant so' });
      return visit.SKIP;
    },
  });
  return found.slice(0, automationLimits.values.problems);
}
