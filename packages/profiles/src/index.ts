export type { IdentifyResult, PollRequest } from '@fairlead/sandbox';
export { builtinFolder, builtinNames, builtinProfile, templateFiles } from './builtin.ts';
export { profilesErrors } from './catalogue.ts';
export type { DecodedLine, DecodedMessage } from './decoding/decoded-line.ts';
export { defaultsOf, type LinkTerms, ProfileLink } from './decoding/profile-link.ts';
export type { Example } from './definition/example.ts';
export { type ProfileFiles, readProfileFolder } from './definition/folder.ts';
export { readParameters } from './definition/parameters.ts';
export { type ProfileDefinition, parseProfile } from './definition/parse.ts';
export type { Match, MatchIdentity, PollTerms, ProfileIdentity } from './definition/schema.ts';
export { messagesOf } from './examples/compare.ts';
export {
  type CheckedProfile,
  checkProfile,
  type ExampleFailure,
  exampleError,
} from './examples/run.ts';
export type { ByteRange } from './explain/attribution.ts';
export { type ExplainedField, Explainer, type Explanation, type SeenFrame } from './explain/explain.ts';
export { type Guess, type Guesses, guessFraming, guessProfile } from './guess/guess.ts';
export { IdentityField } from './identity/field.ts';
export { Identification, type Identified, type Reading } from './identity/identification.ts';
export { mayNameAnother, namedIn } from './identity/named-device.ts';
export { profilesLimits } from './limits.ts';
export { numbered } from './polling/numbered.ts';
export { PollTable } from './polling/table.ts';
export type { ReplayDifference } from './replay/outcomes.ts';
export { parsedLine } from './replay/recording.ts';
export { type DeviceSetup, Replay, type ReplayedFrame, type ReplaySummary } from './replay/replay.ts';
export type { Responder } from './simulate/responder.ts';
export { type SimulatedDevice, type SimulatedFrame, Simulation } from './simulate/simulation.ts';
export { isFieldOf, vocabulary } from './vocabulary.ts';
