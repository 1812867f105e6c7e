import { compareIds, compareText } from '../../document/order.ts';
import { pathId, type Difference, type Document, type Field, type Key } from '../../document/document.ts';
import type { CompiledEntity } from './compiled.ts';
import type { SideName } from './entity.ts';
import type { Field as EntityField } from './field.ts';
import { isReadable } from './readable.ts';
import { malformedParts, type Row, type RowId } from './row.ts';
import { equal, isExact, isUnreadable, type Canonical } from './types.ts';

/** Turns rows into documents, which are what is compared. */

/** A row id together with its kind, so that nobody has to guess that from the text before showing it. */
const writeRowId = (id: RowId): string => JSON.stringify(id);

export const readRowId = (text: string): RowId => JSON.parse(text) as RowId;

/** A row id as text; the key if there is neither a path nor an id. */
function rowIdText(id: RowId): string {
  if ('path' in id) return id.path;
  return 'id' in id ? id.id : id.key.map((part) => part ?? '').join('/');
}

export type Documents = {
  readonly documentOf: (side: SideName, row: Row, key: Key) => Document;
  /** Why a row of the legacy side has no key. */
  readonly unclaimed: (row: Row, key: Key) => Difference[];
};

/** Makes documents of an entity's rows. */
export function createDocuments(entity: CompiledEntity): Documents {
  const { name } = entity.declaration;
  const fields = entity.fields.map((field, place) => {
    const common = { path: [field.column], level: 0, attribute: true, rowIds: {} } as const;
    return { field, place, id: pathId([field.column]), common, readable: { ...common, ...privacyOf(field) }, isExact: isExact(field.type) };
  });
  const rowIds = (side: SideName, row: Row) => ({ [side]: [writeRowId(row.id)] });

  const malformed = (side: SideName, row: Row, key: Key, column: string, text: string | null): Difference => {
    const known = [...entity.key, ...entity.fields].find((field) => field.column === column);
    const { readable } = known ?? { readable: false };
    // A value that does not match its type may be anything, so the type does not decide whether it may be shown.
    const isText = known !== undefined && (readable !== false || privacyOf(known).opaque === undefined);
    return {
      kind: 'malformed',
      level: name,
      key,
      path: [column],
      legacy: text === null ? null : { text, readable: readable === true, ...(!isText && { opaque: true }) },
      normalized: null,
      rowIds: rowIds(side, row),
    };
  };

  return {
    documentOf(side, row, key) {
      const malformedOf = side === 'legacy' ? malformedParts(entity, row) : undefined;
      const unreadable = malformedOf === undefined || malformedOf.size === 0 ? [] : [...malformedOf];
      const compared = new Map<string, Field>();
      for (const { field, place, id, common, readable, isExact: isSameText } of fields) {
        const value: Canonical = row.fields[place] ?? null;
        if (malformedOf?.has(field.column)) continue;
        if (isUnreadable(value)) {
          const shown = field.readable === false ? readable : { ...common, readable: field.readable === true };
          compared.set(id, { ...shown, value: value.unreadable, unreadable: true });
        } else if (isSameText) compared.set(id, { ...readable, value });
        else compared.set(id, { ...readable, value, isNear: (other) => equal(field.type, value, other) });
      }
      return {
        key,
        fields: compared,
        rowIds: rowIds(side, row),
        hidden: unreadable.map(([column]) => ({ prefix: [column], depth: 1 })),
        problems: unreadable.map(([column, text]) => malformed(side, row, key, column, text)),
        version: row.version,
        writtenAt: writtenAt(row),
      };
    },

    unclaimed: (row, key) =>
      [...malformedParts(entity, row)].filter(([column]) => row.unreadableKey.has(column)).map(([column, text]) => malformed('legacy', row, key, column, text)),
  };
}

function privacyOf({ type, readable }: Pick<EntityField, 'type' | 'readable'>): { readonly readable: boolean; readonly opaque?: true } {
  if (isReadable(type, readable)) return { readable: true };
  // For values that may be shown unless the file forbids it.
  return isReadable(type, undefined) ? { readable: false, opaque: true } : { readable: false };
}

/** Values outside the calendar, such as `infinity`, give no time. */
export function writtenAt({ changed }: Row): number | undefined {
  return changed !== undefined && /^\d{4}-/.test(changed) ? Date.parse(changed) : undefined;
}

/** Orders rows by precedence: the last changed first, then the greatest id. */
export function compareRows(a: Row, b: Row): number {
  const [left, right] = [a.changed ?? '', b.changed ?? ''];
  return compareInstants(right, left) || compareIds(rowIdText(b.id), rowIdText(a.id)) || compareText(contentOf(a), contentOf(b));
}

/** Breaks ties between rows, so that the same one comes first whatever order they are read in. */
const contentOf = ({ fields }: Row): string => JSON.stringify(fields);
/** Compares texts of `formatInstant`, in which years beyond four digits have a sign. */
function compareInstants(a: string, b: string): number {
  if (a === b) return 0;
  return rank(a) - rank(b) || (a < b === !a.startsWith('-') ? -1 : 1);
}

const rank = (text: string): number =>
  text === '' ? 0 : text === '-infinity' ? 1 : text.startsWith('-') ? 2 : text === 'infinity' ? 5 : text.startsWith('+') ? 4 : 3;
