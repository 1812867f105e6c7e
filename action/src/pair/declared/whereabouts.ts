import { keyId, type Key } from '../../document/document.ts';
import { isTable, matchPath, segmentNames, type FieldSource, type Source } from '../../store/source.ts';
import type { WantedKey } from '../../store/store.ts';
import { isScalar, type Value } from '../../store/value.ts';
import type { CompiledEntity } from './compiled.ts';
import { sourcesOf, type SideName } from './entity.ts';
import { sourceOn, type Field } from './field.ts';
import type { Row, StoredRow } from './row.ts';
import { isSpelled, scalarText, spellingsOf } from './spelling.ts';

/** Where the rows of a side are, and how their keys are spelled there, as far as the keys say or rows have shown. */
export type Whereabouts = {
  readonly remember: (stored: StoredRow, row: Row) => void;
  /** Whether a key does not say by itself where its document is. */
  readonly isLost: boolean;
  /** Whether some row's key was spelled in a way that it does not tell by itself. */
  readonly hasOdd: () => boolean;
  /**
   * The ways in which a key may be asked for of a source; none where it cannot be asked for at all.
   *
   * @param beside rows of the other side, which may say what the key does not
   */
  readonly wantedOf: (source: Source, key: Key, beside: readonly Row[]) => readonly WantedKey[];
  /** Whether a row of the key is asked for wherever it may be, and not only where one was before. */
  readonly isLookedFor: (key: Key, beside: readonly Row[]) => boolean;
};

export function createWhereabouts(entity: CompiledEntity, name: SideName): Whereabouts {
  const { declaration } = entity;
  const sources = sourcesOf(declaration, name);
  const sourceOf = (field: Pick<Field, 'from' | 'to'>): FieldSource => sourceOn(name, field);
  const segmentsOfKey = new Set(entity.key.map(sourceOf).flatMap((source) => (source.kind === 'segment' ? [source.name] : [])));
  /** Paths of documents that the key alone does not tell. */
  const paths = new Map<string, string | Set<string>>();
  const isPathOfKey = sources.map((source) => isTable(source) || segmentNames(source).every((segment) => segmentsOfKey.has(segment)));
  /** Parts of keys that are spelled in a way that they do not tell by themselves. */
  const spelled = new Map<string, Value[][]>();

  function remember(stored: StoredRow, row: Row): void {
    const { key } = row;
    if (key === undefined) return;
    if (stored.path !== undefined && !isPathOfKey[stored.source]) {
      const id = keyId(key);
      const known = paths.get(id);
      // Mostly one, which takes a fraction of the memory of a set of one.
      if (known === undefined) paths.set(id, stored.path);
      else if (typeof known === 'object') known.add(stored.path);
      else if (known !== stored.path) paths.set(id, new Set([known, stored.path]));
    }
    const stands = (field: CompiledEntity['key'][number]): Value => row.value(sourceOf(field)) ?? null;
    const isTold = ({ kind }: FieldSource): boolean => kind !== 'item' && kind !== 'index';
    const isOdd = entity.key.some((field, place) => isTold(sourceOf(field)) && !isUsual(field, place, key[place] ?? null, stands(field)));
    if (!isOdd) return;
    const raw = entity.key.map((field) => (isTold(sourceOf(field)) ? stands(field) : null));
    const id = keyId(key);
    const known = spelled.get(id) ?? [];
    if (!known.some((one) => JSON.stringify(one) === JSON.stringify(raw))) spelled.set(id, [...known, raw]);
  }

  /** Mostly a key is spelled as it is compared, which is quickly seen. */
  function isUsual(field: CompiledEntity['key'][number], place: number, part: string | null, value: Value): boolean {
    const from = sourceOf(field);
    // Numbers are found by what they are, but inside JSON as text.
    const isNumber = isScalar(value) && value.kind === 'number' && !(from.kind === 'field' && from.path.length > 1);
    if (value === part || (isNumber && field.type.name !== 'timestamp')) return true;
    return isSpelled(spellings(place, part), value);
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
    const odd = (spelled.get(id) ?? []).map((raw) => (place: number): readonly Value[] => [raw[place] ?? null]);
    const all = [texts, ...odd];
    // As one, so that no row answers twice.
    if (isTable(source)) return [{ segments: new Map(), fields: fieldsOf((place) => all.flatMap((valuesOf) => valuesOf(place))) }];
    const wanted: WantedKey[] = [];
    const stored = paths.get(id) ?? [];
    for (const path of typeof stored === 'string' ? [stored] : stored) {
      const segments = matchPath(source, path);
      if (segments !== undefined) wanted.push({ segments: new Map([...segments].map(([segment, text]) => [segment, [text]])), fields: [] });
    }
    for (const valuesOf of all) {
      const segments = segmentsOf(valuesOf);
      // What another column says of the path on the other side.
      for (const [place, field] of entity.fields.entries()) {
        const from = sourceOf(field);
        if (from.kind !== 'segment' || segments.has(from.name)) continue;
        const known = beside.flatMap(({ fields }) => fields[place] ?? []).filter((value) => typeof value === 'string');
        if (known.length > 0)
          segments.set(
            from.name,
            known.flatMap((text) => [text, text.normalize('NFD')]),
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

  /** Whether the key says that the document is one of another source: of several, each binds other segments. */
  function isElsewhere(source: Exclude<Source, { table: string }>, key: Key): boolean {
    const bound = segmentNames(source);
    return entity.key.some((field, place) => {
      const from = sourceOf(field);
      return from.kind === 'segment' && bound.includes(from.name) === (key[place] === null);
    });
  }

  return { remember, isLost: isPathOfKey.includes(false), hasOdd: () => spelled.size > 0, wantedOf, isLookedFor };
}
