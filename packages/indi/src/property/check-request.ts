/** Checks the request of a client against a property: returns the new values, or the reason to refuse it. */
import { isFairleadError } from '@fairlead/core';
import { type AnyNewVector, blobData, formatNumber, type Member, type NumberRange } from '../wire/index.ts';
import { inWords } from '../words.ts';
import type { AnyProperty } from './property.ts';

/** All values after the request, or the reason to refuse the whole request. */
type CheckedRequest = { readonly values: Record<string, unknown> } | { readonly refused: string };

export function checkRequest(property: AnyProperty, request: AnyNewVector): CheckedRequest {
  const { label, name } = property;
  if (request.type !== property.type)
    return { refused: `${name} takes a new${property.type}Vector, not a new${request.type}Vector.` };
  const members = request.members as readonly Member[];
  const stranger = members.find((member) => !property.has(member.name));
  if (stranger !== undefined) return { refused: `${stranger.name} is not a member of ${label} (${name}).` };
  const wanted = Object.fromEntries(members.map((member) => [member.name, member.value]));
  if (members.length === 0) return { refused: `Nothing is wanted of ${label} (${name}).` };
  switch (property.type) {
    case 'Number':
      return checkNumbers(property, wanted as Record<string, number>);
    case 'Switch':
      return checkSwitches(property, wanted as Record<string, boolean>);
    case 'BLOB':
      return checkBlobs(property, request as Extract<AnyNewVector, { type: 'BLOB' }>);
    default:
      return { values: { ...property.values(), ...wanted } };
  }
}

function checkNumbers(property: AnyProperty, wanted: Record<string, number>): CheckedRequest {
  for (const [member, value] of Object.entries(wanted)) {
    const range = property.rangeOf(member) as NumberRange;
    const { min, max } = range;
    const inside = min === max || (value >= min && value <= max);
    if (Number.isFinite(value) && inside) continue;
    const shown = (number: number): string => formatNumber('%g', number);
    const valid =
      min === max ? 'Any finite number is valid.' : `Valid range is from ${shown(min)} to ${shown(max)}.`;
    return {
      refused: `Invalid range for ${property.labelOf(member)} (${member}). ${valid} Requested value is ${shown(value)}.`,
    };
  }
  return { values: { ...property.values(), ...wanted } };
}

function checkSwitches(property: AnyProperty, wanted: Record<string, boolean>): CheckedRequest {
  const { rule, label, name } = property;
  if (rule === 'AnyOfMany') return { values: { ...property.values(), ...wanted } };
  const on = Object.keys(wanted).filter((member) => wanted[member] === true);
  if (on.length > 1)
    return { refused: `${label} (${name}) allows one switch to be on, not ${on.join(', ')} together.` };
  if (on.length === 0 && rule === 'OneOfMany')
    return { refused: `${label} (${name}) needs one switch to be on.` };
  return {
    values: Object.fromEntries((property.names as string[]).map((member) => [member, member === on[0]])),
  };
}

/** Decodes each BLOB once, so that a handler gets only valid ones. */
function checkBlobs(property: AnyProperty, request: Extract<AnyNewVector, { type: 'BLOB' }>): CheckedRequest {
  try {
    for (const { name, value } of request.members) blobData(name, value);
  } catch (error) {
    if (!isFairleadError(error)) throw error;
    return { refused: inWords(error) };
  }
  return {
    values: {
      ...property.values(),
      ...Object.fromEntries(request.members.map(({ name, value }) => [name, value])),
    },
  };
}
