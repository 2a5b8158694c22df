/** Topic templates in the configuration. */
import { z } from 'zod';

/** Largest size of a topic in MQTT, minus the longest device name. */
const TOPIC = 65_535 - 64;

const TEMPLATE_LEVEL = '{device}';
export const template = z.string().superRefine((text, context) => {
  const problem = templateProblem(text);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

/** The topic of the service itself: `{node}` may stand in it once. */
export const serviceTemplate = z.string().superRefine((text, context) => {
  const problem = topicProblem(text.replace('{node}', 'x'));
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

function templateProblem(text: string): string | undefined {
  const levels = text.split('/');
  if (levels.filter((level) => level === TEMPLATE_LEVEL).length !== 1 || text.split('{').length !== 2)
    return 'expected {device} as exactly one topic level, as in devices/{device}/attributes';
  return topicProblem(text.replace(TEMPLATE_LEVEL, 'x'));
}

function topicProblem(text: string): string | undefined {
  if (text === '') return 'expected a topic, or off';
  if (/[+#{}\0]/.test(text)) return 'the characters + # { } and NUL are not allowed in a topic';
  if (Buffer.byteLength(text) > TOPIC) return `a topic has at most ${TOPIC} bytes`;
  if (text.startsWith('$')) return 'topics that start with $ are reserved for the broker';
  return undefined;
}
