import { buildPath, isTable, matchPath, segmentNames, valueAt } from '../../../src/store/source.ts';
import type { RawRow, Store, WantedKey } from '../../../src/store/store.ts';
import { isAbsent, isScalar, type Value } from '../../../src/store/value.ts';

/** Documents by their paths, as a store of documents: found by path, or by a field where the path is not known, and billed one by one. */
export type Documents = Map<string, Value>;

export function createDocumentStore(documents: Documents, { isBilled = true } = {}): Store & { readonly asked: string[] } {
  let reads = 0;
  const asked: string[] = [];
  const billed = (rows: readonly RawRow[]): readonly RawRow[] => {
    reads += rows.length;
    return rows;
  };
  return {
    kind: 'firestore',
    isBilled,
    secret: undefined,
    asked,
    probe: async () => undefined,
    describe: async () => new Map(),
    reads: () => reads,
    open(source) {
      if (isTable(source)) throw new Error('there are no tables');
      const all = (): readonly RawRow[] => [...documents].flatMap(([path, value]) => (matchPath(source, path) ? [{ path, value }] : []));
      return {
        count: async (only) => (only.length > 0 ? undefined : { rows: all().length }),
        async *scan() {
          asked.push(`scan ${source.text}`);
          const rows = all();
          for (let start = 0; start < rows.length; start += 2) yield billed(rows.slice(start, start + 2));
        },
        async *changedSince() {
          yield billed(all());
        },
        async find(keys) {
          const found: RawRow[] = [];
          for (const key of keys) {
            const paths = pathsOf(source, key);
            asked.push(...paths);
            if (paths.length > 0) found.push(...paths.flatMap((path) => (documents.has(path) ? [{ path, value: documents.get(path) ?? null }] : [])));
            else if (key.fields.length > 0)
              found.push(
                ...all().filter(({ value }) =>
                  key.fields.every(({ path, anyOf }) =>
                    anyOf.some((wanted) => isSame(valueAt({ kind: 'field', path }, { segments: new Map(), fields: value }), wanted)),
                  ),
                ),
              );
          }
          return billed(found);
        },
      };
    },
  };
}

function pathsOf(source: Parameters<typeof segmentNames>[0] & Parameters<typeof buildPath>[0], { segments }: WantedKey): string[] {
  let known: ReadonlyMap<string, string>[] = [new Map()];
  for (const name of segmentNames(source)) known = known.flatMap((one) => (segments.get(name) ?? []).map((text) => new Map([...one, [name, text]])));
  return [...new Set(known.flatMap((one) => buildPath(source, (name) => one.get(name)) ?? []))];
}

function isSame(value: Value | undefined, wanted: Value): boolean {
  if (isAbsent(value) || isAbsent(wanted)) return isAbsent(value) && isAbsent(wanted);
  return isScalar(value) && isScalar(wanted) && value.kind === 'number' && wanted.kind === 'number'
    ? Number(value.text) === Number(wanted.text)
    : value === wanted;
}
