import { checkFilter, topicMatcher } from '../topic.ts';
import { globMatches } from './glob.ts';

const DEVICE = '{device}';
const KNOWN_TOPICS = 16_384;

interface RouteTerms {
  /** Topics with `{device}` as one level, of the kinds of messages that devices have; `selected`: those of this route. */
  readonly templates: readonly { readonly template: string; readonly selected: boolean }[];
  /** Patterns of device names with `*` and `?`. */
  readonly devices: readonly string[];
  /** Further topics, as MQTT filters. */
  readonly filters: readonly string[];
  /** Whether topics that are of none of the templates are taken. */
  readonly others: boolean;
}

/** A test for topics that take this route; its answers are kept. Throws BUS_FILTER_INVALID. */
export function topicRoute({ templates, devices, filters, others }: RouteTerms): (topic: string) => boolean {
  for (const filter of filters) checkFilter(filter);
  const matchers = filters.map((filter) => topicMatcher(filter));
  const kinds = templates.map(({ template, selected }) => {
    const at = template.indexOf(DEVICE);
    return { before: template.slice(0, at), after: template.slice(at + DEVICE.length), selected };
  });
  const judge = (topic: string) => {
    if (matchers.some((matches) => matches(topic))) return true;
    for (const { before, after, selected } of kinds) {
      if (topic.length <= before.length + after.length) continue;
      if (!topic.startsWith(before) || !topic.endsWith(after)) continue;
      const device = topic.slice(before.length, topic.length - after.length);
      if (!device.includes('/')) return selected && devices.some((pattern) => globMatches(pattern, device));
    }
    return others;
  };
  const known = new Map<string, boolean>();
  return (topic) => {
    let takes = known.get(topic);
    if (takes === undefined) {
      takes = judge(topic);
      if (known.size >= KNOWN_TOPICS) known.clear();
      known.set(topic, takes);
    }
    return takes;
  };
}
