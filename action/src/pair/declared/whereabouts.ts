import { toNfd } from '../../document/canonical.ts';
import { keyId, type Key } from '../../document/document.ts';
import { isTable, matchPath, segmentNames, type FieldSource, type Source } from '../../store/source.ts';
import type { WantedKey } from '../../store/store.ts';
import { isScalar, type Value } from '../../store/value.ts';
import type { CompiledEntity } from './compiled.ts';
import { sourcesOf, type SideName } from './entity.ts';
import { sourceOn, type Field } from './field.ts';
import type { Row, StoredRow } from './row.ts';
import { isSpelled, scalarText, spellingsOf, spellingText } from './spelling.ts';

/** Where the rows of a side are and how their keys are spelled there, as far as the keys say or rows have shown. */
export type Whereabouts = {
  readonly remember: (stored: StoredRow, row: Row) => void;
  /** Whether a key alone does not say where its document is. */
  readonly isLost: boolean;
  /** In how many sources one row is looked for, at most. */
  readonly places: number;
  /** Whether some row's key was spelled in a way that cannot be derived from the key. */
  readonly hasOdd: () => boolean;
  /**
   * How to ask a source for a key; empty if that is impossible.
   *
   * @param beside rows of the other side, which may say what the key does not
   */
  readonly wantedOf: (source: Source, key: Key, beside: readonly Row[]) => readonly WantedKey[];
  /** Whether a row with this key is looked for everywhere it may be, and not only where one was before. */
  readonly isLookedFor: (key: Key, beside: readonly Row[]) => boolean;
  /** Whether the key alone leads to every row that has it: otherwise, there may be more than those that were found. */
  readonly leadsToAll: (key: Key) => boolean;
};

