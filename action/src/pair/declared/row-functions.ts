import * as z from 'zod/mini';
import { toNfc, toNfd } from '../../document/canonical.ts';
import { withoutFill } from '../../store/column.ts';
import type { Reader } from '../../store/postgrest/reader.ts';
import { ReadError } from '../../store/errors.ts';
import type { CompiledEntity } from './compiled.ts';
import { parseExactJson } from '../../store/exact-json.ts';
import { sideNames, type SideName, type Sides } from './entity.ts';
import type { Digester, NarrowedPart } from '../pair.ts';
import type { RowSpec, SpecPart } from './row-spec.ts';
import type { StoredRow } from './row.ts';
import { isUnreadable } from './types.ts';
import { isFields, numberValue, timestampValue, type Value } from '../../store/value.ts';

/** Speaks to the functions of `supabase/migrations/021_create_row_functions.sql`. */

const functionsVersion = 3;
const migration = 'supabase/migrations/021_create_row_functions.sql';

/** About how many rows of a side lie between two positions: the least that one statement compares. */
const portionRows = 1000;
/** Positions in one answer. */
const boundsPage = 100;
/** Keys that are handed over in one answer. */
const suspectsPage = 10_000;
/** How much less a key costs that is only looked up in two indexes than a row that is compared. */
const cheaperKeys = 8;
/** Portions that are looked through for what was written meanwhile, in one statement. */
const writtenPortions = 200;
/** Rows of one bucket, where digests have to tell what to read. */
const bucketRows = 50;

export type RowCaller = Pick<Reader, 'call' | 'refused'>;

/** A key as its columns spell it, as text. */
export type RawKey = readonly string[];

export type RowDigest = {
  /** Rows in scope with a whole key. */
  readonly legacy: number;
  readonly normalized: number;
  /** Keys that are the same on both sides, with one row each. */
  readonly equal: number;
  /** Of everything else; the same key may be there in several spellings, in several digests. */
  readonly suspects: readonly RawKey[];
};

/** Everything in portions, by ranges of keys, as `compare/digest.ts` has them compared. */
export type RowPlan = {
  /** About how many rows each portion has. */
  readonly rows: readonly number[];
  /** @throws {ReadError | BudgetError} */
  readonly digest: (start: number, end: number, tries: number) => Promise<RowDigest>;
  /**
   * To be asked when all portions are compared: keys of rows that were written since the plan was made and may have been missed, or
   * counted twice, by portions. Where there are any, what the portions counted is not exact.
   */
  readonly written: () => Promise<readonly RawKey[]>;
};

export type RowsFound = Sides<readonly StoredRow[]>;

export type RowFunctions = {
  readonly probe: Digester['probe'];
  readonly plan: () => Promise<RowPlan>;
  /**
   * Likewise of the keys that are in a part: the database tells which they are where it can, and else hands over digests of all.
   *
   * @param isIn of keys in a spelling that can be read
   */
  readonly planPart: (part: Pick<NarrowedPart, 'index' | 'of'>, isIn: (key: RawKey) => boolean) => Promise<RowPlan>;
  /** Both sides of keys, in scope or not: on one snapshot where they are in one project. */
  readonly read: (keys: readonly RawKey[]) => Promise<RowsFound>;
  /** Rows in scope that have no whole key: how many, and at most some thousands of them. */
  readonly keyless: () => Promise<Sides<{ readonly rows: number; readonly found: readonly StoredRow[] }>>;
  /** What a key means, as in `Row.key`; `undefined` where a part cannot be read. */
  readonly meaningOf: (key: RawKey) => readonly string[] | undefined;
};

const rawKey = z.array(z.string());
const side = z.enum(sideNames);

