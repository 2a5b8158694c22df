/** One server-sent event. */
export interface ServerEvent {
  /** `message` unless the service named it otherwise. */
  readonly event: string;
  readonly data: string;
}

/**
 * Parses server-sent events as the HTML standard defines them: fields up to an empty line form an event, lines that
 * start with a colon are keep-alives, and an event without data only sets the id. `retry` is not used here.
 *
 * @param alive called for each line
 * @param seen called with the id of the last event, also of one without data
 */
export async function* serverEvents(
  lines: AsyncIterable<string>,
  alive: () => void = () => {},
  seen: (id: string) => void = () => {},
): AsyncGenerator<ServerEvent> {
  let event = 'message';
  let data: string[] = [];
  let id: string | undefined;
  for await (const line of lines) {
    alive();
    if (line === '') {
      if (id !== undefined) seen(id);
      if (data.length > 0) yield { event, data: data.join('\n') };
      event = 'message';
      data = [];
      continue;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') data.push(value);
    else if (field === 'id' && !value.includes('\0')) id = value;
    else if (field === 'event') event = value === '' ? 'message' : value;
  }
}
