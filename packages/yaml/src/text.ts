/** Parses YAML, or JSON, which YAML contains, and keeps the position of every value. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { isNestedDeeper } from './depth.ts';
import { yamlLimits } from './limits.ts';
import { formatPath, MAX_MISTAKES, type Mistake, type Path, type Position, type Problem } from './path.ts';
import { unclosedQuote } from './quotes.ts';

export type ReadYaml =
  | { readonly yaml: YamlText; readonly problems?: undefined }
  | { readonly yaml?: undefined; readonly problems: readonly Problem[] };

export class YamlText {
  readonly value: unknown;
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #known = new Map<YAMLMap, ReadonlyMap<string, Pair>>();

  constructor(value: unknown, document: Document, lines: LineCounter) {
    this.value = value;
    this.#document = document;
    this.#lines = lines;
  }

  /** The position of the key or value at `path`, or of the nearest one above it. */
  position(path: Path): Position {
    let node: unknown = this.#document.contents;
    let at = isNode(node) && node.range ? node.range[0] : 0;
    for (const part of path) {
      const pair = isMap(node) ? this.#pairs(node).get(String(part)) : undefined;
      node = pair === undefined ? itemOf(node, part) : pair.value;
      const shown = pair === undefined ? node : pair.key;
      if (!isNode(shown) || !shown.range) break;
      at = shown.range[0];
      if (isAlias(node)) node = node.resolve(this.#document);
    }
    return positionAt(this.#lines, at);
  }

  /** The pairs of a map by their keys. Cached, because many positions may be asked for. */
  #pairs(map: YAMLMap): ReadonlyMap<string, Pair> {
    const known = this.#known.get(map);
    if (known !== undefined) return known;
    const pairs = new Map(
      map.items.flatMap((pair) => (isScalar(pair.key) ? [[String(pair.key.value), pair]] : [])),
    );
    this.#known.set(map, pairs);
    return pairs;
  }

  /** The first mistakes with their positions, in the order of the text. */
  problems(mistakes: readonly Mistake[]): Problem[] {
    return mistakes
      .slice(0, MAX_MISTAKES)
      .map(({ path, reason }) => ({ ...this.position(path), path: formatPath(path), reason }))
      .sort((a, b) => a.line - b.line || a.column - b.column)
      .slice(0, yamlLimits.values.problems);
  }
}

const itemOf = (list: unknown, at: string | number): unknown =>
  isSeq(list) ? list.items[Number(at)] : undefined;

/** Parses a text in linear time. Returns its problems if it cannot be parsed. */
export function readYaml(text: string, longest: number = yamlLimits.values.text): ReadYaml {
  const whole = (reason: string) => ({ problems: [{ line: 1, column: 1, path: '', reason }] });
  if (new TextEncoder().encode(text).length > longest)
    return whole(`the text is longer than ${longest} bytes`);
  const { nesting: levels } = yamlLimits.values;
  const deep = () => whole(`it is nested deeper than ${levels} levels`);
  const lines = new LineCounter();
  // The parser's check for duplicate keys is quadratic: oddKeys() does it instead.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
  if (document.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) return deep();
  if (document.errors.length > 0) {
    return {
      problems: document.errors.slice(0, yamlLimits.values.problems).map((error) => {
        const { at, reason } = unclosedQuote(document, error) ?? { at: error.pos[0], reason: wordsOf(error) };
        return { ...positionAt(lines, at), path: '', reason: reason.replace(/\.$/, '') };
      }),
    };
  }
  const odd = oddKeys(document);
  if (odd.length > 0)
    return { problems: odd.map(({ at, reason }) => ({ ...positionAt(lines, at), path: '', reason })) };
  try {
    // Aliases may expand to more than memory holds; yaml counts them and throws.
    const value = document.toJS({ maxAliasCount: 100 });
    return isNestedDeeper(value, levels) ? deep() : { yaml: new YamlText(value, document, lines) };
  } catch (error) {
    return error instanceof RangeError ? deep() : whole((error as Error).message);
  }
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

/** Messages of the parser in words for users. */
const WORDS: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'a second document begins here; a file must contain one document',
  BLOCK_AS_IMPLICIT_KEY: 'a text that contains ": " needs quotes',
  DUPLICATE_KEY: 'this key is a duplicate',
  BAD_ALIAS: 'a text that begins with * or & needs quotes',
};

function wordsOf({ code, message }: YAMLError): string {
  const quotes = code === 'BAD_SCALAR_START' ? '; put quotes around the text' : '';
  return (WORDS[code] ?? message) + quotes;
}

/** Keys that are not texts, duplicate keys, and too many aliases. To YAML, {{...}} without quotes is a map as a key. */
function oddKeys(document: Document): { at: number; reason: string }[] {
  const found: { at: number; reason: string }[] = [];
  // Resolving an alias takes time linear in the whole text.
  const { aliases: most } = yamlLimits.values;
  let aliases = 0;
  const tell = (at: number, reason: string) => void found.push({ at, reason });
  visit(document, {
    Map(_key, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) tell(key.range?.[0] ?? 0, WORDS.DUPLICATE_KEY as string);
        seen.add(key.value);
      }
    },
    Alias(_key, { range }) {
      if (++aliases === most + 1) tell(range?.[0] ?? 0, `there are more than ${most} aliases (*name)`);
    },
    Pair(_key, { key }) {
      if (!isNode(key) || isScalar(key) || !key.range) return undefined;
      if (isMap(key)) tell(key.range[0] - 1, 'a text that begins with {{ needs quotes');
      else tell(key.range[0], 'a key must be a text; put quotes around it');
      return visit.SKIP;
    },
  });
  return found.sort((a, b) => a.at - b.at).slice(0, yamlLimits.values.problems);
}