const planAnswer = z.object({
  problems: z.array(z.object({ side, table: z.string(), column: z.nullable(z.string()), found: z.nullable(z.string()), expected: z.nullable(z.string()) })),
  strange: z.array(z.object({ side, table: z.string(), column: z.string(), reason: z.string() })),
  order: z.nullable(z.array(z.number())),
  key: z.nullable(z.array(z.object({ side, table: z.string(), is_table: z.boolean(), columns: z.array(z.string()) }))),
  rows: z.object({ legacy: z.number(), normalized: z.number() }),
  keyless: z.boolean(),
  pages: z.nullable(z.object({ legacy: z.number(), normalized: z.number() })),
  now: z.number(),
  sorted: z.nullable(z.string()),
  /** Functions of an older release know no parts. */
  parted: z.prefault(z.boolean(), false),
  /** Or no index of them. */
  part: z.prefault(z.nullable(z.object({ order: z.nullable(z.array(z.number())), indexes: z.array(z.string()) })), null),
});
type PlanAnswer = z.infer<typeof planAnswer>;

const boundsAnswer = z.object({ bounds: z.array(rawKey), next: z.boolean() });
const compareAnswer = z.object({ legacy: z.number(), normalized: z.number(), equal: z.number(), suspects: z.array(rawKey), more: z.boolean() });
const pagesAnswer = z.object({ rows: z.number(), met: z.number(), equal: z.number(), suspects: z.array(rawKey), more: z.boolean() });
const writtenAnswer = z.object({ suspects: z.array(rawKey), more: z.boolean() });
const readAnswer = z.object({ legacy: z.array(z.string()), normalized: z.array(z.string()) });
const keylessSide = z.object({ rows: z.number(), found: z.array(z.string()) });
const keylessAnswer = z.object({ legacy: keylessSide, normalized: keylessSide });
const bucketsAnswer = z.array(z.tuple([z.number(), z.number(), z.string()]));
const digestsAnswer = z.array(z.tuple([rawKey, z.string()]));

async function bothOf<T>(ask: (which: SideName) => Promise<T>): Promise<Sides<T>> {
  const [legacy, normalized] = await Promise.all([ask('legacy'), ask('normalized')]);
  return { legacy, normalized };
}

type Arguments = Readonly<Record<string, string | number | boolean>>;

async function answered<T>(reader: RowCaller, name: string, parameters: Arguments, value: z.ZodMiniType<T>, tries?: number): Promise<T> {
  const answer = await reader.call(name, parameters, value, tries);
  if (answer === undefined) throw reader.refused(name);
  return answer;
}

/** Whatever keeps a project from answering: reading the rows will tell whether the project itself is in trouble. */
const answeredOrNot = async <T>(asked: Promise<T | undefined>): Promise<T | undefined> =>
  asked.catch((error: unknown) => {
    if (error instanceof ReadError) return undefined;
    throw error;
  });

/**
 * For two tables of one project.
 *
 * @param entity both of whose sides the spec was made of
 */
export function createRowFunctions(reader: RowCaller, entity: CompiledEntity, spec: RowSpec): RowFunctions {
  const asked = { spec: spec.text };
  const planOf = (part?: SpecPart): Promise<PlanAnswer | undefined> => planned(reader, spec, part);
  async function known(part?: SpecPart): Promise<PlanAnswer> {
    const plan = await planOf(part);
    if (plan === undefined) throw reader.refused('driftwatch_rows_plan');
    return plan;
  }

  return {
    async probe(part) {
      const version = await versionOf(reader);
      if (version !== functionsVersion) return { ready: false, sentence: versionSentence(version) };
      const plan = await answeredOrNot(planOf(part));
      const reason = plan === undefined ? `Entity ${entity.declaration.name}: the row functions did not answer` : reasonAgainst(entity, plan);
      // Digests come by ranges of keys, and values that are near have none in common.
      const narrows = plan?.parted === true || (plan?.pages === null && !spec.hasTolerance);
      return reason === undefined
        ? {
            ready: true,
            narrows,
            sentence: 'The database compares both sides itself: the row functions are installed.',
            advice: adviceOf(entity, plan?.part?.indexes ?? []),
          }
        : { ready: false, sentence: readsRows(reason) };
    },

    async plan() {
      const plan = await known();
      return plan.pages === null ? planOfKeys(reader, asked, await everyBound(reader, asked)) : planOfPages(reader, { ...spec, asked }, plan, plan.pages);
    },

    async planPart(part, isIn) {
      const plan = await known(part);
      if (!plan.parted)
        return planOfDigests({ legacy: reader, normalized: reader }, { spec: spec.orderedText(plan.order) }, await everyBound(reader, asked), isIn);
      if (plan.part?.order) {
        const askedInOrder = { spec: spec.textWith({ part: { ...part, order: plan.part.order } }) };
        return planOfKeys(reader, askedInOrder, await everyBound(reader, askedInOrder));
      }
      const askedOfPart = { spec: spec.textWith({ part }) };
      // As where a condition leaves out rows: no index knows what is in the part.
      if (plan.pages !== null) return planOfPages(reader, { ...spec, isScoped: true, asked: askedOfPart }, plan, plan.pages);
      return planOfKeys(reader, askedOfPart, await everyBound(reader, asked));
    },

    async read(keys) {
      const found = await answered(reader, 'driftwatch_rows_read', { ...asked, keys: keysText(entity, keys) }, readAnswer);
      return storedRows(spec, found);
    },

    async keyless() {
      const found = await answered(reader, 'driftwatch_rows_keyless', asked, keylessAnswer);
      return { legacy: keylessOf(spec, 'legacy', found.legacy), normalized: keylessOf(spec, 'normalized', found.normalized) };
    },

    meaningOf: (key) => meaningOf(entity, spec, key),
  };
}

