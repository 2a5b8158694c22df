const WIDTH = 16;

/**
 * Lines in the format of `hexdump -C`, with sixteen bytes each:
 *
 *     00000000  50 49 4e 47 0d 0a 00 ff  20 20 20                  |PING....   |
 *
 * @param offset of the first byte
 */
export function hexDump(bytes: Uint8Array, offset = 0): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += WIDTH) {
    const row = Buffer.from(bytes.subarray(at, at + WIDTH));
    const pairs = Array.from(row, (byte) => byte.toString(16).padStart(2, '0'));
    const left = pairs.slice(0, 8).join(' ').padEnd(23);
    const right = pairs.slice(8).join(' ').padEnd(23);
    const place = (offset + at).toString(16).padStart(8, '0');
    lines.push(`${place}  ${left}  ${right}  |${printed(row)}|`);
  }
  return lines;
}

function printed(row: Buffer): string {
  return row.toString('latin1').replaceAll(/[^ -~]/g, '.');
}
