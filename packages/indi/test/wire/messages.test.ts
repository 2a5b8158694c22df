import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ByteSink, Deframer } from '@fairlead/tcp';
import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import {
  blobValue,
  encodeMessage,
  type IndiMessage,
  indiElements,
  type PropertyType,
  parseMessage,
  parseXml,
  printMessage,
} from '../../src/index.ts';

const parse = (text: string): IndiMessage | undefined => parseMessage(Buffer.from(text));
const timestamp = Date.UTC(2026, 10, 20, 10, 5, 48);

describe('parseMessage', () => {
  it('reads what a C++ driver defines', () => {
    const message = parse(`<?xml version='1.0'?>
<defNumberVector
  device='LX200 Basic'
  name='POLLING_PERIOD'
  label='Polling'
  group='Options'
  state='Idle'
  perm='rw'
  timeout='0'
  timestamp='2026-11-20T10:05:48'
>
  <defNumber
    name='PERIOD_MS'
    label='Period (ms)'
    format='%.f'
    min='10'
    max='600000'
    step='1000'>
      1000
  </defNumber>
</defNumberVector>`);
    assert.deepEqual(message, {
      tag: 'defNumberVector',
      type: 'Number',
      device: 'LX200 Basic',
      name: 'POLLING_PERIOD',
      label: 'Polling',
      group: 'Options',
      state: 'Idle',
      perm: 'rw',
      timeout: 0,
      rule: undefined,
      timestamp,
      message: undefined,
      members: [
        {
          name: 'PERIOD_MS',
          label: 'Period (ms)',
          value: 1_000,
          format: '%.f',
          min: 10,
          max: 600_000,
          step: 1_000,
        },
      ],
    });
  });

  it('puts up with what may be missing, is unknown, or stands elsewhere', () => {
    const message = parse(
      `<defSwitchVector name="B" zoom='1' device="A"><hint/><defSwitch name="C"> On </defSwitch></defSwitchVector>`,
    );
    assert.equal(message?.tag, 'defSwitchVector');
    const {
      label,
      group,
      state,
      perm,
      timeout,
      rule,
      members,
      timestamp: time,
    } = message as typeof message & object;
    assert.deepEqual(
      [label, group, state, perm, timeout, rule, time],
      ['B', '', 'Idle', 'rw', 0, 'AnyOfMany', undefined],
    );
    assert.deepEqual(members, [{ name: 'C', label: 'C', value: true }]);
    assert.equal(parse('<setSwitchVector device="A" name="B"/>')?.tag, 'setSwitchVector');
    assert.equal(parse('<somethingElse device="A"/>'), undefined);
    assert.equal(parse('<newLightVector device="A" name="B"/>'), undefined);
    assert.deepEqual(parse('<getProperties/>'), {
      tag: 'getProperties',
      version: undefined,
      device: undefined,
      name: undefined,
    });
  });

  it('reads sexagesimal, and entities of all kinds', () => {
    const message = parse(
      `<newNumberVector device="A &amp; &#66;&#x43;" name="B"><oneNumber name="C">-12:30</oneNumber></newNumberVector>`,
    );
    assert.deepEqual(message, {
      tag: 'newNumberVector',
      type: 'Number',
      device: 'A & BC',
      name: 'B',
      timestamp: undefined,
      members: [{ name: 'C', value: -12.5 }],
    });
    const text = parse(
      '<newTextVector device="A" name="B"><oneText name="C"> a<![CDATA[<&lt;]]>&unknown; </oneText></newTextVector>',
    );
    assert.deepEqual((text as { members: unknown }).members, [{ name: 'C', value: 'a<&lt;&unknown;' }]);
  });

  it('says what is wrong with what makes no sense', () => {
    const refused: [string, string, RegExp][] = [
      ['<newTextVector name="B"/>', 'INDI_ATTRIBUTE_MISSING', /"device"/],
      ['<newTextVector device="" name="B"/>', 'INDI_ATTRIBUTE_MISSING', /"device"/],
      ['<setTextVector device="A"/>', 'INDI_ATTRIBUTE_MISSING', /"name"/],
      [
        '<newTextVector device="A" name="B"><oneText>x</oneText></newTextVector>',
        'INDI_ATTRIBUTE_MISSING',
        /oneText/,
      ],
      [
        '<newNumberVector device="A" name="B"><oneNumber name="C">x</oneNumber></newNumberVector>',
        'INDI_VALUE_INVALID',
        /C: "x" is not a number/,
      ],
      [
        '<newSwitchVector device="A" name="B"><oneSwitch name="C">1</oneSwitch></newSwitchVector>',
        'INDI_VALUE_INVALID',
        /On or Off/,
      ],
      ['<enableBLOB device="A">Sometimes</enableBLOB>', 'INDI_VALUE_INVALID', /Never, Also or Only/],
      [
        '<newBLOBVector device="A" name="B"><oneBLOB name="C"/></newBLOBVector>',
        'INDI_ATTRIBUTE_MISSING',
        /"size"/,
      ],
      [
        '<newBLOBVector device="A" name="B"><oneBLOB name="C" size="abc"/></newBLOBVector>',
        'INDI_VALUE_INVALID',
        /size of C/,
      ],
      [
        '<newBLOBVector device="A" name="B"><oneBLOB name="C" size="-1"/></newBLOBVector>',
        'INDI_VALUE_INVALID',
        /size of C/,
      ],
      ['<pingRequest/>', 'INDI_ATTRIBUTE_MISSING', /"uid"/],
      ['<a></b>', 'XML_UNBALANCED', /<a>/],
      ['<a>', 'XML_SYNTAX', /never closed/],
      ['<a/><b/>', 'XML_SYNTAX', /second element/],
      ['x<a/>', 'XML_SYNTAX', /outside/],
      [`${'<a>'.repeat(17)}${'</a>'.repeat(17)}`, 'XML_TOO_DEEP', /16/],
    ];
    for (const [text, code, reason] of refused)
      assert.throws(() => parse(text), { code, message: reason }, text);
  });
});

