import type { Precision } from './instant.ts';
import type { Condition } from '../../store/store.ts';
import type { FieldSource, Source } from '../../store/source.ts';
import type { ScalarType, TypeName } from './types.ts';
import type { Value } from '../../store/value.ts';

/** An entity as the file declares it, checked as far as possible without contacting a store. */
export type EntityDeclaration = {
  readonly name: string;
  /** Several sources are read as one. */
  readonly legacy: readonly Source[];
  readonly normalized: Source;
  /** Columns that together are unique. */
  readonly key: readonly string[];
  /** By column; a column of the key need not be here. */
  readonly fields: ReadonlyMap<string, FieldDeclaration>;
  /** The field whose elements or entries become one row each. */
  readonly each?: FieldSource;
  readonly only: Sides<readonly Condition[]>;
  readonly ignored: Sides<readonly FieldSource[]>;
  readonly changed: Partial<Sides<ChangedDeclaration>>;
};

export type Sides<T> = { readonly legacy: T; readonly normalized: T };
export type SideName = keyof Sides<unknown>;
export const sideNames = ['legacy', 'normalized'] as const;

export const sourcesOf = ({ legacy, normalized }: EntityDeclaration, side: SideName): readonly Source[] => (side === 'legacy' ? legacy : [normalized]);

export type ChangedDeclaration = { readonly from: FieldSource; readonly unit?: 's' | 'ms' };

export type FieldDeclaration = FieldOptions & {
  readonly from: FieldSource;
  /** Where the value is on the normalized side, if not in the column of that name. */
  readonly to?: FieldSource;
  readonly default?: Value;
  /** Maps legacy values to normalized ones, by their spelling in the file. */
  readonly values?: ReadonlyMap<string, Value>;
  readonly readable?: boolean;
};

/** How a field is compared. Without a type, it has the type of its column. */
export type FieldOptions = {
  readonly type?: TypeName;
  readonly of?: ScalarType;
  readonly trim?: boolean;
  readonly 'ignore-case'?: boolean;
  readonly 'blank-is-null'?: boolean;
  /** A number, or a span such as `2s`. */
  readonly tolerance?: string;
  readonly precision?: Precision;
  readonly unit?: 's' | 'ms';
};