/** Functions of an older release take a part for trouble where only the action can tell what is in it. */
async function planned(reader: RowCaller, spec: RowSpec, part?: SpecPart, onlySide?: SideName): Promise<PlanAnswer | undefined> {
  const ask = (text: string) => reader.call('driftwatch_rows_plan', { spec: text, ...(onlySide && { only_side: onlySide }) }, planAnswer);
  const plan = await ask(spec.textWith({ part }));
  return part === undefined || plan?.parted !== false ? plan : ask(spec.text);
}

/** What a part costs that no index has, and what would help; the statements can be run as they are. */
const adviceOf = ({ declaration: { name } }: CompiledEntity, statements: readonly string[]): string | undefined =>
  statements.length === 0
    ? undefined
    : `Entity ${name}: to find the rows of this part, the database looks at every row. To let it skip the others, run: ${statements.map((statement) => `${statement};`).join(' ')}`;

type Pages = { readonly which: SideName; readonly first: number; readonly until: number | undefined };

/** Ranges of keys, in the order of an index. */
function planOfKeys(reader: RowCaller, asked: Arguments, bounds: readonly RawKey[]): RowPlan {
  return {
    rows: Array.from({ length: bounds.length + 1 }, () => portionRows),
    digest: inParts(async (start, end, tries, page) =>
      answered(reader, 'driftwatch_rows_compare', { ...asked, ...rangeOf(bounds, start, end), page }, compareAnswer, tries),
    ),
    written: async () => [],
  };
}

/**
 * Pages of the legacy side, each of whose rows is compared with the one of its key. Which keys there are, and how many, the indexes
 * tell by ranges of keys; where rows out of scope have to be told from others, only the pages of both sides can.
 */
