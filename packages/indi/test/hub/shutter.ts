/**
 * A driver for tests with a device to connect: `node shutter.ts DEVICE [fails=N]`. The first N attempts to connect fail. It
 * tells in the label of CONNECTION which device, configuration and name of its own it was given.
 */
const [device = 'Shutter', ...flags] = process.argv.slice(2);
let fails = Number(flags.find((flag) => flag.startsWith('fails='))?.slice('fails='.length) ?? 0);
let connected = false;

const member = (tag: string, name: string, on: boolean) =>
  `<${tag} name="${name}">${on ? 'On' : 'Off'}</${tag}>`;
const members = (tag: string) => member(tag, 'CONNECT', connected) + member(tag, 'DISCONNECT', !connected);
const say = (xml: string) => process.stdout.write(`${xml}\n`);

let text = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk: string) => {
  text += chunk;
  for (const [element] of text.matchAll(
    /<getProperties[^>]*>|<newSwitchVector[\s\S]*?<\/newSwitchVector>/g,
  )) {
    text = text.slice(text.indexOf(element) + element.length);
    if (element.startsWith('<get')) {
      const { INDIDEV = '', INDICONFIG = '', COLOUR = '' } = process.env;
      const label = [INDIDEV, INDICONFIG, COLOUR].join('|');
      say(
        `<defSwitchVector device="${device}" name="CONNECTION" label="${label}" group="Main" state="Idle" perm="rw" rule="OneOfMany">${members('defSwitch')}</defSwitchVector>`,
      );
      continue;
    }
    const wants = /name=['"]CONNECT['"][^>]*>\s*On/.test(element);
    if (wants && fails > 0) {
      fails--;
      connected = false;
      say(
        `<setSwitchVector device="${device}" name="CONNECTION" state="Alert">${members('oneSwitch')}</setSwitchVector>`,
      );
      continue;
    }
    connected = wants;
    say(
      `<setSwitchVector device="${device}" name="CONNECTION" state="Ok">${members('oneSwitch')}</setSwitchVector>`,
    );
  }
});
process.stdin.on('end', () => process.exit(0));
