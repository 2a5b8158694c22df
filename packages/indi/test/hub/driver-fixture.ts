/**
 * A driver for tests, as small as one can be: `node driver-fixture.ts DEVICE [snoop=DEVICE]`. It needs no package, so that
 * it starts at once. It defines NUMBER, SWITCH and, when asked, sends what the test wants:
 *
 *     newNumberVector NUMBER   echoes the value, state Ok
 *     newTextVector ECHO       sends the text of its element as it is: any XML
 *     newTextVector EXIT       exits
 *     newTextVector SHOOT      sends a small picture
 *     newTextVector NAP        reads nothing for so many milliseconds
 */
const [device = 'Fixture', ...flags] = process.argv.slice(2);
const snoop = flags.find((flag) => flag.startsWith('snoop='))?.slice('snoop='.length);
const stubborn = flags.includes('stubborn');
const declared = flags.includes('declared') ? "<?xml version='1.0'?>\n" : '';

function say(xml: string): void {
  process.stdout.write(`${declared}${xml}\n`);
}

function define(): void {
  say(
    `<defNumberVector device="${device}" name="NUMBER" label="Number" group="Main" state="Idle" perm="rw" timeout="5">` +
      '<defNumber name="VALUE" label="Value" format="%g" min="0" max="100" step="1">1</defNumber></defNumberVector>',
  );
  say(
    `<defTextVector device='${device}' name='ECHO' label='Echo' group='Main' state='Idle' perm='rw' timeout='5'>` +
      "<defText name='XML' label='XML'></defText></defTextVector>",
  );
  say(
    `<defBLOBVector device="${device}" name="PICTURE" label="Picture" group="Main" state="Idle" perm="ro" timeout="5">` +
      '<defBLOB name="IMAGE" label="Image"/></defBLOBVector>',
  );
}

let buffered = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (text: string) => {
  buffered += text;
  const elements =
    buffered.match(
      /<getProperties[^>]*\/>|<pingReply[^>]*\/>|<(new|set|def)(\w+)Vector[\s\S]*?<\/\1\2Vector>/g,
    ) ?? [];
  for (const element of elements) {
    buffered = buffered.slice(buffered.indexOf(element) + element.length);
    answer(element);
  }
});
process.stdin.on('end', () => {
  if (!stubborn) process.exit(0);
});
if (stubborn) {
  process.on('SIGTERM', () => {});
  setInterval(() => {}, 1_000);
}

function answer(element: string): void {
  if (element.startsWith('<getProperties')) {
    // What a C++ driver does.
    const version = /version=['"]([^'"]*)['"]/.exec(element)?.[1];
    if (version === undefined || Number(version) > 1.7) process.exit(1);
    const asked = /device=['"]([^'"]*)['"]/.exec(element)?.[1];
    if (asked === undefined || asked === device) define();
    if (asked === undefined && snoop !== undefined) say(`<getProperties version="1.7" device="${snoop}"/>`);
    return;
  }
  if (element.startsWith('<pingReply')) {
    say(`<message device="${device}" message="ping answered ${/uid=['"]([^'"]*)/.exec(element)?.[1]}"/>`);
    return;
  }
  const name = /name=['"]([^'"]*)['"]/.exec(element)?.[1];
  const of = /device=['"]([^'"]*)['"]/.exec(element)?.[1];
  if (of !== device) {
    say(
      `<message device="${device}" message="snooped ${of} ${name}${element.includes('enclen') ? ', told enclen' : ''}"/>`,
    );
    return;
  }
  const value = /<one\w+ [^>]*>([\s\S]*?)<\/one/.exec(element)?.[1]?.trim() ?? '';
  if (name === 'EXIT') process.exit(3);
  if (name === 'SHOOT')
    say(
      `<setBLOBVector device="${device}" name="PICTURE" state="Ok"><oneBLOB name="IMAGE" size="3" format=".x">QUJD</oneBLOB></setBLOBVector>`,
    );
  if (name === 'NAP') {
    process.stdin.pause();
    setTimeout(() => process.stdin.resume(), Number(value));
  }
  if (name === 'ECHO')
    say(
      value
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&quot;', '"')
        .replaceAll('&apos;', "'")
        .replaceAll('&amp;', '&'),
    );
  if (name === 'NUMBER')
    say(
      `<setNumberVector device="${device}" name="NUMBER" state="Ok" timestamp="2026-11-20T00:00:00"><oneNumber name="VALUE">${value}</oneNumber></setNumberVector>`,
    );
}
