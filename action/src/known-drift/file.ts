import { constants, open } from 'node:fs/promises';
import type { Document, LineCounter } from 'yaml';
import { defaults, InputError, type Settings } from '../inputs.ts';
import { inert } from '../privacy/inert.ts';
import { isPseudonym, pseudonymKeyOf } from '../privacy/pseudonyms.ts';
import { OutsideError, placeInWorkspace } from '../workspace.ts';
import { knownDriftSchema, type KnownDriftRule } from './rule.ts';

const maxBytes = 1024 * 1024;

/** So many problems are named; who has more corrects these first. */
const maxProblems = 20;

/**
 * The rules of accepted differences.
 *
 * @param workspace what the file's path is relative to
 * @returns `undefined` where there is no file; an empty list where it holds no rule
 * @throws {InputError} when the file cannot be read, or naming what is wrong in it, a line each
 */
export async function readKnownDrift(
  settings: Pick<Settings, 'config' | 'revealValues' | 'supabaseKey' | 'pseudonymKey'>,
  workspace: string,
): Promise<KnownDriftRule[] | undefined> {
  const { config } = settings;
  const text = await readText(config, workspace);
  if (text === undefined) return undefined;
  const { document, lineCounter, broken } = await parse(config, text);
  if (broken.length > 0) throw wrong(config, broken);

  const parsed = knownDriftSchema.safeParse(plain(document, config) ?? {});
  const problems = (parsed.error?.issues ?? []).map((issue) => {
    const path = issue.path.filter((part) => typeof part !== 'symbol');
    const unknown = issue.code === 'unrecognized_keys' ? `${shortList(issue.keys.map((key) => inert(key, 60)))} is no part of ${path.length > 0 ? 'a rule' : 'this file'}` : undefined;
    const field = typeof path.at(-1) === 'string' ? `${path.slice(2).join('.') || path.join('.')}: ` : '';
    return `${placeOf(document, lineCounter, path)}: ${unknown ?? `${field}${issue.message}`}.`;
  });
  if (!parsed.success) throw wrong(config, problems);

  const rules = parsed.data.accepted ?? [];
  const unusable = rules.flatMap((rule, index) => unusableParts(rule, settings).map((problem) => `${placeOf(document, lineCounter, ['accepted', index])}: ${problem}.`));
  if (unusable.length > 0) throw wrong(config, unusable);
  return rules;
}

const shortList = (names: readonly string[]): string => `${names.slice(0, maxProblems).join(', ')}${names.length > maxProblems ? ` and ${names.length - maxProblems} more` : ''}`;

async function readText(name: string, workspace: string): Promise<string | undefined> {
  const file = inert(name, 200);
  try {
    // What it leads to is opened without following anything more, and without waiting for a pipe.
    const handle = await open(await placeInWorkspace(workspace, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = await handle.stat();
      if (!found.isFile()) throw new InputError(`The file ${file} of accepted differences is not a regular file. Correct the input config, or put a file there.`);
      if (found.size > maxBytes) throw new InputError(`The file ${file} is larger than ${maxBytes / 1024} KiB. Accept whole children or weeks instead of single records.`);
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    if (error instanceof OutsideError) throw new InputError(`Input config is "${file}", which ${error.message}. Replace the link with a file.`, { cause: error });
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const isAbsent = code === 'ENOENT' || code === 'ENOTDIR';
    if (isAbsent && name === defaults['config']) return undefined;
    throw new InputError(
      isAbsent
        ? `Input config is "${file}", and there is no such file in the workspace. Correct the path, or check the repository out (actions/checkout) before this step.`
        : `The file ${file} of accepted differences cannot be read (${inert(code, 40)}). Make it a file that the runner may read.`,
      { cause: error },
    );
  }
}

type Parsed = { readonly document: Document; readonly lineCounter: LineCounter; readonly broken: readonly string[] };

async function parse(name: string, text: string): Promise<Parsed> {
  // Most runs have no such file, and go without its parser; which is CommonJS, and has one export in the bundle.
  const { default: yaml } = await import('yaml');
  const lineCounter = new yaml.LineCounter();
  const lineOf = (offset: number): number => lineCounter.linePos(offset).line;
  try {
    // Dates stay text, whatever version or tag the file asks for. The parser's own search for keys that repeat compares each
    // with every other one, which takes seconds for ten thousands of them.
    const document = yaml.parseDocument(text, { schema: 'core', resolveKnownTags: false, prettyErrors: false, uniqueKeys: false, lineCounter });
    if (document.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) throw new RangeError('nested too deeply');
    const broken = document.errors.map(({ pos, message }) => `line ${lineOf(pos[0])}: ${inert(message, 200)}.`);
    if (broken.length === 0) {
      yaml.visit(document, {
        Map(_, map) {
          const seen = new Set<string>();
          for (const { key } of map.items) {
            if (!yaml.isScalar(key)) continue;
            const word = String(key.value);
            if (seen.has(word)) broken.push(`line ${lineOf(key.range?.[0] ?? 0)}: this key appears twice.`);
            seen.add(word);
          }
        },
      });
    }
    return { document, lineCounter, broken };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new InputError(`The file ${inert(name, 200)} of accepted differences cannot be used: it is nested too deeply.`, { cause });
  }
}

function wrong(name: string, problems: readonly string[]): InputError {
  const file = inert(name, 200);
  if (problems.length === 1) return new InputError(`The file ${file} of accepted differences cannot be used: ${problems.join('')}`);
  const more = problems.length - maxProblems;
  return new InputError([`The file ${file} of accepted differences cannot be used:`, ...problems.slice(0, maxProblems), ...(more > 0 ? [`and ${more} more.`] : [])].join('\n- '));
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
function unusableParts({ child, path }: KnownDriftRule, settings: Pick<Settings, 'revealValues' | 'supabaseKey' | 'pseudonymKey'>): string[] {
  const { revealValues } = settings;
  const isNamed = child !== undefined && isPseudonym(child);
  const passing = pseudonymKeyOf(settings) === undefined ? ['child', 'path'].filter((part) => (part === 'child' ? isNamed : path?.includes('/text('))) : [];
  return [
    ...(child === undefined || isNamed || revealValues ? [] : ['child: child- and eight hex digits or more, as the report shows it, since reveal-values is off']),
    ...(path === undefined || shownPath.test(path) || revealValues ? [] : ['path: as the report shows it, such as habits/text(5, 1a2b3c4d)/2025-10-13 or habits/*, since reveal-values is off']),
    ...passing.map((part) => `${part}: a pseudonym, which holds for one run only with this supabase-key: set pseudonym-key, and copy it again`),
  ];
}
