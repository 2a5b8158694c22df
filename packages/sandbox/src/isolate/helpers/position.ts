/** `fairlead:helpers`: places on Earth, in degrees; south and west are negative. What is no place throws a RangeError. */

/** Degrees of NMEA 0183: 'ddmm.mmmm' or 'dddmm.mmmm', and N, S, E or W. */
export function nmeaCoordinate(text: string, hemisphere: string): number {
  const parts = /^(\d{1,3})(\d\d(?:\.\d*)?)$/.exec(text);
  const most = { N: 90, S: 90, E: 180, W: 180 }[hemisphere.toUpperCase()];
  const degrees = Number(parts?.[1]) + Number(parts?.[2]) / 60;
  if (parts === null || most === undefined || Number(parts[2]) >= 60 || degrees > most)
    throw new RangeError(`no coordinate: ${text.slice(0, 60)} ${hemisphere.slice(0, 20)}`);
  return /[SW]/i.test(hemisphere) && degrees !== 0 ? -degrees : degrees;
}

/** A place of ISO 6709, such as '+48.8577+002.295/' or '-402013.9-0745823.8+100/': degrees, minutes and seconds as the digits tell. */
export function iso6709(text: string): { latitude: number; longitude: number; altitude?: number } {
  const [, north, east, up] =
    /^([+-]\d{2,6}(?:\.\d*)?)([+-]\d{3,7}(?:\.\d*)?)([+-]\d+(?:\.\d*)?)?(?:CRS[\w.:]*)?\/?$/.exec(text) ?? [];
  const latitude = sexagesimal(north, 2);
  const longitude = sexagesimal(east, 3);
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180))
    throw new RangeError(`no place of ISO 6709: ${text.slice(0, 60)}`);
  return { latitude, longitude, ...(up !== undefined && { altitude: Number(up) }) };
}

/** `digits`: those of the degrees; two more are minutes, and two more seconds. NaN for other numbers of digits. */
function sexagesimal(signed: string | undefined, digits: number): number {
  const [, sign, whole = '', fraction = ''] = /^([+-])(\d+)(\.\d*)?$/.exec(signed ?? '') ?? [];
  let value = 0;
  for (let at = 0, unit = 1; at < whole.length; at = at === 0 ? digits : at + 2, unit /= 60) {
    const end = at === 0 ? digits : at + 2;
    const part = whole.slice(at, end);
    if (part.length !== end - at || unit < 1 / 3_600) return Number.NaN;
    const number = Number(end === whole.length ? part + fraction : part);
    if (unit < 1 && number >= 60) return Number.NaN;
    value += number * unit;
  }
  if (whole === '') return Number.NaN;
  return sign === '-' && value !== 0 ? -value : value;
}

/** Degrees of degrees and minutes; the sign of the degrees (also of -0) is that of the result. */
export function degreesMinutes(degrees: number, minutes: number): number {
  const sign = degrees < 0 || Object.is(degrees, -0) ? -1 : 1;
  return degrees + (sign * minutes) / 60;
}