async function planOfPages(
  reader: RowCaller,
  spec: Pick<RowSpec, 'keysText' | 'isScoped'> & { readonly asked: Arguments },
  { rows, now }: PlanAnswer,
  pages: Sides<number>,
): Promise<RowPlan> {
  const { asked } = spec;
  const askedKeys = { spec: spec.keysText };
  const bounds = spec.isScoped ? [] : await everyBound(reader, askedKeys);
  const pagesOf = (which: SideName): readonly Pages[] => {
    const size = Math.max(1, Math.round((portionRows * pages[which]) / Math.max(rows[which], 1)));
    const count = Math.max(1, Math.ceil(pages[which] / size));
    return Array.from({ length: count }, (_, index) => ({ which, first: index * size, until: index + 1 < count ? (index + 1) * size : undefined }));
  };
  // What costs less comes last: parts grow by what the parts so far have cost.
  const portions = [...pagesOf('legacy'), ...pagesOf('normalized')];
  const compared = spec.isScoped ? portions : pagesOf('legacy');
  const keyPortions = spec.isScoped ? 0 : bounds.length + 1;

  const partOf = (from: readonly Pages[], which: SideName, start: number, end: number): Arguments | undefined => {
    const part = from.slice(start, end).filter((portion) => portion.which === which);
    const [first, last] = [part[0], part.at(-1)];
    return first && last && { ...asked, side: which, first: first.first, ...(last.until !== undefined && { until: last.until }) };
  };
  return {
    rows: [...compared.map(() => portionRows), ...Array.from({ length: keyPortions }, () => portionRows / cheaperKeys)],
    digest: inParts(async (start, end, tries, page) => {
      const [legacy, normalized] = [partOf(compared, 'legacy', start, end), partOf(compared, 'normalized', start, end)];
      const [firstKeys, lastKeys] = [Math.max(0, start - compared.length), end - compared.length];
      const ours = legacy && (await answered(reader, 'driftwatch_rows_pages', { ...legacy, page, met_only: !spec.isScoped }, pagesAnswer, tries));
      const theirs = normalized && (await answered(reader, 'driftwatch_rows_pages', { ...normalized, page }, pagesAnswer, tries));
      const keys =
        lastKeys > firstKeys
          ? await answered(reader, 'driftwatch_rows_compare', { ...askedKeys, ...rangeOf(bounds, firstKeys, lastKeys), page }, compareAnswer, tries)
          : undefined;
      return {
        legacy: (spec.isScoped ? ours?.rows : keys?.legacy) ?? 0,
        normalized: (spec.isScoped ? theirs?.rows : keys?.normalized) ?? 0,
        equal: ours?.equal ?? 0,
        suspects: [ours, theirs, keys].flatMap((answer) => answer?.suspects ?? []),
        more: [ours, theirs, keys].some((answer) => answer?.more),
      };
    }),
    async written() {
      const keys: RawKey[] = [];
      for (let start = 0; start < portions.length; start += writtenPortions) {
        for (const which of sideNames) {
          const part = partOf(portions, which, start, start + writtenPortions);
          if (part === undefined) continue;
          for (let page = suspectsPage; ; page *= 10) {
            const { suspects, more } = await answered(reader, 'driftwatch_rows_written', { ...part, since: String(now), page }, writtenAnswer);
            if (more) continue;
            keys.push(...suspects);
            break;
          }
        }
      }
      return keys;
    },
  };
}

/** In smaller parts where more is handed over than one answer should hold. */
function inParts(ask: (start: number, end: number, tries: number, page: number) => Promise<RowDigest & { readonly more: boolean }>): RowPlan['digest'] {
  return async function compare(start, end, tries): Promise<RowDigest> {
    for (let page = suspectsPage; ; page *= 10) {
      const { more, ...digest } = await ask(start, end, tries, page);
      if (!more) return digest;
      if (end - start > 1) break;
    }
    const middle = Math.ceil((start + end) / 2);
    return added(await compare(start, middle, tries), await compare(middle, end, tries));
  };
}

/**
 * For two tables of two projects which both have the functions: digests of buckets tell which rows to read.
 *
 * @param readers of the project of each side
 */
