import { type Document, visit, type YAMLError } from 'yaml';

/** Reports an unclosed quote where it opens. The parser notices it only at the end of the text. */
export function unclosedQuote(
  document: Document,
  { code, message, pos }: YAMLError,
): { at: number; reason: string } | undefined {
  const quote = /^Missing closing (["'])quote/.exec(message)?.[1];
  if (code !== 'MISSING_CHAR' || quote === undefined) return undefined;
  let at: number | undefined;
  visit(document, {
    Scalar(_key, { range, type }) {
      const isQuoted = type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE';
      if (isQuoted && range && range[0] < pos[0] && range[1] >= pos[0]) at = range[0];
    },
  });
  return at === undefined
    ? undefined
    : { at, reason: `the text that begins here with ${quote} has no closing ${quote}` };
}