describe('printMessage', () => {
  const each: IndiMessage[] = [
    { tag: 'getProperties', version: '1.7', device: 'A', name: 'B' },
    { tag: 'getProperties', version: '1.7', device: undefined, name: undefined },
    { tag: 'delProperty', device: 'A', name: undefined, timestamp, message: 'gone' },
    { tag: 'message', device: undefined, timestamp, message: `"it's" <&> line 1\nline 2` },
    { tag: 'enableBLOB', device: 'A', name: 'B', policy: 'Only' },
    { tag: 'pingRequest', uid: 'SetBLOB/1' },
    { tag: 'pingReply', uid: 'SetBLOB/1' },
  ];

  it('writes what is read back', () => {
    for (const message of each) assert.deepEqual(parseMessage(encodeMessage(message)), message);
    fc.assert(
      fc.property(vectors, (message) => {
        assert.deepEqual(parseMessage(encodeMessage(message)), plain(message));
      }),
    );
  });

  it('writes BLOBs by reference', () => {
    const value = blobValue(Buffer.alloc(9_000, 1), '.fits');
    const sink = new ByteSink();
    const message = {
      tag: 'setBLOBVector',
      type: 'BLOB',
      device: 'A',
      name: 'B',
      members: [{ name: 'C', value }],
    } as const;
    printMessage(message, sink);
    assert.ok(sink.flush().includes(value.base64));
  });

  it('writes base64 as C++ readers can take it: in one line, its length untold', () => {
    const value = blobValue(Buffer.alloc(100, 1), '.fits');
    const members = [{ name: 'C', value }];
    const message = { tag: 'setBLOBVector', type: 'BLOB', device: 'A', name: 'B', members } as const;
    const base64 = Buffer.alloc(100, 1).toString('base64');
    assert.ok(
      encodeMessage(message)
        .toString()
        .includes(`<oneBLOB name="C" size="100" format=".fits">${base64}</oneBLOB>`),
    );
  });

  it('refuses what XML cannot hold, and numbers that are none', () => {
    const refuses = (message: IndiMessage): void => {
      const sink = new ByteSink();
      assert.throws(() => printMessage(message, sink), { code: 'MESSAGE_NOT_ENCODABLE' });
      assert.equal(sink.length, 0);
    };
    refuses({ tag: 'message', message: 'bell \u0007' });
    refuses({ tag: 'message', device: '\ud800', message: '' });
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
      refuses({
        tag: 'newNumberVector',
        type: 'Number',
        device: 'A',
        name: 'B',
        members: [{ name: 'C', value }],
      });
    const attached = { size: 1, format: '', base64: Buffer.alloc(0), attached: true };
    refuses({
      tag: 'newBLOBVector',
      type: 'BLOB',
      device: 'A',
      name: 'B',
      members: [{ name: 'C', value: attached }],
    });
  });
});

describe('parseXml', () => {
  it('reads what another parser reads', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const xml = `<?xml version='1.0'?>\n${printTree(tree)}`;
        const shown: string[] = [];
        const show = (element: ReturnType<typeof parseXml>): void => {
          shown.push(element.name, JSON.stringify({ ...element.attributes }));
          for (const child of element.children) show(child);
          shown.push(element.text);
        };
        show(parseXml(Buffer.from(xml)));
        assert.deepEqual(shown, throughSaxes(xml));
      }),
    );
  });

  it('finds the elements of any text that are well-formed', () => {
    fc.assert(
      fc.property(fc.array(trees, { minLength: 1, maxLength: 4 }), (some) => {
        const deframer = new Deframer(indiElements().decoder(), 'indi');
        const found = deframer.push(Buffer.from(some.map((tree) => `\n${printTree(tree)}`).join('')));
        assert.equal(deframer.failure, undefined);
        assert.deepEqual(found.map(String), some.map(printTree));
      }),
    );
  });
});

