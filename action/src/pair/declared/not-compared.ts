import { writeFieldSource, type Around, type FieldPath, type FieldSource } from '../../store/source.ts';
import { Columns, fieldsIn, type Maybe } from '../../store/value.ts';

/** Finds fields that are not compared: those of a row that no declaration mentions. */

/** Names in use, each as a whole or by the names inside it. */
type Used = Map<string, Used | 'whole'>;

/** @param sources everything that the declaration mentions on one side, including what it ignores */
export function createNotCompared(sources: readonly FieldSource[], hasEach: boolean): (around: Around) => string[] {
  const fields: Used = new Map();
  const item: Used = new Map();
  for (const source of sources) {
    if (source.kind === 'field') use(fields, source.path);
    if (source.kind === 'item') use(item, ['item', ...source.path]);
  }
  const itemInside: Used | 'whole' = item.get('item') ?? new Map();
  const inPart = [...fields].filter(([, inside]) => inside !== 'whole').map(([name]) => name);
  return ({ fields: whole, item: element, isSparse }) => {
    const names: string[] = [];
    // The description of a table lists its columns, so only their contents have to be looked at.
    if (!(whole instanceof Columns)) addUnused(whole, fields, { kind: 'field', path: [] });
    else if (inPart.length > 0) addUnused(new Map(inPart.map((name) => [name, whole.get(name) ?? null])), fields, { kind: 'field', path: [] });
    if (hasEach && itemInside !== 'whole') addUnused(element, itemInside, { kind: 'item', path: [] });
    return names;

    function addUnused(value: Maybe, used: Used, above: Extract<FieldSource, { path: FieldPath }>): void {
      const fieldsOf = fieldsIn(value, isSparse);
      if (fieldsOf === undefined) return;
      // By name, because the value of a field that is compared as a whole is not needed.
      for (const name of fieldsOf.keys()) {
        const below = used.get(name);
        if (below === 'whole') continue;
        const inside = fieldsOf.get(name);
        const here = { ...above, path: [...above.path, name] };
        // If a map is compared in part, its other parts are listed.
        if (below !== undefined && (inside === null || fieldsIn(inside, isSparse))) addUnused(inside, below, here);
        else names.push(writeFieldSource(here));
      }
    }
  };
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
