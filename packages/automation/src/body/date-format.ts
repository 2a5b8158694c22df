/**
 * Dates in bodies: `yyyy-MM-dd HH:mm:ss.fff`, in any time zone.
 *
 *     yyyy yy | MM M | dd d | HH H hh h tt | mm m | ss s | f ff fff     'text' in quotes is literal
 */
const TOKEN = /'([^']*)'|yyyy|yy|MM|M|dd|d|HH|H|hh|h|tt|mm|m|ss|s|f{1,3}/g;

type DateFormat = (ms: number) => string;

/**
 * A format compiled once.
 * @param zone IANA name, `UTC`, or undefined for the zone of this machine. Throws RangeError for an unknown one.
 */
export function dateFormat(pattern: string | undefined, zone: string | undefined): DateFormat {
  if (pattern === undefined && zone === undefined) return (ms) => new Date(ms).toISOString();
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const layout = pattern ?? 'yyyy-MM-dd HH:mm:ss';
  return (ms) => {
    const part: Record<string, string> = {};
    for (const { type, value } of format.formatToParts(ms)) part[type] = value;
    return layout.replace(TOKEN, (token, quoted: string | undefined) => quoted ?? field(token, part, ms));
  };
}

function field(token: string, part: Record<string, string>, ms: number): string {
  const { year = '', month = '', day = '', hour = '', minute = '', second = '' } = part;
  const half = String(Number(hour) % 12 || 12);
  switch (token) {
    case 'yyyy':
      return year.padStart(4, '0');
    case 'yy':
      return year.slice(-2).padStart(2, '0');
    case 'MM':
      return month;
    case 'M':
      return String(Number(month));
    case 'dd':
      return day;
    case 'd':
      return String(Number(day));
    case 'HH':
      return hour;
    case 'H':
      return String(Number(hour));
    case 'hh':
      return half.padStart(2, '0');
    case 'h':
      return half;
    case 'tt':
      return Number(hour) < 12 ? 'AM' : 'PM';
    case 'mm':
      return minute;
    case 'm':
      return String(Number(minute));
    case 'ss':
      return second;
    case 's':
      return String(Number(second));
    default: // f, ff, fff
      return String(((ms % 1_000) + 1_000) % 1_000)
        .padStart(3, '0')
        .slice(0, token.length);
  }
}
