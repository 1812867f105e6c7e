import { isTable, writeFieldSource, type Source } from '../../store/source.ts';
import type { TableDescription } from '../../store/store.ts';
import type { EntityRemarks } from '../pair.ts';
import type { CompiledEntity, Described } from './compiled.ts';
import type { EntityDeclaration, SideName, Sides } from './entity.ts';
import type { Row } from './row.ts';

/** What to report about an entity besides its findings: fields that are not compared, and declared fields that do not exist. */

export type Remarks = {
  /** Tables list their columns before any row is read. */
  readonly start: (entity: CompiledEntity, described: Described) => void;
  readonly add: (side: SideName, row: Row) => void;
  /** Called once every row of the legacy side was read. */
  readonly end: () => void;
  readonly sentences: () => EntityRemarks;
  readonly notCompared: () => Sides<string[]>;
};

/** At most this many names that only rows have are listed, since data can create any number, such as the keys of a map. */
const maxNames = 100;

export function createRemarks({ name, legacy, normalized }: EntityDeclaration): Remarks {
  const names = { legacy: new Set<string>(), normalized: new Set<string>() };
  const room = { legacy: maxNames, normalized: maxNames };
  /** Sides that have more names than are listed. */
  const beyond = new Set<SideName>();
  let rows = 0;
  let isWhole = false;
  /** Declared fields that no row of the legacy side has had so far, with their columns. */
  const missing = new Map<string, string>();

  const meet = (side: SideName, some: readonly string[]): void => {
    for (const one of some) {
      if (names[side].has(one)) continue;
      if (room[side] === 0) beyond.add(side);
      else {
        names[side].add(one);
        room[side] -= 1;
      }
    }
  };

  return {
    start(entity, described) {
      const tablesOf = (sources: readonly Source[], tables: ReadonlyMap<string, TableDescription>) =>
        sources.flatMap((source) => (isTable(source) ? [tables.get(source.table)] : [])).filter((table) => table !== undefined);
      const meetColumns = (side: SideName, tables: readonly TableDescription[]): void => {
        for (const table of tables)
          for (const one of entity.notCompared[side]({ segments: new Map(), fields: new Map([...table.keys()].map((column) => [column, null])) }))
            names[side].add(one);
      };
      meetColumns('legacy', tablesOf(legacy, described.legacy));
      meetColumns('normalized', tablesOf([normalized], described.normalized));
      for (const { column, from } of entity.fields) if (from.kind === 'field' || from.kind === 'item') missing.set(column, writeFieldSource(from));
    },
    add(side, row) {
      meet(side, row.notCompared);
      if (side === 'normalized' || !row.isInScope) return;
      rows += 1;
      if (missing.size > 0) for (const column of missing.keys()) if (!row.absent.includes(column)) missing.delete(column);
    },
    end: () => void (isWhole = true),
    sentences() {
      const ofSome = [...beyond].map(
        (side) =>
          `Entity ${name}: more than ${maxNames} fields of the ${side} side are not compared, and not all of them are listed, so a new one may go unnoticed. If their names are ids, the path in the file ends too high; otherwise compare them, or put them in ignored.`,
      );
      // A row of the legacy side that was not read may have every field.
      if (rows === 0) return { ofSome, ofEach: undefined };
      const ofEach = [...missing].map(([column, field]) =>
        isWhole
          ? `Entity ${name}: no row of the legacy side has the field ${field}, which ${column} is compared with. Correct the name in the file, or take the line out.`
          : `Entity ${name}: none of the legacy rows that were read has the field ${field}, which ${column} is compared with. Only some were read: see whether the name in the file is right.`,
      );
      return { ofSome, ofEach };
    },
    notCompared: () => ({ legacy: [...names.legacy].toSorted(), normalized: [...names.normalized].toSorted() }),
  };
}
