/** An INDI driver as small as one can be: a lamp that may be dimmed, and that burns out above 90. */
const define =
  '<defNumberVector device="Lamp 1" name="BRIGHTNESS" label="Brightness" group="Main" state="Idle" perm="rw" timeout="5">' +
  '<defNumber name="PERCENT" label="Percent" format="%g" min="0" max="100" step="1">10</defNumber></defNumberVector>\n';
const set = (state: string, value: string) =>
  `<setNumberVector device="Lamp 1" name="BRIGHTNESS" state="${state}"><oneNumber name="PERCENT">${value}</oneNumber></setNumberVector>\n`;

let text = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk: string) => {
  text += chunk;
  for (const [element] of text.matchAll(
    /<getProperties[^>]*\/>|<newNumberVector[\s\S]*?<\/newNumberVector>/g,
  )) {
    text = text.slice(text.indexOf(element) + element.length);
    const value = />\s*([\d.]+)\s*<\/oneNumber>/.exec(element)?.[1];
    if (value === undefined) process.stdout.write(define);
    else if (Number(value) > 90)
      process.stdout.write(`<message device="Lamp 1" message="Too bright."/>\n${set('Alert', value)}`);
    else process.stdout.write(set('Ok', value));
  }
});
process.stdin.on('end', () => process.exit(0));
