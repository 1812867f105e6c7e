import type { Documents, StoredDocument } from './documents.ts';
import { parseFieldPath, valueAt, withValueAt } from './field-path.ts';
import { known } from './query.ts';
import { compareValues, equal, type Fields, invalid, microsOf, normalize, normalizeFields, refuse, timestampOf, type Value } from './value.ts';

/** Applies the writes of one commit: all of them, or none. */

type Transform = {
  fieldPath: string;
  setToServerValue?: string;
  increment?: Value;
  maximum?: Value;
  minimum?: Value;
  appendMissingElements?: { values?: Value[] };
  removeAllFromArray?: { values?: Value[] };
};
export type Write = {
  update?: { name: string; fields?: Fields };
  delete?: string;
  verify?: string;
  updateMask?: { fieldPaths?: string[] };
  updateTransforms?: Transform[];
  currentDocument?: { exists?: boolean; updateTime?: string };
};

type WriteResult = { updateTime?: string; transformResults?: Value[] };

/** @returns the results, in the order of the writes */
export function commit(
  writes: readonly Write[],
  { documents, time, pathOf }: { documents: Documents; time: number; pathOf: (name: string) => string },
): WriteResult[] {
  const pending = new Map<string, StoredDocument | undefined>();
  const results = writes.map((write): WriteResult => {
    known(write, 'update', 'delete', 'verify', 'updateMask', 'updateTransforms', 'currentDocument');
    const name = write.update?.name ?? write.delete ?? write.verify;
    if (name === undefined) throw invalid('A write must have an operation.');
    const path = pathOf(name);
    const before = pending.has(path) ? pending.get(path) : documents.get(path, time);
    checkPrecondition(write, path, before);
    if (write.verify !== undefined) return {};
    if (write.update === undefined) {
      pending.set(path, undefined);
      return {};
    }
    const { fields, transformResults } = changed(write, before?.fields ?? {}, time);
    // A write that changes nothing keeps the time of the last change, as in Firestore.
    const same = before !== undefined && equal({ mapValue: { fields } }, { mapValue: { fields: before.fields } });
    const updateTime = same ? before.updateTime : time;
    pending.set(path, { path, fields, createTime: before?.createTime ?? time, updateTime });
    return { updateTime: timestampOf(updateTime), ...(transformResults.length > 0 ? { transformResults } : {}) };
  });
  for (const [path, document] of pending) {
    if (document !== documents.get(path, time)) documents.put(path, time, document);
  }
  return results;
}

function checkPrecondition({ currentDocument, verify }: Write, path: string, before: StoredDocument | undefined): void {
  if (!currentDocument) {
    if (verify !== undefined) throw invalid('a verify must contain a precondition');
    return;
  }
  known(currentDocument, 'exists', 'updateTime');
  if (currentDocument.updateTime !== undefined) {
    const required = microsOf(currentDocument.updateTime);
    if (before?.updateTime === required) return;
    throw refuse('FAILED_PRECONDITION', `the stored version (${before?.updateTime ?? 0}) does not match the required base version (${required})`);
  }
  if (currentDocument.exists === true && !before) throw refuse('NOT_FOUND', `No document to update: ${path}`);
  if (currentDocument.exists === false && before) throw refuse('ALREADY_EXISTS', `Document already exists: ${path}`);
}

function changed(write: Write, before: Fields, time: number): { fields: Fields; transformResults: Value[] } {
  const given = normalizeFields(write.update?.fields);
  let fields = given;
  if (write.updateMask) {
    const paths = (write.updateMask.fieldPaths ?? []).map(parseFieldPath);
    fields = paths.reduce((kept, path) => withValueAt(kept, path, valueAt(given, path)), before);
  }
  const transformResults = (write.updateTransforms ?? []).map((transform) => {
    const path = parseFieldPath(transform.fieldPath);
    const { value, result } = transformed(transform, valueAt(fields, path), time);
    fields = withValueAt(fields, path, value);
    return result;
  });
  return { fields, transformResults };
}

function transformed(transform: Transform, before: Value | undefined, time: number): { value: Value; result: Value } {
  const both = (value: Value): { value: Value; result: Value } => ({ value, result: value });
  known(transform, 'fieldPath', 'setToServerValue', 'increment', 'maximum', 'minimum', 'appendMissingElements', 'removeAllFromArray');
  if (transform.setToServerValue === 'REQUEST_TIME') return both({ timestampValue: timestampOf(time) });
  const elements = before && 'arrayValue' in before ? (before.arrayValue.values ?? []) : [];
  const list = (values: Value[]): { value: Value; result: Value } => ({
    value: { arrayValue: values.length === 0 ? {} : { values } },
    result: { nullValue: null },
  });
  if (transform.appendMissingElements) {
    const given = (transform.appendMissingElements.values ?? []).map((one) => normalize(one, 'array'));
    return list(given.reduce((all, one) => (all.some((element) => equal(element, one)) ? all : [...all, one]), elements));
  }
  if (transform.removeAllFromArray) {
    const given = (transform.removeAllFromArray.values ?? []).map((one) => normalize(one, 'array'));
    return list(elements.filter((element) => !given.some((one) => equal(element, one))));
  }
  const operand = transform.increment ?? transform.maximum ?? transform.minimum;
  if (!operand) throw invalid('A transform must have an operation.');
  const given = normalize(operand);
  const number = before && ('integerValue' in before || 'doubleValue' in before) ? before : undefined;
  if (!number) return both(given);
  if (transform.increment) return both(sumOf(number, given));
  const order = compareValues(given, number);
  return both((transform.maximum ? order > 0 : order < 0) ? given : number);
}

function sumOf(a: Value, b: Value): Value {
  if ('integerValue' in a && 'integerValue' in b) {
    const sum = BigInt(a.integerValue) + BigInt(b.integerValue);
    // An increment saturates at the limits of 64 bits.
    const [most, least] = [2n ** 63n - 1n, -(2n ** 63n)];
    return { integerValue: String(sum > most ? most : sum < least ? least : sum) };
  }
  const numberOf = (value: Value): number => Number('integerValue' in value ? value.integerValue : 'doubleValue' in value ? value.doubleValue : 0);
  return normalize({ doubleValue: numberOf(a) + numberOf(b) });
}
