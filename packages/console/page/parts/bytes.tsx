/** Bytes as a dump of hexadecimal digits and text, sixteen a line. */
import classes from './bytes.module.css';

const LINE = 16;

/** @param hex two digits a byte, without blanks */
export function Bytes({ hex, label }: { readonly hex: string; readonly label: string }) {
  const lines = Array.from({ length: Math.ceil(hex.length / 2 / LINE) }, (_, i) =>
    hex.slice(i * LINE * 2, (i + 1) * LINE * 2),
  );
  return (
    <figure className={classes.figure}>
      <figcaption className="visually-hidden">{label}</figcaption>
      <pre className={classes.dump}>
        {lines
          .map((line, i) => {
            const bytes = line.match(/../g) ?? [];
            const offset = (i * LINE).toString(16).padStart(4, '0');
            return `${offset}  ${bytes.join(' ').padEnd(LINE * 3 - 1)}  ${bytes.map(printable).join('')}`;
          })
          .join('\n')}
      </pre>
    </figure>
  );
}

function printable(byte: string): string {
  const code = Number.parseInt(byte, 16);
  return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '.';
}
