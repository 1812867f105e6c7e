import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node, type YAMLMap, type YAMLSeq } from 'yaml';
import { canonicalDecimal } from './decimal.ts';
import { quoted, type FilePath, type Mistake } from './mistakes.ts';
import { numberValue, type Value } from '../../store/value.ts';

/** A YAML file as plain data with line numbers. Reading it takes time linear in the size of the file. */
export type Tree = {
  /** Objects without a prototype, arrays, texts, numbers, booleans and nulls. */
  readonly data: unknown;
  /** The same, with every digit of its numbers. */
  readonly value: Value;
  /** YAML mistakes that do not prevent reading: repeated keys, and aliases without an anchor. */
  readonly mistakes: readonly Mistake[];
  /** The line of the deepest existing part of the path; from 1. */
  readonly lineOf: (path: FilePath) => number;
};

const maxBytes = 1024 * 1024;
/** How many values aliases may expand to: enough for every honest use. */
const maxUnfolded = 10_000;
const maxDepth = 100;

const deeper = 'this line, or the one below it, is indented too far, or text with a colon has no quotes. Use the same number of spaces, or add quotes';

const syntax: Partial<Record<string, string>> = {
  MULTIPLE_DOCS: 'a second document begins here. Keep one, without --- between',
  TAB_AS_INDENT: 'a tab indents this line. Use spaces',
  BAD_INDENT: 'the line is indented differently from those around it. Use the same number of spaces',
  FLOW_INDENT: 'a brace or a bracket above is not closed, or this line is not indented below it. Close it, or indent the line',
  BLOCK_AS_IMPLICIT_KEY: deeper,
  MULTILINE_IMPLICIT_KEY: deeper,
  MISSING_CHAR: 'a comma, a colon, a quote or a bracket is missing. Add it; a path with {segments} between braces or brackets needs quotes',
  UNEXPECTED_TOKEN:
    'this is not valid YAML (UNEXPECTED_TOKEN). Text with special characters needs quotes; so does a path with {segments} between braces or brackets',
  RESOURCE_EXHAUSTION: 'values are nested too deeply. Nest them less deeply',
};

/** @returns only the mistakes if nothing could be read */
export function parseTree(text: string): Tree | readonly Mistake[] {
  if (Buffer.byteLength(text) > maxBytes) return [{ line: 1, message: 'the file is larger than 1 MiB. Make it smaller' }];
  const lines = new LineCounter();
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  // Dates stay text, whatever version or tag the file asks for. The parser's own check for repeated keys takes quadratic time.
  const document = parseDocument(text, { schema: 'core', resolveKnownTags: false, prettyErrors: false, uniqueKeys: false, lineCounter: lines });
  // The parser's messages may repeat the file's contents.
  const broken = document.errors.map(({ pos, code, message }) => ({
    line: lineAt(pos[0]),
    message:
      syntax[code === 'BAD_INDENT' && message.startsWith('Flow ') ? 'FLOW_INDENT' : code] ??
      `this is not valid YAML (${code}). Correct it; text with special characters needs quotes`,
  }));
  if (broken.length > 0) return broken;

  const { root, offsets, mistakes } = convert(document);
  return {
    mistakes: mistakes.map(({ offset, message }) => ({ line: lineAt(offset), message })),
    data: root.data,
    value: root.value,
    lineOf(path) {
      let { data } = root;
      let offset = document.contents?.range?.[0] ?? 0;
      for (const part of path) {
        const found = typeof data === 'object' && data !== null ? offsets.get(data)?.get(String(part)) : undefined;
        if (found === undefined) break;
        offset = found;
        data = (data as Record<string | number, unknown>)[part];
      }
      return lineAt(offset);
    },
  };
}

/** A part of the file, with the number of values it expands to. */
type Part = { readonly data: unknown; readonly value: Value; readonly size: number };