export function createRowDigests(readers: Sides<RowCaller>, entity: CompiledEntity, spec: RowSpec): RowFunctions {
  const plansOf = (part?: SpecPart) => bothOf(async (which) => planned(readers[which], spec, part, which));

  async function boundsOf(plans: Sides<PlanAnswer | undefined>, text: string): Promise<readonly RawKey[]> {
    const larger = (plans.legacy?.rows.legacy ?? 0) > (plans.normalized?.rows.normalized ?? 0) ? 'legacy' : 'normalized';
    return everyBound(readers[larger], { spec: text, only_side: larger });
  }

  return {
    async probe(part) {
      const { name } = entity.declaration;
      if (spec.hasTolerance) return { ready: false, sentence: readsRows(`Entity ${name}: values within a tolerance do not share a digest`) };
      const versions = await bothOf(async (which) => versionOf(readers[which]));
      const strange = sideNames.find((which) => versions[which] !== functionsVersion);
      if (strange !== undefined) return { ready: false, sentence: versionSentence(versions[strange]) };
      const plans = await bothOf(async (which) => answeredOrNot(planned(readers[which], spec, part, which)));
      for (const which of sideNames) {
        const plan = plans[which];
        const reason = plan === undefined ? `Entity ${name}: the row functions did not answer` : reasonAgainst(entity, plan);
        if (reason !== undefined) return { ready: false, sentence: readsRows(reason) };
      }
      // Ranges of text are the same rows only where text is sorted in the same way.
      const isAlike = plans.legacy?.sorted === plans.normalized?.sorted && String(plans.legacy?.order) === String(plans.normalized?.order);
      if (!isAlike)
        return { ready: false, sentence: readsRows(`Entity ${name}: the two projects keep its key in different types or sort it in different ways`) };
      // One side's index alone helps nothing.
      const parts = sideNames.map((which) => plans[which]?.part);
      return {
        ready: true,
        narrows: true,
        sentence: 'Each project hashes its own rows: the row functions are installed in both.',
        advice: adviceOf(entity, parts.every((one) => one?.order || one?.indexes.length) ? parts.flatMap((one) => one?.indexes ?? []) : []),
      };
    },

    plan: async () => planOfBuckets(readers, (exact) => spec.textWith({ exact }), await boundsOf(await plansOf(), spec.text)),

    async planPart(part, isIn) {
      const plans = await plansOf(part);
      if (!sideNames.every((which) => plans[which]?.parted)) return planOfDigests(readers, { spec: spec.text }, await boundsOf(plans, spec.text), isIn);
      const [legacy, normalized] = sideNames.map((which) => plans[which]?.part?.order);
      const order = legacy && String(legacy) === String(normalized) ? legacy : undefined;
      const inOrder = order && { ...part, order };
      return planOfBuckets(
        readers,
        (exact) => spec.textWith({ part: inOrder ?? part, exact }),
        await boundsOf(plans, inOrder ? spec.textWith({ part: inOrder }) : spec.text),
      );
    },

    async read(keys) {
      const asked = { spec: spec.text, keys: keysText(entity, keys) };
      const found = await bothOf(async (which) => (await answered(readers[which], 'driftwatch_rows_read', { ...asked, only_side: which }, readAnswer))[which]);
      return storedRows(spec, found);
    },

    async keyless() {
      return bothOf(async (which) =>
        keylessOf(spec, which, (await answered(readers[which], 'driftwatch_rows_keyless', { spec: spec.text, only_side: which }, keylessAnswer))[which]),
      );
    },

    meaningOf: (key) => meaningOf(entity, spec, key),
  };
}

/**
 * Digests of buckets, and of each row of those that are not the same.
 *
 * @param specText with digests of buckets that are exact, or rough ones, which cost less
 */
function planOfBuckets(readers: Sides<RowCaller>, specText: (exact: boolean) => string, bounds: readonly RawKey[]): RowPlan {
  let isExact = false;
  return {
    rows: Array.from({ length: bounds.length + 1 }, () => 2 * portionRows),
    async digest(start, end, tries) {
      const askedHere = { spec: specText(isExact), ...rangeOf(bounds, start, end), buckets: Math.ceil(((end - start) * portionRows) / bucketRows) };
      const digested = await bothOf(async (which) => answered(readers[which], 'driftwatch_rows_buckets', { ...askedHere, side: which }, bucketsAnswer, tries));
      const other = new Map(digested.normalized.map(([bucket, ...rest]) => [bucket, rest.join()]));
      const same = new Set(digested.legacy.flatMap(([bucket, ...rest]) => (other.get(bucket) === rest.join() ? [bucket] : [])));
      const wanted = [...new Set(sideNames.flatMap((which) => digested[which].map(([bucket]) => bucket)))].filter((bucket) => !same.has(bucket));
      const rowsOf = (which: SideName): number => digested[which].reduce((sum, [, rows]) => sum + rows, 0);
      const sameRows = digested.legacy.reduce((sum, [bucket, rows]) => sum + (same.has(bucket) ? rows : 0), 0);
      if (wanted.length === 0) return { legacy: rowsOf('legacy'), normalized: rowsOf('normalized'), equal: sameRows, suspects: [] };
      const rows = await bothOf(async (which) =>
        answered(readers[which], 'driftwatch_rows_digests', { ...askedHere, side: which, wanted: `{${wanted.join(',')}}` }, digestsAnswer, tries),
      );
      const { suspects, equal } = differing(rows);
      // Buckets that differ with no row that does: the sides store one value in two ways, and reading these rows costs more than rough digests save.
      const inVain = wanted.length - suspects.length;
      if (inVain * 10 > same.size + wanted.length) isExact = true;
      return { legacy: rowsOf('legacy'), normalized: rowsOf('normalized'), equal: sameRows + equal, suspects };
    },
    written: async () => [],
  };
}

