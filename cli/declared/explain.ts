import { explain } from '../../action/src/compare/explain.ts';
import { keyId, type Key } from '../../action/src/document/document.ts';
import { canonical, shownText } from '../../action/src/pair/declared/canonical.ts';
import { canonicalDecimal } from '../../action/src/pair/declared/decimal.ts';
import type { DeclaredEntity } from '../../action/src/pair/declared/declared.ts';
import { compareRows } from '../../action/src/pair/declared/documents.ts';
import type { SideName } from '../../action/src/pair/declared/entity.ts';
import type { Row } from '../../action/src/pair/declared/row.ts';
import { isUnreadable } from '../../action/src/pair/declared/types.ts';
import { plainJson } from '../../action/src/pair/declared/written.ts';
import { inert } from '../../action/src/privacy/inert.ts';
import { createPseudonyms, shownKey } from '../../action/src/privacy/pseudonyms.ts';
import { isUnread, type Maybe, type Value } from '../../action/src/store/value.ts';
import { exit, UsageError, type Target } from '../settings.ts';
import { cell, createProgress, paint, print, printJson, table } from '../terminal.ts';
import { connectDeclared, entityOf, namedKey } from './rows.ts';

/**
 * Both sides of one row next to each other, with every value: this is the maintainer's own terminal.
 *
 * @param parts the columns of the key, in the order of the file, as they are or as a report shows them
 */
