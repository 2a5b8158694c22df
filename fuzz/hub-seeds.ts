/** Elements for a hub and from drivers. The first three are the beginnings of clients. None changes the checked numbers. */
const base64 = 'QUJD'.repeat(20_000);

export const HUB_SEEDS: readonly Buffer[] = [
  '<getProperties version="1.7"/>',
  '<getProperties device="*" version="1.7" via="0123abcd.1 89abcdef.0"/>',
  '<enableBLOB device="Good">Also</enableBLOB><getProperties version="1.7" device="Good"/>',
  '<getProperties/><getProperties version="9" device="Good" name="OTHER"/>',
  '<newNumberVector device="Good" name="OTHER"><oneNumber name="N">1</oneNumber></newNumberVector>',
  '<newTextVector device="Evil" name="T"><oneText name="X">&lt;<![CDATA[ </oneText> ]]></oneText></newTextVector>',
  '<newBLOBVector device="Good" name="UPLOAD"><oneBLOB name="B" size="5" format=".txt">aGVsbG8=</oneBLOB></newBLOBVector>',
  `<newBLOBVector device="Good" name="UPLOAD"><oneBLOB name="B" size="60000" format=".x">${base64}</oneBLOB></newBLOBVector>`,
  '<newBLOBVector device="Good" name="UPLOAD"><oneBLOB name="B" size="abc" format=".txt">aGVsbG8=</oneBLOB></newBLOBVector>',
  '<defNumberVector device="Good" name="OTHER" state="Ok" perm="rw"><defNumber name="N" format="%g" min="0" max="0" step="0">7</defNumber></defNumberVector>',
  '<defNumberVector device="Evil" name="E" state="Ok" perm="rw"><defNumber name="N" format="%g" min="0" max="0" step="0">7</defNumber></defNumberVector>',
  '<setNumberVector device="Evil" name="E" state="Ok"><oneNumber name="N">1</oneNumber></setNumberVector>',
  `<setBLOBVector device="Evil" name="B" state="Ok"><oneBLOB name="P" size="60000" format=".stream">${base64}</oneBLOB></setBLOBVector>`,
  '<delProperty device="Good"/><delProperty device="Evil"/><message device="Good" message="oops"/>',
  '<enableBLOB device="Evil">Only</enableBLOB><enableBLOB device="Good" name="OTHER">Never</enableBLOB>',
  '<pingRequest uid="1"/><pingReply uid="2"/><unknown a="b"><c/></unknown>',
  "<?xml version='1.0'?>\n<getProperties version='1.7' device='Nobody'/>",
].map((text) => Buffer.from(text));
