/** The script of the benchmarks: a frame of 40 bytes to five fields. */
export const fiveFields = `
export function uplink(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { values: {
    temperature: view.getInt16(0) / 10,
    humidity: view.getUint8(2),
    counter: view.getUint32(4),
    voltage: view.getUint16(8) / 1000,
    status: view.getUint8(39),
  } };
}`;
