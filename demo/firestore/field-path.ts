import { type Fields, invalid, type Value } from './value.ts';

/** `mm.p` and `` `a.b`.c ``: paths into nested maps. */

export function parseFieldPath(path: string): string[] {
  const names: string[] = [];
  let rest = path;
  for (;;) {
    const [part = '', plain, quoted] = /^(?:([a-zA-Z_][a-zA-Z_0-9]*)|`((?:[^`\\]|\\.)+)`)/.exec(rest) ?? [];
    if (part === '') throw invalid(`Invalid property path "${path.slice(0, 100)}".`);
    names.push(plain ?? (quoted ?? '').replaceAll(/\\(.)/g, '$1'));
    rest = rest.slice(part.length);
    if (rest === '') return names;
    if (!rest.startsWith('.')) throw invalid(`Invalid property path "${path.slice(0, 100)}".`);
    rest = rest.slice(1);
  }
}

export function valueAt(fields: Fields, [name = '', ...rest]: readonly string[]): Value | undefined {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (rest.length === 0 || value === undefined) return value;
  return 'mapValue' in value ? valueAt(value.mapValue.fields ?? {}, rest) : undefined;
}

/** @returns fields in which `path` holds `value`, or nothing; missing maps on the way are created, except to delete something */
export function withValueAt(fields: Fields, [name = '', ...rest]: readonly string[], value: Value | undefined): Fields {
  const { [name]: present, ...others } = fields;
  if (rest.length === 0) return value === undefined ? others : { ...others, [name]: value };
  const inner = present !== undefined && 'mapValue' in present ? (present.mapValue.fields ?? {}) : undefined;
  if (inner === undefined && value === undefined) return fields;
  const changed = withValueAt(inner ?? {}, rest, value);
  return { ...others, [name]: { mapValue: Object.keys(changed).length === 0 ? {} : { fields: changed } } };
}

export function masked(fields: Fields, paths: readonly string[]): Fields {
  return paths
    .filter((path) => path !== '__name__')
    .map(parseFieldPath)
    .reduce((kept: Fields, path) => {
      const value = valueAt(fields, path);
      return value === undefined ? kept : withValueAt(kept, path, value);
    }, {});
}
