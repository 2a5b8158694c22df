import { gatewayErrors } from './catalogue.ts';
import { gatewayLimits } from './limits.ts';

/** Topic templates; `{device}` stands for the device's name. */
export interface TopicTemplates {
  readonly attributes: string;
  readonly events: string;
  readonly raw: string;
  readonly status: string;
  /** Where attributes to set are taken from. */
  readonly set: string;
  /** Where commands are taken from. */
  readonly command: string;
  /** Where changes of the desired state are taken from. */
  readonly desire: string;
  /** What became of downlinks that came from the bus or are kept. */
  readonly result: string;
}

export const defaultTopics: TopicTemplates = {
  attributes: 'devices/{device}/attributes',
  events: 'devices/{device}/events',
  raw: 'devices/{device}/raw',
  status: 'devices/{device}/status',
  set: 'devices/{device}/set',
  command: 'devices/{device}/command',
  desire: 'devices/{device}/desire',
  result: 'devices/{device}/result',
};

const DEVICE = '{device}';

/** One template, ready for use. Throws `TOPIC_TEMPLATE_INVALID`. */
export class Topic {
  readonly #before: string;
  readonly #after: string;
  /** By device. For the bus, a topic that was created anew costs as much as the rest of a small message. */
  readonly #known = new Map<string, string>();

  constructor(template: string) {
    const invalid = (reason: string) => gatewayErrors.error('TOPIC_TEMPLATE_INVALID', { template, reason });
    const levels = template.split('/');
    if (levels.filter((level) => level === DEVICE).length !== 1)
      throw invalid('{device} must stand once, as a level of its own');
    if (levels.some((level) => level !== DEVICE && /[+#{}\0]/.test(level)))
      throw invalid('a level holds +, #, { or }');
    const at = template.indexOf(DEVICE);
    this.#before = template.slice(0, at);
    this.#after = template.slice(at + DEVICE.length);
  }

  of(device: string): string {
    const known = this.#known.get(device);
    if (known !== undefined) return known;
    const topic = this.rareOf(device);
    if (this.#known.size >= gatewayLimits.values.topics) this.#known.clear();
    this.#known.set(device, topic);
    return topic;
  }

  /** The topic where few messages follow: it is not kept. */
  rareOf(device: string): string {
    return this.#before + device + this.#after;
  }

  /** The filter that matches this topic for every device. */
  get filter(): string {
    return this.of('+');
  }

  /** Whether `topic` is this topic of some device. */
  matches(topic: string): boolean {
    return (
      topic.length > this.#before.length + this.#after.length &&
      topic.startsWith(this.#before) &&
      topic.endsWith(this.#after) &&
      !this.deviceIn(topic).includes('/')
    );
  }

  /** The device that `topic`, which matches the filter, is about. */
  deviceIn(topic: string): string {
    return topic.slice(this.#before.length, topic.length - this.#after.length);
  }
}

export type Topics = Readonly<Record<keyof TopicTemplates, Topic>>;

/** All templates, checked. */
export function compileTopics(templates: TopicTemplates): Topics {
  const entries = Object.entries(templates).map(([key, template]) => [key, new Topic(template)]);
  return Object.fromEntries(entries) as Topics;
}
