import type { FieldType } from './types.ts';

/** What a report may show when `reveal-values` is off. */

const machineMade = [
  // UUID
  /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i,
  /^\d+$/,
  // Firestore and Firebase Auth. A digit is required, so that a long name made of letters is not taken for an id.
  /^(?=.*\d)(?:[A-Za-z\d]{20}|[A-Za-z\d]{28})$/,
  // Push id of the Realtime Database
  /^-[\w-]{19}$/,
  // ULID: 128 bits in Crockford's base 32
  /^[0-7][\dA-HJKMNP-TV-Z]{25}$/i,
];

/** Whether a text key was made by a machine, so that it says nothing about a person. */
export const looksMachineMade = (key: string): boolean => machineMade.some((pattern) => pattern.test(key));

const readableTypes: ReadonlySet<FieldType['name']> = new Set(['integer', 'number', 'boolean', 'timestamp', 'date', 'uuid']);

/** Whether values of the type are shown as they are. @param readable what the field's line says, where it says something */
export const isReadable = (type: FieldType, readable: boolean | undefined): boolean => readable ?? readableTypes.has('of' in type ? type.of : type.name);

/** Whether a key's part is shown as it is: of text, only what a machine made. */
export const isReadableKey = (type: FieldType, readable: boolean | undefined, part: string): boolean =>
  readable ?? (readableTypes.has(type.name) || looksMachineMade(part));
