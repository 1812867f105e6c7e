import { writeFieldSource, type Around, type FieldPath, type FieldSource } from '../../store/source.ts';
import { fieldsIn, type Maybe } from '../../store/value.ts';

/** What nobody compares: fields that a row has and no declaration speaks of. */

/** Names in use, each as a whole or by the names inside it. */
type Used = Map<string, Used | 'whole'>;

/** @param sources everything that the declaration speaks of on one side, what it ignores included */
export function createNotCompared(sources: readonly FieldSource[], hasEach: boolean): (around: Around) => string[] {
  const fields: Used = new Map();
  const item: Used = new Map();
  for (const source of sources) {
    if (source.kind === 'field') use(fields, source.path);
    if (source.kind === 'item') use(item, ['item', ...source.path]);
  }
  const itemInside: Used | 'whole' = item.get('item') ?? new Map();
  return (around) => [
    ...unused(around, around.fields, fields, [], (path) => writeFieldSource({ kind: 'field', path })),
    ...(hasEach && itemInside !== 'whole' ? unused(around, around.item, itemInside, [], (path) => writeFieldSource({ kind: 'item', path })) : []),
  ];
}

function use(used: Used, [name = '', ...inside]: FieldPath): void {
  const known = used.get(name);
  if (known === 'whole') return;
  if (inside.length === 0) {
    used.set(name, 'whole');
    return;
  }
  const below: Used = known ?? new Map();
  used.set(name, below);
  use(below, inside);
}

function unused(around: Around, value: Maybe, used: Used, above: FieldPath, write: (path: FieldPath) => string): string[] {
  const names: string[] = [];
  for (const [name, inside] of fieldsIn(value, around.isSparse) ?? []) {
    const below = used.get(name);
    if (below === 'whole') continue;
    const path = [...above, name];
    // Of a map that is compared in part, the other parts are named.
    if (below !== undefined && (inside === null || fieldsIn(inside, around.isSparse))) names.push(...unused(around, inside, below, path, write));
    else names.push(write(path));
  }
  return names;
}