/** Records of fast-check have no prototype. */
function plain(message: IndiMessage): IndiMessage {
  const { members } = message as unknown as { members: object[] };
  return { ...message, members: members.map((member) => ({ ...member })) } as unknown as IndiMessage;
}

interface Tree {
  readonly name: string;
  readonly attributes: readonly (readonly [string, string])[];
  readonly content: readonly (string | Tree)[];
}

const names = fc.stringMatching(/^[a-zA-Z_][\w.-]{0,6}$/);
const words = fc.string({
  unit: fc.constantFrom('a', 'b', ' ', '<', '>', '&', "'", '"', '\n', ']', '-', '€', '😀'),
});
const trees: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    name: names,
    attributes: fc.uniqueArray(fc.tuple(names, words), { maxLength: 3, selector: ([name]) => name }),
    content: fc.oneof(
      { maxDepth: 4 },
      fc.array(words, { maxLength: 1 }),
      fc.array(fc.oneof(words, tie('tree')), { maxLength: 4 }),
    ),
  }),
})).tree;

function printTree({ name, attributes, content }: Tree): string {
  const quoted = (text: string): string =>
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&#34;')
      .replaceAll('\n', '&#x0a;');
  const head = attributes.map(([key, value]) => ` ${key}="${quoted(value)}"`).join('');
  const inner = content.map((part) => (typeof part === 'string' ? quoted(part) : printTree(part))).join('');
  return inner === '' ? `<${name}${head}/>` : `<${name}${head}>${inner}</${name}>`;
}

/** The same walk by another program: names, attributes and text in the order in which elements end. */
function throughSaxes(xml: string): string[] {
  const shown: string[] = [];
  const texts: string[] = [];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => {
    shown.push(name, JSON.stringify(attributes));
    texts.push('');
  });
  parser.on('text', (text) => {
    if (texts.length > 0) texts[texts.length - 1] += text;
  });
  parser.on('closetag', () => shown.push((texts.pop() as string).trim()));
  parser.write(xml).close();
  return shown;
}

const text = fc.string({ unit: 'grapheme' }).filter((some) => !/[\p{Cc}\ufffe\uffff]/u.test(some));
const word = text.filter((some) => some !== '');
const trimmed = text.map((some) => some.trim());
const times = fc.option(
  fc.integer({ min: 0, max: 4e9 }).map((s) => s * 1_000),
  { nil: undefined },
);
const state = fc.constantFrom('Idle', 'Ok', 'Busy', 'Alert');
const values = {
  Text: trimmed,
  Number: fc.double({ noNaN: true, noDefaultInfinity: true }),
  Switch: fc.boolean(),
  Light: state,
};

const vectors: fc.Arbitrary<IndiMessage> = fc
  .tuple(
    fc.constantFrom('def', 'set', 'new'),
    fc.constantFrom<Exclude<PropertyType, 'BLOB'>[]>('Text', 'Number', 'Switch', 'Light'),
  )
  .filter(([verb, type]) => verb !== 'new' || type !== 'Light')
  .chain(([verb, type]) => {
    const base = {
      tag: fc.constant(`${verb}${type}Vector`),
      type: fc.constant(type),
      device: word,
      name: word,
    };
    const member = { name: word, value: values[type] };
    if (verb === 'new') return fc.record({ ...base, timestamp: times, members: fc.array(fc.record(member)) });
    const note = { timestamp: times, message: fc.option(text, { nil: undefined }) };
    const seconds = fc.integer({ min: 0, max: 1_000 });
    if (verb === 'set')
      return fc.record({
        ...base,
        state: fc.option(state, { nil: undefined }),
        timeout: type === 'Light' ? fc.constant(undefined) : fc.option(seconds, { nil: undefined }),
        ...note,
        members: fc.array(fc.record(member)),
      });
    const range = { format: word, min: values.Number, max: values.Number, step: values.Number };
    return fc.record({
      ...base,
      label: word,
      group: text,
      state,
      perm: type === 'Light' ? fc.constant('ro') : fc.constantFrom('ro', 'wo', 'rw'),
      timeout: type === 'Light' ? fc.constant(0) : seconds,
      rule:
        type === 'Switch' ? fc.constantFrom('OneOfMany', 'AtMostOne', 'AnyOfMany') : fc.constant(undefined),
      ...note,
      members: fc.array(
        fc.record({ name: word, label: word, value: values[type], ...(type === 'Number' ? range : {}) }),
      ),
    });
  }) as unknown as fc.Arbitrary<IndiMessage>;