/** Every key with a digest of its row, of which those of one part are compared here. */
function planOfDigests(readers: Sides<RowCaller>, asked: Arguments, bounds: readonly RawKey[], isIn: (key: RawKey) => boolean): RowPlan {
  const of = async (which: SideName, start: number, end: number, tries: number) => {
    const all = await answered(
      readers[which],
      'driftwatch_rows_digests',
      { ...asked, ...rangeOf(bounds, start, end), side: which, buckets: 1, wanted: '{0}' },
      digestsAnswer,
      tries,
    );
    return all.filter(([key]) => isIn(key));
  };
  return {
    rows: Array.from({ length: bounds.length + 1 }, () => 2 * portionRows),
    async digest(start, end, tries) {
      const [legacy, normalized] = await Promise.all([of('legacy', start, end, tries), of('normalized', start, end, tries)]);
      return { legacy: legacy.length, normalized: normalized.length, ...differing({ legacy, normalized }) };
    },
    written: async () => [],
  };
}

/** Keys whose rows are not one on each side with one digest. */
function differing(rows: Sides<z.infer<typeof digestsAnswer>>): { readonly suspects: RawKey[]; readonly equal: number } {
  const seen = new Map<string, { readonly key: RawKey; readonly legacy: string[]; readonly normalized: string[] }>();
  for (const which of sideNames) {
    for (const [key, digest] of rows[which]) {
      const id = JSON.stringify(key);
      const one = seen.get(id) ?? { key, legacy: [], normalized: [] };
      one[which].push(digest);
      seen.set(id, one);
    }
  }
  const suspects = [...seen.values()].filter(({ legacy, normalized }) => legacy.length !== 1 || normalized.length !== 1 || legacy[0] !== normalized[0]);
  return { suspects: suspects.map(({ key }) => key), equal: seen.size - suspects.length };
}

const versionOf = (reader: RowCaller): Promise<number | undefined> => answeredOrNot(reader.call('driftwatch_rows_version', {}, z.number()));

const versionSentence = (version: number | undefined): string =>
  `The row functions ${version === undefined ? 'are not installed, or this key may not call them' : `have version ${version}, not ${functionsVersion}`}, so rows are compared through the API, which is slower. Apply ${migration} from this release, and use a secret key.`;

/** @param reason without the period at the end */
export const readsRows = (reason: string): string => `${reason}. Its rows are compared through the API, which is slower.`;

/** Why a database cannot compare the entity, without the period at the end. */
function reasonAgainst({ declaration: { name } }: CompiledEntity, { problems, strange, order, key }: PlanAnswer): string | undefined {
  const [problem] = problems;
  if (problem) {
    const { side: which, table, column, found, expected } = problem;
    const what = `the ${which} table ${table}${column === null ? '' : `, column ${column}`}`;
    return found === null ? `Entity ${name}: ${what} is not there` : `Entity ${name}: ${what} holds ${found}, and ${expected} was expected`;
  }
  const [first] = strange;
  if (first) return `Entity ${name}: ${first.side} column ${first.table}.${first.column} ${first.reason}`;
  if (order !== null) return undefined;
  const view = key?.find(({ is_table: isTable }) => !isTable);
  if (view) return `Entity ${name}: ${view.table} is a view, which has no index of its own`;
  const indexes = (key ?? []).map(({ table, columns }) => `${table} (${columns.join(', ')})`);
  return `Entity ${name}: no index serves its key in the same order on both sides. Create indexes on ${indexes.join(' and ')}`;
}

