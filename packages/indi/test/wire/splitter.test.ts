import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Deframer, type FairleadError } from '@fairlead/tcp';
import { type CodecVector, codecSuite } from '@fairlead/testkit';
import { indiElements, indiLimits, type RawElement } from '../../src/index.ts';

const utf8 = (text: string): string => Buffer.from(text).toString('hex');
const vector = (note: string, text: string, elements: string[], error?: string): CodecVector => ({
  note,
  hex: utf8(text),
  frames: elements.map((element) => ({ text: element })),
  ...(error === undefined ? {} : { error }),
});
const one = (note: string, element: string): CodecVector => vector(note, element, [element]);

codecSuite<RawElement, RawElement>(
  'indi',
  indiElements({ maxElement: 120, maxBlob: 200 }),
  [
    one('empty', '<getProperties/>'),
    one('attributes in either quotes', `<a b='"' c="'>'" d = '/'/>`),
    one('children', '<newTextVector device="a > b"><oneText name="x">y</oneText></newTextVector>'),
    one('a tag over several lines, as C++ drivers write', "<message\n  device='A'\n  message='b'\n/>"),
    one('a comment inside', '<a><!-- </a> > -- <b> --></a>'),
    one('CDATA inside', '<a><![CDATA[ </a> ]] ]]]></a>'),
    one('an instruction inside', '<a><?b </a> ?></a>'),
    one('a closing tag with spaces', '<a>1</a \n>'),
    one('multibyte', '<ä ö="ü">€</ä>'),
    vector(
      'an XML declaration before every element',
      "<?xml version='1.0'?>\n<a/><?xml version='1.0'?><b></b>\n",
      ['<a/>', '<b></b>'],
    ),
    vector('a comment between elements', '<!-- <x> --><a/> <!----> <b/>', ['<a/>', '<b/>']),
    vector('stray output between elements', 'Hello, world\n<a/>done.\n<b/>', ['<a/>', '<b/>']),
    one('as large as allowed', `<a>${'x'.repeat(113)}</a>`),
    one('a BLOB, larger than others may be', `<setBLOBVector>${'x'.repeat(168)}</setBLOBVector>`),
    vector('one byte too large', `<a/><a>${'x'.repeat(114)}</a>`, ['<a/>'], 'ELEMENT_TOO_LARGE'),
    vector('a BLOB too large', `<newBLOBVector>${'x'.repeat(190)}`, [], 'ELEMENT_TOO_LARGE'),
    vector('a tag without an end', `<a b="${'x'.repeat(120)}`, [], 'ELEMENT_TOO_LARGE'),
    vector('another tag is closed', '<a/><b><c></b></c>', ['<a/>'], 'XML_UNBALANCED'),
    vector('nothing was opened', '</a>', [], 'XML_SYNTAX'),
    vector('no name', '<a>1 < 2</a>', [], 'XML_SYNTAX'),
    vector('a tag inside a tag', '<a <b/>', [], 'XML_SYNTAX'),
    vector('a document type', '<!DOCTYPE a [<!ENTITY b "c">]><a/>', [], 'XML_SYNTAX'),
    vector('too deep', '<a>'.repeat(17), [], 'XML_TOO_DEEP'),
    vector('cut off', '<a/><b>', ['<a/>'], 'FRAME_TRUNCATED'),
    vector('only spaces', ' \n\t ', []),
  ],
  { show: (element) => ({ text: element.bytes.toString() }) },
);

describe('ElementSplitter', () => {
  const split = (text: string, options = {}, size = Number.POSITIVE_INFINITY): RawElement[] => {
    const deframer = new Deframer(indiElements(options).decoder(), 'indi');
    const bytes = Buffer.from(text);
    const elements: RawElement[] = [];
    for (let at = 0; at < bytes.length; at += size)
      elements.push(...deframer.push(bytes.subarray(at, Math.min(bytes.length, at + size))));
    if (deframer.failure !== undefined) throw deframer.failure;
    return elements;
  };

  it('tells tag and attributes without parsing the rest', () => {
    const [element] = split(
      `<setBLOBVector device='a &amp; "b"' name="c"><oneBLOB name="d"/></setBLOBVector>`,
    );
    assert.equal(element?.tag, 'setBLOBVector');
    assert.equal(element?.device, 'a & "b"');
    assert.equal(element?.name, 'c');
    assert.equal(element?.headLength, `<setBLOBVector device='a &amp; "b"' name="c">`.length);
    assert.equal(element?.isBlob, true);
    assert.equal(split('<a constructor="x"/>')[0]?.attributes.toString, undefined);
  });

  it('refuses attributes that are none, when asked for them', () => {
    for (const bad of ['<a b/>', '<a b=c/>', '<a ="c"/>', '<a b="c" d/>'])
      assert.throws(() => split(bad)[0]?.attributes, { code: 'XML_SYNTAX' });
  });

  it('gives up on a peer that sends no element', () => {
    const noise = 'x'.repeat(indiLimits.values.noise);
    assert.equal(split(`${noise}<a/>${noise}<a/>`, {}, 1_000).length, 2);
    assert.throws(() => split(`${noise}x<a/>`), { code: 'XML_NO_ELEMENT' });
    assert.throws(() => split(`${noise}x<a/>`, {}, 1_000), { code: 'XML_NO_ELEMENT' });
  });

  it('keeps no more of an endless element than the limit', () => {
    const deframer = new Deframer(indiElements({ maxElement: 10_000 }).decoder(), 'indi');
    deframer.push(Buffer.from('<newTextVector>'));
    for (let i = 0; i < 100 && deframer.failure === undefined; i++) deframer.push(Buffer.alloc(1_000, 'x'));
    assert.equal(deframer.failure?.code, 'ELEMENT_TOO_LARGE');
    assert.ok(deframer.pending < 11_100, `${deframer.pending}`);
  });

  for (const size of [1, 7, Number.POSITIVE_INFINITY]) {
    it(`goes on after an error where it is told to, in chunks of ${size}`, () => {
      const errors: FairleadError[] = [];
      const resync = (error: FairleadError): void => void errors.push(error);
      const good = '<getProperties version="1.7"/>';
      const text = `<a><b></a>${good}<message ${good}<newTextVector>${'x'.repeat(300)}</newTextVector>${good}</x>${good}`;
      const elements = split(text, { resync, maxElement: 100 }, size);
      assert.deepEqual(
        elements.map(({ bytes }) => bytes.toString()),
        [good, good, good, good],
      );
      assert.deepEqual(
        errors.map(({ code }) => code),
        ['XML_UNBALANCED', 'XML_SYNTAX', 'ELEMENT_TOO_LARGE', 'XML_SYNTAX'],
      );
    });
  }
});