export function createWhereabouts(entity: CompiledEntity, name: SideName): Whereabouts {
  const { declaration } = entity;
  const sources = sourcesOf(declaration, name);
  const sourceOf = (field: Pick<Field, 'from' | 'to'>): FieldSource => sourceOn(name, field);
  const keySources = entity.key.map(sourceOf);
  const segmentsOfKey = new Set(keySources.flatMap((source) => (source.kind === 'segment' ? [source.name] : [])));
  /** Paths of documents that cannot be derived from the key. */
  const paths = new Map<string, string | Set<string>>();
  const isPathOfKey = sources.map((source) => isTable(source) || segmentNames(source).every((segment) => segmentsOfKey.has(segment)));
  /** Spellings of key parts that cannot be derived from the key, each once: whoever writes rows decides how many there are. */
  const spelled = new Map<string, Map<string, readonly Value[]>>();

  function remember(stored: StoredRow, row: Row): void {
    const { key } = row;
    if (key === undefined) return;
    if (stored.path !== undefined && !isPathOfKey[stored.source]) {
      const id = keyId(key);
      const known = paths.get(id);
      // Usually there is one, which takes a fraction of the memory of a set.
      if (known === undefined) paths.set(id, stored.path);
      else if (typeof known === 'object') known.add(stored.path);
      else if (known !== stored.path) paths.set(id, new Set([known, stored.path]));
    }
    const stands = (source: FieldSource): Value => row.value(source) ?? null;
    if (keySources.every((source, place) => !isTold(source) || isUsual(source, place, key[place] ?? null, stands(source)))) return;
    const raw = keySources.map((source) => (isTold(source) ? stands(source) : null));
    const id = keyId(key);
    const known = spelled.get(id) ?? new Map<string, readonly Value[]>();
    spelled.set(id, known);
    const spelling = JSON.stringify(raw.map(spellingText));
    if (!known.has(spelling)) known.set(spelling, raw);
  }

  /** A quick check for the usual case: the key is spelled in its canonical form. */
  function isUsual(from: FieldSource, place: number, part: string | null, value: Value): boolean {
    if (value === part) return true;
    // Numbers are found by value, but inside JSON by text.
    const isNumber = isScalar(value) && value.kind === 'number' && !(from.kind === 'field' && from.path.length > 1);
    return (isNumber && entity.key[place]?.type.name !== 'timestamp') || isSpelled(spellings(place, part), value);
  }

  const spellings = (place: number, part: string | null): readonly Value[] => {
    const field = entity.key[place];
    return field === undefined ? [] : spellingsOf(field, declaration.fields.get(field.column), name, part);
  };

  function wantedOf(source: Source, key: Key, beside: readonly Row[]): readonly WantedKey[] {
    if (!isTable(source) && isElsewhere(source, key)) return [];
    const id = keyId(key);
    const texts = (place: number): readonly Value[] => spellings(place, key[place] ?? null);
    const fieldsOf = (valuesOf: (place: number) => readonly Value[]): WantedKey['fields'] =>
      entity.key.flatMap((field, place) => {
        const from = sourceOf(field);
        return from.kind === 'field' ? [{ path: from.path, anyOf: valuesOf(place) }] : [];
      });
    const segmentsOf = (valuesOf: (place: number) => readonly Value[]): Map<string, readonly string[]> =>
      new Map(
        entity.key.flatMap((field, place): [string, readonly string[]][] => {
          const from = sourceOf(field);
          return from.kind === 'segment' ? [[from.name, valuesOf(place).flatMap((value) => scalarText(value) ?? [])]] : [];
        }),
      );
    const odd = [...(spelled.get(id)?.values() ?? [])].map((raw) => (place: number): readonly Value[] => [raw[place] ?? null]);
    const all = [texts, ...odd];
    // In a single request, so that no row is returned twice.
    if (isTable(source)) return [{ segments: new Map(), fields: fieldsOf((place) => all.flatMap((valuesOf) => valuesOf(place))) }];
    const wanted: WantedKey[] = [];
    const stored = paths.get(id) ?? [];
    for (const path of typeof stored === 'string' ? [stored] : stored) {
      const segments = matchPath(source, path);
      if (segments !== undefined) wanted.push({ segments: new Map([...segments].map(([segment, text]) => [segment, [text]])), fields: [] });
    }
    for (const valuesOf of all) {
      const segments = segmentsOf(valuesOf);
      // Another column may contain a part of the path on the other side.
      for (const [place, field] of entity.fields.entries()) {
        const from = sourceOf(field);
        if (from.kind !== 'segment' || segments.has(from.name)) continue;
        const known = beside.flatMap(({ fields }) => fields[place] ?? []).filter((value) => typeof value === 'string');
        if (known.length > 0)
          segments.set(
            from.name,
            known.flatMap((text) => [text, toNfd(text)]),
          );
      }
      const isKnown = segmentNames(source).every((segment) => (segments.get(segment)?.length ?? 0) > 0);
      const fields = fieldsOf(valuesOf);
      if (isKnown || (fields.length > 0 && wanted.length === 0)) wanted.push({ segments, fields: isKnown ? [] : fields });
    }
    return wanted;
  }

  function isLookedFor(key: Key, beside: readonly Row[]): boolean {
    const before = paths.get(keyId(key)) ?? [];
    const known = typeof before === 'string' ? [before] : [...before];
    return sources.every((source) => {
      if (isTable(source) || isElsewhere(source, key)) return true;
      return wantedOf(source, key, beside).length > known.filter((path) => matchPath(source, path) !== undefined).length;
    });
  }

  const hasField = keySources.some(({ kind }) => kind === 'field');
  const leadsToAll = (key: Key): boolean =>
    hasField || sources.every((source, place) => isTable(source) || isPathOfKey[place] === true || isElsewhere(source, key));

  /** Whether the key says that the document belongs to another source: each source binds different segments. */
  function isElsewhere(source: Exclude<Source, { table: string }>, key: Key): boolean {
    const bound = segmentNames(source);
    return entity.key.some((field, place) => {
      const from = sourceOf(field);
      return from.kind === 'segment' && bound.includes(from.name) === (key[place] === null);
    });
  }

  const ofKey = (source: Source): string[] => (isTable(source) ? [] : segmentNames(source).filter((segment) => segmentsOfKey.has(segment)));
  const alike = Map.groupBy(sources, (source) => JSON.stringify(ofKey(source).toSorted()));
  const places = Math.max(...[...alike.values()].map(({ length }) => length));

  return { remember, places, isLost: isPathOfKey.includes(false), hasOdd: () => spelled.size > 0, wantedOf, isLookedFor, leadsToAll };
}

/** Whether the row around says it, and not one of the elements of which `each` makes rows. */
const isTold = ({ kind }: FieldSource): boolean => kind !== 'item' && kind !== 'index';
