import { buildPath, isTable, matchPath, type Source } from '../../store/source.ts';
import type { WantedKey } from '../../store/store.ts';
import { isFields, isScalar, type Value } from '../../store/value.ts';
import { canonicalDecimal } from './decimal.ts';
import { postgresInstant } from './instant.ts';
import { timestampText } from './json.ts';
import type { StoredRow } from './row.ts';
import { scalarText } from './spelling.ts';

/** Identifies a row whose key cannot be read. */

export type Locator = { readonly source: number; readonly path?: string; readonly columns?: readonly (readonly [string, string | null])[] };

export const readLocator = (text: string): Locator => JSON.parse(text) as Locator;

/** Longer texts are left out of a URL if there are others: they identify a row no better. */
const longestText = 100;

/** How to find a row again whose key cannot be read: its path or id, or for a table without ids all of its short values. */
export function writeLocator({ source, path, value }: StoredRow, canBe: (column: string) => boolean): string {
  if (path !== undefined) return JSON.stringify({ source, path } satisfies Locator);
  const fields = isFields(value) ? value : new Map<string, Value>();
  const id = plainOf(fields.get('id') ?? null);
  // Bytes are left out too: not every server accepts them in a filter.
  const all = [...fields].flatMap(([name, part]): [string, string | null][] => {
    const text = part === null ? null : plainOf(part);
    return text === undefined || text?.startsWith('\\x') || !canBe(name) ? [] : [[name, text]];
  });
  const short = all.filter(([, text]) => text === null || text.length <= longestText);
  const columns = id === undefined ? (short.some(([, text]) => text !== null) ? short : all) : [['id', id] as const];
  return JSON.stringify({ source, columns } satisfies Locator);
}

export function isLocated({ path, value }: StoredRow, locator: Locator): boolean {
  if (path !== undefined) return path === locator.path;
  return (
    isFields(value) && (locator.columns ?? []).every(([name, text]) => (text === null ? value.get(name) === null : plainOf(value.get(name) ?? null) === text))
  );
}

export function wantedRow(source: Source, { path, columns = [] }: Locator): WantedKey | undefined {
  if (isTable(source)) return { segments: new Map(), fields: columns.map(([name, text]) => ({ path: [name], anyOf: [text] })) };
  const segments = path === undefined ? undefined : matchPath(source, path);
  return segments && buildPath(source, (segment) => segments.get(segment)) !== undefined
    ? { segments: new Map([...segments].map(([segment, text]) => [segment, [text]])), fields: [] }
    : undefined;
}

/** Scalars in one spelling, however a row was read. */
function plainOf(value: Value): string | undefined {
  if (isScalar(value) && value.kind === 'number') return canonicalDecimal(value.text) ?? value.text;
  return isScalar(value) && value.kind === 'timestamp' ? postgresInstant(timestampText(value.text)) : scalarText(value);
}
