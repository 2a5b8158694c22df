import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FairleadError } from '@fairlead/core';
import { Deframer } from '@fairlead/tcp';
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

  describe('a BLOB that is larger than a chunk', () => {
    const base64 = 'QUJD'.repeat(60_000);
    const blob =
      `<setBLOBVector device="C" name="P"><!-- ${'-x'.repeat(20_000)} -->` +
      `<oneBLOB name="A" size="180000">${base64}</oneBLOB><oneBLOB name="B">${base64}</oneBLOB >\n</setBLOBVector>`;
    const after = '<message message="after"/>';

    for (const size of [33_000, 40_001, 65_536, 200_000])
      it(`is not joined until somebody asks, in chunks of ${size}`, () => {
        const [element, next] = split(blob + after, {}, size);
        assert.ok((element?.pieces.length ?? 0) > 1);
        assert.equal(element?.tag, 'setBLOBVector');
        assert.equal(element?.name, 'P');
        assert.equal(Buffer.concat(element?.pieces ?? []).toString(), blob);
        assert.equal(element?.bytes.toString(), blob);
        assert.equal(next?.bytes.toString(), after);
      });

    it('is refused when its tags do not pair, wherever they were opened', () => {
      for (const wrong of [
        '</setBLOBVector>',
        '</oneBLOB></oneBLOB>',
        '</oneblob>',
        '</oneBLOB></setBLOBVector></a>',
      ])
        assert.throws(
          () => split(`<setBLOBVector device="C"><oneBLOB size="1">${base64}${wrong}`, {}, 40_000),
          /is closed by|nothing opened/,
          wrong,
        );
    });

    it('that is cut off is missed, and waits visibly until then', () => {
      const deframer = new Deframer(indiElements().decoder(), 'indi');
      const half = Buffer.from(blob.slice(0, 150_000));
      for (let at = 0; at < half.length; at += 50_000) deframer.push(half.subarray(at, at + 50_000));
      assert.equal(deframer.pending, half.length);
      deframer.end();
      assert.equal(deframer.failure?.code, 'FRAME_TRUNCATED');
      assert.match(deframer.failure?.message ?? '', /150,?000/);
    });

    it('is refused at the limit, which counts what was set aside', () => {
      for (const size of [1_000, 40_000]) {
        const options = { maxBlob: 100_000 };
        assert.throws(() => split(blob, options, size), {
          code: 'ELEMENT_TOO_LARGE',
          message: /setBLOBVector/,
        });
      }
    });

    it('that is refused takes nothing of what follows with it', () => {
      const errors: string[] = [];
      const resync = ({ code }: FairleadError): void => void errors.push(code);
      const elements = split(
        `<setBLOBVector device="C"><oneBLOB size="1">${base64}</oops>${after}`,
        { resync },
        40_000,
      );
      assert.deepEqual(elements.map(String), [after]);
      assert.deepEqual(errors, ['XML_UNBALANCED']);
    });
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

    it(`takes what is none of INDI's for an error where it is told to, in chunks of ${size}`, () => {
      const errors: FairleadError[] = [];
      const resync = (error: FairleadError): void => void errors.push(error);
      const good = [
        '<getProperties version="1.7"/>',
        '<message device="A" message="<"/>',
        '<delProperty device="A"></delProperty>',
      ];
      const elements = split(
        `${good[0]}<b>${good[1]}${good[2]}<setNumbers></setNumbers><x/>${good[2]}`,
        { resync, indiOnly: true },
        size,
      );
      assert.deepEqual(elements.map(String), [good[0], good[1], good[2], good[2]]);
      assert.deepEqual(
        errors.map(({ code, details }) => [code, details.tag]),
        ['b', 'setNumbers'].map((tag) => ['ELEMENT_FOREIGN', tag]),
      );
      assert.deepEqual(split('<b></b>', {}, size).map(String), ['<b></b>']);
    });
  }
});