type Conversion = {
  readonly root: Part;
  /** The offsets of the members of each object or array. */
  readonly offsets: Map<object, Map<string, number>>;
  readonly mistakes: { readonly offset: number; readonly message: string }[];
};

const nothing: Part = { data: null, value: null, size: 1 };

function convert(document: Document.Parsed): Conversion {
  const offsets: Conversion['offsets'] = new Map();
  const mistakes: Conversion['mistakes'] = [];
  const anchors = new Map<string, Part | 'unfinished'>();
  let unfolded = 0;

  const offsetOf = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0);

  function part(node: unknown, depth: number): Part {
    if (isAlias(node)) return anchored(node.source, offsetOf(node));
    if (!isNode(node)) return nothing;
    const { anchor } = node as { anchor?: string };
    if (anchor !== undefined) anchors.set(anchor, 'unfinished');
    const made = depth > maxDepth ? tooDeep(node) : isMap(node) ? map(node, depth) : isSeq(node) ? list(node, depth) : scalar(node);
    if (anchor !== undefined) anchors.set(anchor, made);
    return made;
  }

  function tooDeep(node: Node): Part {
    mistakes.push({ offset: offsetOf(node), message: `values are nested more than ${maxDepth} deep. Nest them less deeply` });
    return nothing;
  }

  function anchored(name: string, offset: number): Part {
    const found = anchors.get(name);
    if (found === undefined || found === 'unfinished') {
      mistakes.push({
        offset,
        message: `the alias *${/^\w{1,32}$/.test(name) ? name : '…'} stands for nothing that was anchored before it. Write it out; text that begins with * needs quotes`,
      });
      return nothing;
    }
    const before = unfolded;
    unfolded += found.size;
    if (unfolded <= maxUnfolded) return found;
    if (before <= maxUnfolded)
      mistakes.push({ offset, message: `the aliases expand to more than ${maxUnfolded} values. Write them out, or use fewer aliases` });
    return nothing;
  }

  function map(node: YAMLMap, depth: number): Part {
    const data: Record<string, unknown> = Object.create(null);
    const value = new Map<string, Value>();
    const members = new Map<string, number>();
    offsets.set(data, members);
    let size = 1;
    for (const pair of node.items) {
      const key = keyOf(pair.key);
      const offset = offsetOf(pair.key) || offsetOf(node);
      const made = part(pair.value, depth + 1);
      if (key === undefined || key === '__proto__')
        mistakes.push({ offset, message: 'a key must be text. Correct it; text with special characters needs quotes' });
      else if (key === '<<') mistakes.push({ offset, message: '<< does not merge here. Write the lines out; an alias can stand for a whole value' });
      else if (members.has(key)) mistakes.push({ offset, message: `${quoted(key)} appears twice. Remove one` });
      else {
        members.set(key, offset);
        data[key] = made.data;
        value.set(key, made.value);
      }
      size += made.size;
    }
    return { data, value, size };
  }

  function list(node: YAMLSeq, depth: number): Part {
    const parts = node.items.map((item) => part(item, depth + 1));
    const data = parts.map((item) => item.data);
    offsets.set(data, new Map(node.items.map((item, index) => [`${index}`, offsetOf(item) || offsetOf(node)])));
    return { data, value: parts.map((item) => item.value), size: parts.reduce((sum, { size }) => sum + size, 1) };
  }

  const root = document.contents === null ? nothing : part(document.contents, 0);
  return { root, offsets, mistakes };
}

function keyOf(node: unknown): string | undefined {
  if (!isScalar(node) || node.value === null) return undefined;
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
}

function scalar(node: Node): Part {
  const { value, source } = node as { value?: unknown; source?: string };
  if (typeof value === 'string' || typeof value === 'boolean') return { data: value, value, size: 1 };
  if (typeof value !== 'number') return nothing;
  const digits = source !== undefined && canonicalDecimal(source) !== undefined ? source : String(value);
  return { data: value, value: numberValue(digits), size: 1 };
}
