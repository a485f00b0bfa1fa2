/** The parser's messages, to the byte (`http-api.md` 3.7). They become the `error_message` of a line. */

export const MEASUREMENT_INVALID = 'Invalid measurement was provided';
export const NO_FIELDS = 'No fields were provided';
export const ENDS_WITH_BACKSLASH =
  'Measurements, tag keys and values, and field keys may not end with a backslash';
export const STRING_TOO_LARGE = 'String is greater than 1MB';

const found = (rest: string) => (rest === '' ? 'end of input' : `\`${rest}\``);

export const expectedSpace = (rest: string) => `Expected at least one space character, got ${found(rest)}`;
export const expectedTagKey = (rest: string) => `Expected tag key, got ${found(rest)}`;
export const expectedTagValue = (rest: string) => `Expected tag value, got ${found(rest)}`;
export const noEqualsSign = (tags: string) => `Tag set malformed: could not find equals sign in \`${tags}\``;
export const duplicateTag = (key: string) => `Must not contain duplicate tags, but \`${key}\` was repeated`;
export const trailingContent = (rest: string) =>
  `Could not parse entire line. Found trailing content: \`${rest}\``;
export const badInteger = (text: string) => `Unable to parse integer value \`${text}\``;
export const badUnsigned = (text: string) => `Unable to parse unsigned integer value \`${text}\``;
export const badFloat = (text: string) => `Unable to parse floating-point value \`${text}\``;
export const badTimestamp = (text: string) => `Unable to parse timestamp value \`${text}\``;
