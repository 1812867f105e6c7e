import { shownText } from './canonical.ts';
import type { CompiledEntity } from './compiled.ts';
import { buildPath, isTable, segmentNames, valueAt, type Template } from '../../store/source.ts';
import { isAbsent, type Value } from '../../store/value.ts';

/** Finds the legacy document of a normalized row by its path, without a scan. */

export type Lookup =
  | {
      /**
       * The possible paths of a row's document: one, or none if the row says too little. A path without a document proves nothing if the
       * segment can be spelled in several ways.
       */
      readonly pathsOf: (row: Value) => string[];
    }
  | { readonly problem: string };

/** Types whose values are spelled the same in the path and in the column. */
const spelledAlike: ReadonlySet<string> = new Set(['text', 'uuid', 'date', 'integer', 'undescribed']);

/** @returns how documents are found, or why they cannot be, without the final period */
export function createLookup(entity: CompiledEntity): Lookup {
  const { declaration } = entity;
  const templates = declaration.legacy.filter((source): source is Template => !isTable(source));
  const fields = [...entity.key, ...entity.fields];
  const said = fields.flatMap((field) => (field.from.kind === 'segment' ? [{ ...field, segment: field.from.name }] : []));
  const isSpelledAlike = ({ column, type }: (typeof said)[number]): boolean =>
    spelledAlike.has(type.name) &&
    declaration.fields.get(column)?.values === undefined &&
    !(type.name === 'text' && (type.trim === true || type.ignoreCase === true));
  const columns = new Map(said.filter(isSpelledAlike).map(({ segment, to }) => [segment, to] as const));
  const names = [...new Set(templates.flatMap(segmentNames))];
  const lost = names.find((name) => !columns.has(name));
  if (templates.length < declaration.legacy.length) return { problem: `Entity ${declaration.name}: a table is read by its key, not by a path` };
  const otherwise = said.find(({ segment }) => segment === lost);
  if (otherwise !== undefined) {
    return {
      problem: `Entity ${declaration.name}: the column ${otherwise.column} may spell the segment {${otherwise.segment}} differently, so documents cannot be looked up by their path. Compare it as text as it is, without trim, ignore-case and values, or compare everything with mode: full`,
    };
  }
  if (lost !== undefined) {
    return {
      problem: `Entity ${declaration.name}: no column says what the segment {${lost}} is, so documents cannot be looked up by their path. Add a line such as ${lost}: "{${lost}}" to its fields`,
    };
  }

  return {
    pathsOf(row) {
      const around = { segments: new Map<string, string>(), fields: row };
      const segmentOf = (name: string): string | undefined => {
        const source = columns.get(name);
        const value = source && valueAt(source, around);
        return isAbsent(value) ? undefined : shownText(value);
      };
      const bound = names.filter((name) => segmentOf(name) !== undefined);
      // Of several sources, a row belongs to the one that binds exactly the segments it has.
      const fitting = templates.filter((template) => bound.every((name) => segmentNames(template).includes(name)));
      return fitting.flatMap((template) => buildPath(template, segmentOf) ?? []);
    },
  };
}