export async function explainRow(target: Target, name: string, parts: readonly string[], { json }: { json: boolean }): Promise<number> {
  const connection = await connectDeclared(target);
  const entity = entityOf(connection, name);
  const columns = entity.declaration.key;
  if (parts.length !== columns.length) {
    throw new UsageError(
      `The key of ${name} is ${columns.join(', ')}, and ${parts.length === 0 ? 'nothing was' : `${parts.length} ${parts.length === 1 ? 'value was' : 'values were'}`} given. Give a value for each, in this order: npx driftwatch explain ${name} ${columns.map((column) => `<${column}>`).join(' ')}`,
    );
  }
  const progress = createProgress(json);
  try {
    const compiled = await entity.compiled();
    const plain = compiled.key.map(({ type }, place): string | null => {
      const text = parts[place] ?? '';
      const read = canonical(type, text, { column: 'text' });
      return isUnreadable(read) ? text : read;
    });
    // To look for a key that nobody has may take as much as to look at every key.
    const mayBeShown = parts.some((part) => /^(?:key-|value\()[\da-f]{8}/.test(part));
    // A real key may look like a pseudonym.
    const key = (mayBeShown ? await findShown(entity, parts, connection.pseudonymKey, progress.phase) : undefined) ?? plain;
    const look = async (isThorough: boolean) => {
      const found = (await entity.rows([key], isThorough)).get(keyId(key)) ?? { legacy: [], normalized: [] };
      return { rows: found, differences: explain(key, await entity.readingOf(key, found), entity).differences };
    };
    let { rows, differences } = await look(false);
    if (rows.legacy.length + rows.normalized.length === 0)
      throw new UsageError(
        mayBeShown
          ? `No row of ${name} is called ${inert(parts.join(' '), 120)}. Pseudonyms change with the key they are derived from: copy it from the latest report.`
          : `Neither side has a row of ${name} with the key ${inert(key.map((part) => part ?? '–').join(' '), 120)}.`,
      );
    // Before both sides are said to agree, another row with this key is looked for, which may take as much as to look at every row.
    if (differences.length === 0) ({ rows, differences } = await look(true));
    progress.end();
    const shown = { key: namedKey(entity, key), legacy: rows.legacy.toSorted(compareRows), normalized: rows.normalized.toSorted(compareRows), differences };
    const said = differences.map((difference) => ({ type: entity.findingType(difference).type, path: difference.path?.join('/') ?? null }));
    if (json) {
      printJson({
        entity: name,
        key: shown.key,
        legacy: valuesOf('legacy', shown.legacy[0], fieldsOf(compiled)),
        normalized: valuesOf('normalized', shown.normalized[0], fieldsOf(compiled)),
        differences: said,
      });
      return exit.well;
    }
    const differing = new Map(
      said.flatMap(({ type, path }) => (path === null ? [] : [[path, type === 'MALFORMED_LEGACY' ? 'cannot be read' : 'differs'] as const])),
    );
    const cells = fieldsOf(compiled).map(({ column, from, to }) => {
      const [left, right] = [textOf(shown.legacy[0]?.value(from)), textOf(shown.normalized[0]?.value(to))];
      const start = differing.has(column) ? shownFrom(left, right) : 0;
      return [cell(column), cell(endOf(left, start), longest), cell(endOf(right, start), longest), paint(['bold', 'red'], differing.get(column) ?? '')];
    });
    print(
      '',
      paint(
        'bold',
        `${name} ${inert(
          Object.values(shown.key)
            .map((part) => part ?? '–')
            .join(' '),
          200,
        )}`,
      ),
      ...describeRows('legacy', shown.legacy),
      ...describeRows('normalized', shown.normalized),
      '',
      ...table(['Column', 'Legacy', 'Normalized', ''], cells),
      '',
    );
    print(
      said.length === 0
        ? 'Both sides agree.'
        : [...new Set(said.map(({ type, path }) => (path === null ? type : `${type} ${path}`)))].map((text) => inert(text, 200)).join('\n'),
    );
    return exit.well;
  } finally {
    progress.end();
  }
}

type Compiled = Awaited<ReturnType<DeclaredEntity['compiled']>>;
const fieldsOf = ({ key, fields }: Compiled): readonly Compiled['fields'][number][] => [...key, ...fields];

/** The key that a report shows so: every key is looked at, since a pseudonym does not lead back. */
async function findShown(
  entity: DeclaredEntity,
  parts: readonly string[],
  pseudonymKey: string | undefined,
  onPhase: (sentence: string) => void,
): Promise<Key | undefined> {
  onPhase('Looking for the key on both sides …');
  const pseudonyms = createPseudonyms(pseudonymKey, false);
  for (const side of [entity.actual, entity.expected]) {
    for await (const page of side.keys()) {
      for (const { kind, key } of page) {
        if (kind !== 'claim') continue;
        const shown = Object.values(shownKey(key, entity.shape, pseudonyms));
        if (parts.every((part, place) => part === shown[place] || part === key[place])) return key;
      }
    }
  }
  return undefined;
}

function describeRows(side: string, rows: readonly Row[]): string[] {
  const [first, ...more] = rows;
  if (first === undefined) return [`${side}: no row`];
  const id = 'path' in first.id ? first.id.path : 'id' in first.id ? first.id.id : '';
  return [
    `${side}: ${first.isInScope ? 'one row' : 'a row that "only" puts out of scope'}${id === '' ? '' : ` (${inert(id, 200)})`}${first.changed === undefined ? '' : `, last written ${first.changed}`}${more.length > 0 ? `, and ${more.length} more of this key` : ''}`,
  ];
}

/** What is too large to be read is said to be. */
const jsonOf = (value: Value): string => (isUnread(value) ? JSON.stringify(shownText(value)) : plainJson(value));

/** A value as a person reads it: text as it is, the rest as JSON. */
function textOf(value: Maybe): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : jsonOf(value).replace(/^"(.*)"$/s, '$1');
}

const longest = 100;

/** Where two long texts begin to be worth a look: they may be the same for longer than there is room for. */
function shownFrom(left: string | null, right: string | null): number {
  if (left === null || right === null) return 0;
  const [ours, theirs] = [[...left], [...right]];
  const first = ours.findIndex((character, place) => character !== theirs[place]);
  const place = first === -1 ? ours.length : first;
  return place < longest - 20 ? 0 : place - 20;
}

const endOf = (text: string | null, from: number): string | null => (text === null || from === 0 ? text : `…${[...text].slice(from).join('')}`);

function valuesOf(side: SideName, row: Row | undefined, fields: readonly Compiled['fields'][number][]): Record<string, unknown> | null {
  if (row === undefined) return null;
  return Object.fromEntries(
    fields.map(({ column, from, to }) => {
      const value = row.value(side === 'legacy' ? from : to);
      return [column, value === undefined || value === null ? null : parsed(jsonOf(value))];
    }),
  );
}

/** What is nested too deeply to be parsed stays text. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json, keepDigits);
  } catch {
    return json;
  }
}

/** Numbers that a double would round stay text. */
function keepDigits(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  return typeof value === 'number' && source !== undefined && canonicalDecimal(String(value)) !== canonicalDecimal(source) ? source : value;
}
