import type { KeyPart, Shape } from '../../document/shape.ts';
import { isTable, matchPath, type FieldSource, type Template } from '../../store/source.ts';
import { canonical } from './canonical.ts';
import type { CompiledEntity } from './compiled.ts';
import { sourcesOf, type EntityDeclaration, type SideName } from './entity.ts';
import { sourceOn, type Field } from './field.ts';
import { isReadable, isReadableKey, looksMachineMade } from './readable.ts';
import type { RowId } from './row.ts';
import { isUnreadable } from './types.ts';

/** The shape of an entity's documents, with how to show the parts of their keys. */

export function shapeOf(declaration: EntityDeclaration, compiled: () => CompiledEntity | undefined): Shape {
  return {
    key: declaration.key.map((name, place): KeyPart => ({
      name,
      kind: 'text',
      shown(part) {
        const field = compiled()?.key[place];
        if (field !== undefined && isReadableKey(field.type, field.readable, part)) return 'plain';
        // A type that may be shown, unless the file forbids it.
        return field !== undefined && field.readable === false && isReadable(field.type, undefined) ? 'value' : 'key';
      },
      get isOptional() {
        return compiled()?.key[place]?.mayBeNull ?? false;
      },
    })),
    group: 0,
    levels: [{ name: declaration.name, one: 'row', many: 'rows' }],
    hasDuplicates: true,
  };
}

/** Paths by their segments, and keys by their parts: machine-made ones are shown. */
export function shownRowId(
  declaration: EntityDeclaration,
  side: SideName,
  id: RowId,
  compiled: CompiledEntity | undefined,
  hide: (name: string) => string,
): string {
  const fields = compiled === undefined ? [] : [...compiled.key, ...compiled.fields];
  const show = (part: string, field: Field | undefined): string => (part === '' || isReadablePart(part, field) ? part : hide(part));
  /** The field that is read from this place decides how it is shown. */
  const fieldFrom = (isIt: (source: FieldSource) => boolean): Field | undefined => fields.find((field) => isIt(sourceOn(side, field)));
  if ('key' in id) return id.key.map((part, place) => show(part ?? '', compiled?.key[place])).join('/');
  // An id is a single text, whatever it looks like.
  if ('id' in id)
    return show(
      id.id,
      fieldFrom((source) => source.kind === 'field' && source.path.length === 1 && source.path[0] === 'id'),
    );
  const template = sourcesOf(declaration, side).find((source): source is Template => !isTable(source) && matchPath(source, id.path) !== undefined);
  return id.path
    .split('/')
    .map((part, place) => {
      const segment = template?.segments[place];
      if (segment !== undefined && 'fixed' in segment) return part;
      return show(part, segment && fieldFrom((source) => source.kind === 'segment' && source.name === segment.bound));
    })
    .join('/');
}

/** Whether a text that a row is found by is shown. A text that does not match its type may be anything, so the type does not decide. */
function isReadablePart(part: string, field: Field | undefined): boolean {
  if (field === undefined) return looksMachineMade(part);
  return isUnreadable(canonical(field.type, part)) ? (field.readable ?? looksMachineMade(part)) : isReadableKey(field.type, field.readable, part);
}
