import { durationOption } from '@fairlead/core';
import type { SendOptions } from '../api.ts';
import { gatewayErrors } from '../catalogue.ts';
import type { BusDelivery } from '../ports.ts';
import type { Topics } from '../topics.ts';

const DELIVERIES = ['at-most-once', 'at-least-once'] as const;

/**
 * What a downlink from the bus says besides its values: the user properties `keep` (a duration, or `true`), `key` and
 * `delivery`, and where its sender wants the outcome. Throws DOWNLINK_INVALID.
 */
export function optionsOf(device: string, request: BusDelivery, topics: Topics): SendOptions {
  const { properties = {}, responseTopic, correlation } = request;
  const invalid = (reason: string) => gatewayErrors.error('DOWNLINK_INVALID', { device, reason });
  const { keep, key, delivery } = properties;
  const promise = DELIVERIES.find((each) => each === delivery);
  if (delivery !== undefined && promise === undefined)
    throw invalid(`the property "delivery" must be one of ${DELIVERIES.join(', ')}`);
  const ttl = keep === undefined || keep === 'true' ? undefined : durationOption.safeParse(keep);
  if (ttl?.success === false) throw invalid('the property "keep" must be a duration such as 10m, or true');
  // Nobody may send to devices, or speak for them, by way of the gateway.
  if (responseTopic !== undefined && isOwn(responseTopic, topics))
    throw invalid(`the response topic ${responseTopic.slice(0, 128)} is a topic of devices`);
  return {
    keep: keep === 'true' ? true : ttl?.data,
    key,
    delivery: promise,
    replyTo:
      responseTopic === undefined
        ? undefined
        : {
            topic: responseTopic,
            ...(correlation !== undefined && { correlation: Buffer.from(correlation).toString('base64') }),
          },
  };
}

/** Whether the topic is one of those that the gateway reads or publishes for devices, or one of the broker's. */
function isOwn(topic: string, topics: Topics): boolean {
  return topic.startsWith('$') || Object.values(topics).some((each) => each.matches(topic));
}
