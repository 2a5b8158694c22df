/** CSV (RFC 4180) with a line of names at its head. */

type Cell = string | number | boolean;

/**
 * The rows as objects. A cell that is a number, `true` or `false` becomes one; an empty cell is left out; a separator of `;` is
 * recognised by the first line.
 *
 * @param fail makes the error of a text that is no such table
 */
export function csvRows(text: string, fail: (reason: string) => Error): Record<string, Cell>[] {
  const clean = text.replace(/^\ufeff/, '');
  const [firstLine = ''] = clean.split(/\r?\n/, 1);
  const separator = firstLine.includes(';') && !firstLine.includes(',') ? ';' : ',';
  const [names, ...rows] = cells(clean, separator, fail).filter((row) =>
    row.some((cell) => cell.text !== ''),
  );
  if (names === undefined) throw fail('it is empty; the first line has the names of the columns');
  return rows.map((row, i) => {
    if (row.length > names.length)
      throw fail(`row ${i + 2} has ${row.length} cells, but there are ${names.length} names`);
    return Object.fromEntries(
      row.flatMap((cell, column) => {
        const name = names[column]?.text.trim();
        return name && cell.text.trim() !== '' ? [[name, cellValue(cell)]] : [];
      }),
    );
  });
}

interface Field {
  readonly text: string;
  /** Quoted text stays text. */
  readonly quoted: boolean;
}

function cellValue({ text, quoted }: Field): Cell {
  if (quoted) return text;
  const plain = text.trim();
  if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(plain)) return Number(plain);
  return plain === 'true' ? true : plain === 'false' ? false : plain;
}

const FIELD = {
  ',': /(?:"((?:[^"]|"")*)"[ \t]*|([^",\r\n][^,\r\n]*)?)(,|\r?\n|$)/y,
  ';': /(?:"((?:[^"]|"")*)"[ \t]*|([^";\r\n][^;\r\n]*)?)(;|\r?\n|$)/y,
};

function cells(text: string, separator: ',' | ';', fail: (reason: string) => Error): Field[][] {
  const field = new RegExp(FIELD[separator]);
  const rows: Field[][] = [[]];
  for (let at = 0; at <= text.length; ) {
    field.lastIndex = at;
    const found = field.exec(text);
    if (found === null) throw fail(`row ${rows.length}: a quoted cell is not closed, or text follows it`);
    const [whole, quoted, plain = '', end = ''] = found;
    (rows.at(-1) as Field[]).push(
      quoted === undefined
        ? { text: plain, quoted: false }
        : { text: quoted.replaceAll('""', '"'), quoted: true },
    );
    at += whole.length;
    if (end === '') break;
    if (end !== separator) rows.push([]);
  }
  return rows;
}
