import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Document, LineCounter } from 'yaml';
import { defaults, InputError, type Settings } from '../inputs.ts';
import { inert } from '../privacy/inert.ts';
import { knownDriftSchema, type KnownDriftRule } from './rule.ts';

const maxBytes = 256 * 1024;

/**
 * The rules of accepted differences.
 *
 * @param workspace what the file's path is relative to
 * @returns `undefined` where there is no file; an empty list where it holds no rule
 * @throws {InputError} when the file cannot be read, or naming every part of it that is wrong, a line each
 */
export async function readKnownDrift(
  { knownDrift, revealValues }: Pick<Settings, 'knownDrift' | 'revealValues'>,
  workspace: string,
): Promise<KnownDriftRule[] | undefined> {
  const text = await readText(knownDrift, resolve(workspace, knownDrift));
  if (text === undefined) return undefined;
  // Most runs have no such file, and go without its parser; which is CommonJS, and has one export in the bundle.
  const { default: yaml } = await import('yaml');
  const lineCounter = new yaml.LineCounter();
  // Dates stay text, whatever version or tag the file asks for.
  const document = yaml.parseDocument(text, { schema: 'core', resolveKnownTags: false, prettyErrors: false, lineCounter });
  const broken = document.errors.map(({ pos, message }) => `line ${lineCounter.linePos(pos[0]).line}: ${inert(message, 200)}.`);
  if (broken.length > 0) throw wrong(knownDrift, broken);

  const parsed = knownDriftSchema.safeParse(plain(document, knownDrift) ?? {});
  const problems = (parsed.error?.issues ?? []).map((issue) => {
    const path = issue.path.filter((part) => typeof part !== 'symbol');
    const unknown = issue.code === 'unrecognized_keys' ? `${issue.keys.map((key) => inert(key, 60)).join(', ')} is no part of ${path.length > 0 ? 'a rule' : 'this file'}` : undefined;
    const field = typeof path.at(-1) === 'string' ? `${path.slice(2).join('.') || path.join('.')}: ` : '';
    return `${placeOf(document, lineCounter, path)}: ${unknown ?? `${field}${issue.message}`}.`;
  });
  if (!parsed.success) throw wrong(knownDrift, problems);

  const rules = parsed.data.accepted ?? [];
  const readable = revealValues ? [] : rules.flatMap((rule, index) => readableParts(rule).map((problem) => `${placeOf(document, lineCounter, ['accepted', index])}: ${problem}.`));
  if (readable.length > 0) throw wrong(knownDrift, readable);
  return rules;
}

async function readText(name: string, path: string): Promise<string | undefined> {
  const file = inert(name, 200);
  try {
    const { size } = await stat(path);
    if (size > maxBytes) throw new InputError(`The file ${file} is larger than ${maxBytes / 1024} KiB. Accept whole children or weeks instead of single records.`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof InputError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const isAbsent = code === 'ENOENT' || code === 'ENOTDIR';
    if (isAbsent && name === defaults['known-drift']) return undefined;
    throw new InputError(
      isAbsent
        ? `Input known-drift is "${file}", and there is no such file in the workspace. Correct the path, or check the repository out (actions/checkout) before this step.`
        : `The file ${file} of accepted differences cannot be read (${inert(code, 40)}). Make it a file that the runner may read.`,
      { cause: error },
    );
  }
}

function wrong(name: string, problems: readonly string[]): InputError {
  const file = inert(name, 200);
  if (problems.length === 1) return new InputError(`The file ${file} of accepted differences cannot be used: ${problems.join('')}`);
  return new InputError([`The file ${file} of accepted differences cannot be used:`, ...problems].join('\n- '));
}

function plain(document: Document, name: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw new InputError(`The file ${inert(name, 200)} of accepted differences cannot be used: its aliases cannot be resolved. Write them out; a text that begins with * stands in quotes.`, { cause });
  }
}

/** Where a person finds it: the line, and which rule of the list it is. */
function placeOf(document: Document, lineCounter: LineCounter, path: readonly (string | number)[]): string {
  const rule = typeof path[1] === 'number' ? `, rule ${path[1] + 1}` : '';
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node: unknown = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true);
    const range = typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range) ? Number(node.range[0]) : undefined;
    if (range !== undefined) return `line ${lineCounter.linePos(range).line}${rule}`;
  }
  return `the file${rule}`;
}

const shownPath = /^[a-z_.[\]\d*]+(?:\/(?:text\([\d, a-f*]*\)?|[\d*-]+))*$/;

/**
 * What a report without `reveal-values` would never say could match nothing, and would be printed with the rule. The
 * values themselves may be names, so they are not repeated.
 */
function readableParts({ child, path }: KnownDriftRule): string[] {
  return [
    ...(child === undefined || /^child-[0-9a-f]{8}$/.test(child) ? [] : ['child: child- and eight hex digits, as the report shows it, since reveal-values is off']),
    ...(path === undefined || shownPath.test(path) ? [] : ['path: as the report shows it, such as habits/text(5, 1a2b3c4d)/2025-10-13 or habits/*, since reveal-values is off']),
  ];
}
