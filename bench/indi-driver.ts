/**
 * The driver of the INDI benchmark: `node indi-driver.ts`. Its device executes these requests:
 *
 *     newNumberVector GO    COUNT updates of a number, at once
 *     newNumberVector SHOOT a BLOB of COUNT bytes
 *
 * All messages of one kind have the same length and are created in advance.
 */
const DEVICE = 'Bench';
const AT_ONCE = 100;

const say = (text: string | Buffer) => process.stdout.write(text);
const updates = Buffer.from(
  Array.from(
    { length: AT_ONCE },
    (_, i) =>
      `<setNumberVector device="${DEVICE}" name="POSITION" state="Ok" timeout="60" timestamp="2026-11-20T10:00:00">\n` +
      `  <oneNumber name="RA">${(5 + i / 1_000).toFixed(4)}</oneNumber>\n  <oneNumber name="DEC">${(20 + i / 1_000).toFixed(4)}</oneNumber>\n` +
      '</setNumberVector>\n',
  ).join(''),
);
let picture = Buffer.alloc(0);

function define(name: string, elements: readonly string[]): string {
  const members = elements.map(
    (one) => `<defNumber name="${one}" label="${one}" format="%g" min="0" max="0" step="0">0</defNumber>`,
  );
  return `<defNumberVector device="${DEVICE}" name="${name}" label="${name}" group="Main" state="Idle" perm="rw" timeout="60">${members.join('')}</defNumberVector>\n`;
}

let text = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk: string) => {
  text += chunk;
  for (;;) {
    const end = /<getProperties[^>]*\/>|<pingReply[^>]*\/>|<\/newNumberVector>/.exec(text);
    if (end === null) return;
    const element = text.slice(0, end.index + end[0].length);
    text = text.slice(element.length);
    answer(element);
  }
});
process.stdin.on('end', () => process.exit(0));

function answer(element: string): void {
  if (element.includes('<getProperties')) {
    say(define('GO', ['COUNT']) + define('SHOOT', ['COUNT']) + define('POSITION', ['RA', 'DEC']));
    say(
      `<defBLOBVector device="${DEVICE}" name="PICTURE" label="Picture" group="Main" state="Idle" perm="ro" timeout="60"><defBLOB name="P" label="P"/></defBLOBVector>\n`,
    );
    return;
  }
  const count = Number(/<oneNumber[^>]*>\s*([\d.]+)/.exec(element)?.[1] ?? 0);
  if (/name=['"]GO['"]/.test(element))
    for (let left = count; left > 0; left -= AT_ONCE)
      say(left >= AT_ONCE ? updates : updates.subarray(0, (updates.length / AT_ONCE) * left));
  else if (/name=['"]SHOOT['"]/.test(element)) shoot(count);
}

function shoot(size: number): void {
  if (picture.length === 0) {
    const base64 = Buffer.alloc(size, 0x5a).toString('base64');
    // In lines of 72 characters, as C++ drivers write it: if `enclen` is given, C++ readers assume these line ends, and read
    // beyond the end of the BLOB if they are missing.
    const lines = base64.replace(/.{1,72}/g, '$&\n');
    picture = Buffer.from(
      `<setBLOBVector device="${DEVICE}" name="PICTURE" state="Ok" timeout="60" timestamp="2026-11-20T10:00:00">\n` +
        `<oneBLOB name="P" size="${size}" enclen="${base64.length}" format=".fits">\n${lines}</oneBLOB>\n</setBLOBVector>\n`,
    );
  }
  say(picture);
}