async function everyBound(reader: RowCaller, asked: Arguments): Promise<readonly RawKey[]> {
  const all: RawKey[] = [];
  for (;;) {
    const after = all.at(-1);
    const { bounds, next } = await answered(
      reader,
      'driftwatch_rows_bounds',
      { ...asked, size: portionRows, count: boundsPage, ...(after && { after: JSON.stringify(after) }) },
      boundsAnswer,
    );
    all.push(...bounds);
    if (!next) return all;
    // Positions only go up.
    if (bounds.length === 0) throw reader.refused('driftwatch_rows_bounds');
  }
}

/** The first portion has no lower end and the last no upper one: nothing lies outside. */
function rangeOf(bounds: readonly RawKey[], start: number, end: number): Arguments {
  const after = start === 0 ? undefined : bounds[start - 1];
  const until = bounds[end - 1];
  return { ...(after && { after: JSON.stringify(after) }), ...(until && { until: JSON.stringify(until) }) };
}

const added = (a: RowDigest, b: RowDigest): RowDigest => ({
  legacy: a.legacy + b.legacy,
  normalized: a.normalized + b.normalized,
  equal: a.equal + b.equal,
  suspects: [...a.suspects, ...b.suspects],
});

/** Each key in the other spellings in which a row with the same meaning may be found by an index. */
function keysText({ key: fields }: CompiledEntity, keys: readonly RawKey[]): string {
  const spellings = (part: string, index: number): string[] => {
    const name = fields[index]?.type.name;
    if (name === 'text') return [part, toNfc(part), toNfd(part)];
    return name === 'uuid' ? [part, part.toLowerCase(), part.toUpperCase()] : [part];
  };
  const all = new Map<string, RawKey>();
  for (const key of keys) {
    let spelled: string[][] = [[]];
    for (const [index, part] of key.entries())
      spelled = [...new Set(spellings(part, index))].flatMap((spelling) => spelled.map((parts) => [...parts, spelling]));
    for (const one of spelled) all.set(JSON.stringify(one), one);
  }
  return JSON.stringify([...all.values()]);
}

function meaningOf(entity: CompiledEntity, spec: RowSpec, key: RawKey): readonly string[] | undefined {
  const parts = entity.key.map((field, index) => {
    const [root = ''] = field.to.kind === 'field' ? field.to.path : [];
    return field.actual(valueOf(key[index] ?? null, spec.kindOf('normalized', root)));
  });
  const readable = parts.flatMap((part) => (isUnreadable(part) || part === null ? [] : [part]));
  return readable.length === parts.length ? readable : undefined;
}

/** What a column's own text is, as a store hands it over. */
function valueOf(text: string | null, kind: string | undefined): Value {
  if (text === null) return null;
  if (kind === 'integer' || kind === 'number') return numberValue(text);
  if (kind === 'timestamptz' || kind === 'timestamp') return timestampValue(text);
  if (kind === 'char') return withoutFill(text);
  return kind === 'boolean' ? text === 'true' : text;
}

function storedRow(spec: RowSpec, which: SideName, text: string): StoredRow {
  const value = parseExactJson(text);
  if (!isFields(value)) return { source: 0, value: new Map() };
  return {
    source: 0,
    value: new Map([...value].map(([column, part]) => [column, typeof part === 'string' ? valueOf(part, spec.kindOf(which, column)) : part])),
  };
}

const storedRows = (spec: RowSpec, found: Sides<readonly string[]>): RowsFound => ({
  legacy: found.legacy.map((text) => storedRow(spec, 'legacy', text)),
  normalized: found.normalized.map((text) => storedRow(spec, 'normalized', text)),
});

const keylessOf = (spec: RowSpec, which: SideName, { rows, found }: z.infer<typeof keylessSide>) => ({
  rows,
  found: found.map((text) => storedRow(spec, which, text)),
});
