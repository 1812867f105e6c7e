import { declarableTypes, defaultType, elementType } from './column.ts';
import type { Column } from '../../store/column.ts';
import { canonicalDecimal } from './decimal.ts';
import type { FieldOptions } from './entity.ts';
import { parseSpan } from './instant.ts';
import type { Problem } from '../../store/source.ts';
import { isExact, type FieldType, type TypeName } from './types.ts';

/** Derives the type that a field is compared as from its line in `fields` and from what is known of its column. */

const optionsOf: Partial<Record<TypeName, readonly (keyof FieldOptions)[]>> = {
  text: ['trim', 'ignore-case', 'blank-is-null'],
  number: ['tolerance'],
  timestamp: ['precision', 'unit', 'tolerance'],
  list: ['of'],
  set: ['of'],
};

const optionNames = ['of', 'trim', 'ignore-case', 'blank-is-null', 'tolerance', 'precision', 'unit'] as const;

const given = (options: FieldOptions): (typeof optionNames)[number][] => optionNames.filter((name) => options[name] !== undefined);

const takes = (type: TypeName, options: FieldOptions): boolean =>
  given(options).every((name) => optionsOf[type]?.includes(name)) && (options.tolerance === undefined || isTolerance(type, options.tolerance));

const isTolerance = (type: TypeName, tolerance: string): boolean => (type === 'timestamp' ? parseSpan(tolerance) !== undefined : isAmount(tolerance));

function isAmount(text: string): boolean {
  const number = canonicalDecimal(text);
  return number !== undefined && /^\d/.test(number);
}

/** Options that do not fit the type or each other, without knowing the column. */
export function optionProblems(options: FieldOptions): Problem[] {
  const { type, tolerance } = options;
  if (type === undefined) {
    if (tolerance !== undefined && parseSpan(tolerance) === undefined && !isAmount(tolerance))
      return [{ problem: 'tolerance is a number from 0, such as 0.01, or for timestamps a span, such as 2s. Correct it' }];
    return given(options).length > 0 && candidates(options).length === 0
      ? [{ problem: `${given(options).join(', ')} belong to different types. Say which type the field has` }]
      : [];
  }
  const strange = given(options).filter((name) => !optionsOf[type]?.includes(name));
  const problems = strange.map((name) => ({
    problem: `${name} does not belong to the type ${type}, but to ${typesWith(name).join(' and ')}. Remove it, or correct the type`,
  }));
  if (tolerance === undefined || strange.includes('tolerance') || isTolerance(type, tolerance)) return problems;
  return [
    ...problems,
    {
      problem:
        type === 'timestamp'
          ? 'tolerance of a timestamp is a span, such as 2s or 500ms. Correct it'
          : 'tolerance of a number is a number from 0, such as 0.01. Correct it',
    },
  ];
}

const typesWith = (name: keyof FieldOptions): TypeName[] => (Object.keys(optionsOf) as TypeName[]).filter((type) => optionsOf[type]?.includes(name));

/** The types that accept all of the options: a line with `unit: ms` implies a timestamp. */
const candidates = (options: FieldOptions): TypeName[] => (Object.keys(optionsOf) as TypeName[]).filter((type) => takes(type, options));

/**
 * The type of a field.
 *
 * @param column where the field is on the normalized side, or on the legacy side if the normalized one is not described; `undefined` if
 * neither is
 * @param bound whether `column` limits which types may be declared: only a column of the normalized side does
 */
export function typeOf(options: FieldOptions, column: Column | undefined, bound = true): FieldType | Problem {
  const name = options.type ?? implied(options, column);
  if (name === undefined)
    return column === undefined && given(options).length === 0
      ? { name: 'undescribed' }
      : { problem: `${given(options).join(', ')} do not say which type is meant. Add the type` };
  if (column !== undefined && bound && !declarableTypes(column).includes(name)) {
    return { problem: `is compared as ${name}, but the column can only be ${declarableTypes(column).join(', ')}. Correct the type` };
  }
  return build(name, options, column);
}

/** The column's own type if it accepts the options; otherwise the only type that does. */
function implied(options: FieldOptions, column: Column | undefined): TypeName | undefined {
  const own = column && defaultType(column);
  if (own !== undefined && takes(own, options)) return own;
  const [only, ...more] = given(options).length === 0 ? [] : candidates(options);
  return more.length === 0 ? only : undefined;
}

function build(name: TypeName, options: FieldOptions, column: Column | undefined): FieldType | Problem {
  const { trim, tolerance, precision = 'ms', unit } = options;
  switch (name) {
    case 'text':
      return { name, trim: trim ?? false, ignoreCase: options['ignore-case'] ?? false, blankIsNull: options['blank-is-null'] ?? false };
    case 'number':
      return { name, ...(tolerance !== undefined && { tolerance }) };
    case 'timestamp': {
      if (column?.kind === 'integer' && unit === undefined)
        return { problem: 'is a timestamp in a column of whole numbers. Say what they count: unit: s or unit: ms' };
      const span = tolerance === undefined ? undefined : parseSpan(tolerance);
      return { name, precision, ...(unit !== undefined && { unit }), ...(span !== undefined && { tolerance: span }) };
    }
    case 'list':
    case 'set': {
      const of = options.of ?? (column && elementType(column));
      return of === undefined ? { problem: `is a ${name}, but nothing says of what. Add of, such as of: text` } : { name, of };
    }
    default:
      return { name };
  }
}

/** A key's equality must be transitive, or rows could not be found by their keys. */
export const isKeyType = isExact;
