import { isDeepStrictEqual } from 'node:util';
import { describeColumn } from '../../action/src/store/column.ts';
import { isTable, segmentNames, valueAt, type Around, type FieldSource, type Source } from '../../action/src/store/source.ts';
import type { WantedKey } from '../../action/src/store/store.ts';
import { isAbsent, isFields, isScalar, timestampValue, type Fields, type Maybe, type Value } from '../../action/src/store/value.ts';
import {
  echoesOf,
  everythingOf,
  fieldOf,
  linesOf,
  momentOf,
  nameLikeness,
  readable,
  textOf,
  wordIn,
  type Candidate,
  type Line,
  type Options,
  type Paired,
} from './fields.ts';
import { unlessUnreadable, type Legacy, type Target, type Unreadable } from './sample.ts';
import { once } from './once.ts';
import { isKindName, isWord, likeness, wordsOf } from './words.ts';

/** Guesses which rows of the legacy side belong to which table of the normalized side. */

export type KeyPart = { readonly column: string; readonly candidate: Candidate; readonly options: Options };

export type Guess = {
  readonly legacy: Legacy;
  readonly target: Target;
  readonly key: readonly KeyPart[];
  readonly paired: readonly Paired[];
  readonly lines: readonly Line[];
  readonly name: number;
  /** Names in the place of bound segments. */
  readonly fixed: ReadonlyMap<string, string>;
  /** How many rows were sampled where it reads them. */
  readonly sampled: number;
  /** Share of the sampled legacy rows whose key exists in the table. */
  readonly found: number;
  readonly doubt: string | undefined;
  /** Fields that repeat the path. */
  readonly echoes: readonly string[];
  /** What distinguishes the legacy rows that the table has from those that it lacks. */
  readonly parts: readonly Part[];
};

/** The only value that a field has in some of the rows, and in none of the others. */
export type Part = { readonly field: string; readonly source: FieldSource; readonly value: Value };

export type Entity = Guess & {
  readonly entity: string;
  /** A column that is null in every row of this entity, and in none of the others of its table. */
  readonly onlyNull: string | undefined;
  readonly softDelete: SoftDelete | undefined;
  /** The part of the legacy rows that is in this table, if all of the others are in another one. */
  readonly part: Part | undefined;
  /** Tables with more rows of the same kind. */
  readonly also: readonly Legacy[];
};

export type SoftDelete = { readonly field: string; readonly column: string; readonly seen: number; readonly agreed: number };

/** What was matched, and what could have been matched as well, by the name of its source or table: why it was not. */
export type Matched = { readonly entities: readonly Entity[]; readonly passedOver: ReadonlyMap<string, string> };

type Scored = { readonly guess: Guess; readonly score: number };

/**
 * @param nameOfSource as the person knows it
 * @param written as the file says where the rows are read
 */
export async function guessEntities(
  legacies: readonly Legacy[],
  targets: readonly Target[],
  unreadable: Unreadable[],
  nameOfSource: (source: Source) => string,
  written: (guess: Guess) => string,
): Promise<Matched> {
  const guesses: Scored[] = [];
  const taken = new Set<Legacy>();
  for (const target of targets) {
    // Rows that can be listed may still be impossible to look up by key.
    const own = await unlessUnreadable(target.table, unreadable, async () => {
      const found: Scored[] = [];
      const names = namesFor(legacies, target);
      const guessOnce = guessing(target, names);
      for (const { legacy, name } of likeliest(legacies, target, names, taken)) {
        if (name < 0.5 && found.some(({ score, guess }) => score >= sure || (isPlain(guess) && !hasItsFields(legacy, guess)))) continue;
        const guess = await guessWidely(legacy, guessOnce);
        if (guess) found.push({ guess, score: scoreOf(guess) });
        if (guess && isPlain(guess)) taken.add(legacy);
      }
      return found;
    });
    guesses.push(...(own ?? []));
  }
  const { chosen, parts } = choose(guesses);
  const { rivals, alike, passedOver } = rivalsAmong(guesses, chosen, parts, nameOfSource, written);
  const all = chosen.map(({ guess }) => guess);
  const names = new Set<string>();
  const entities = all.map((guess): Entity => ({
    ...named(
      guess,
      all,
      parts.get(guess),
      (alike.get(guess) ?? []).map(({ legacy }) => legacy),
      names,
    ),
    doubt: guess.doubt ?? rivals.get(guess),
  }));
  return { entities: inOrder(entities), passedOver };
}

/** The best guesses that can stand beside each other, and the part of its source that each reads if it does not read all of it. */
function choose(guesses: readonly Scored[]): { readonly chosen: readonly Scored[]; readonly parts: ReadonlyMap<Guess, Part> } {
  const ranked = guesses.toSorted(
    (a, b) =>
      b.score - a.score ||
      Number(isEntry(a.guess.legacy)) - Number(isEntry(b.guess.legacy)) ||
      depthOf(a.guess) - depthOf(b.guess) ||
      Number(isWide(a.guess)) - Number(isWide(b.guess)),
  );
  const whole = new Set<string>();
  for (;;) {
    const chosen: Scored[] = [];
    for (const one of ranked)
      if (
        isNew(
          one.guess,
          chosen.map(({ guess }) => guess),
          whole,
        )
      )
        chosen.push(one);
    const bySource = Map.groupBy(
      chosen.map(({ guess }) => guess),
      sourceOf,
    );
    const splits = [...bySource].flatMap(([source, own]) => {
      const members = own.filter((guess) => own.some((other) => partOf(guess, other) !== undefined));
      return members.length === 0 ? [] : [{ source, parts: partsOfWhole(members) }];
    });
    const undone = splits.filter(({ source, parts }) => parts === undefined && !whole.has(source));
    if (undone.length === 0) return { chosen, parts: new Map(splits.flatMap(({ parts }) => [...(parts ?? [])])) };
    for (const { source } of undone) whole.add(source);
  }
}

/** Guesses with scores this close are about as likely. */
const close = 0.3;

/** Sources and tables that are left out although they fit what was chosen without them. */
function rivalsAmong(
  guesses: readonly Scored[],
  chosen: readonly Scored[],
  parts: ReadonlyMap<Guess, Part>,
  nameOfSource: (source: Source) => string,
  written: (guess: Guess) => string,
): {
  readonly rivals: ReadonlyMap<Guess, string>;
  readonly alike: ReadonlyMap<Guess, readonly Guess[]>;
  readonly passedOver: ReadonlyMap<string, string>;
} {
  const ofGuess = ({ legacy: { source } }: Guess): string => nameOfSource(source);
  const usedSources = new Set(chosen.map(({ guess }) => ofGuess(guess)));
  const usedTables = new Set(chosen.map(({ guess }) => guess.target.table));
  const rivals = new Map<Guess, string>();
  const alike = new Map<Guess, readonly Guess[]>();
  const passedOver = new Map<string, string>();
  for (const { guess, score } of guesses.toSorted((a, b) => b.score - a.score)) {
    const isOther = !usedSources.has(ofGuess(guess));
    if (isOther === !usedTables.has(guess.target.table)) continue;
    const by = chosen.find(({ guess: { legacy, target } }) => (isOther ? target === guess.target : legacy === guess.legacy));
    const name = isOther ? ofGuess(guess) : guess.target.table;
    if (by === undefined || passedOver.has(name)) continue;
    const [source, table] = [written(by.guess), by.guess.target.table];
    const merged = alike.get(by.guess) ?? [];
    const theirs = new Set([by.guess, ...merged].flatMap(({ paired }) => paired.map(({ normalized }) => normalized)));
    const isDisjoint = isOther && !guess.paired.some(({ normalized }) => theirs.has(normalized));
    // What tells the parts of one source apart says nothing about the rows of another.
    const isMore = isDisjoint && !parts.has(by.guess) && isAlike(guess, by.guess);
    const isRest = !isOther && hasOtherRows(guess, by.guess);
    if (!isRest && (guess.found < 0.5 || (guess.name < 0.5 && !isMore))) continue;
    passedOver.set(
      name,
      isRest
        ? `it has rows of ${source} too, which is compared with ${table}; to compare both, tell their rows apart with only`
        : isDisjoint
          ? `its rows are in ${table} too; to compare both, write legacy: [${[by.guess, guess].map((one) => JSON.stringify(written(one))).join(', ')}]`
          : isOther
            ? `its rows match ${table}, which is already compared with ${source}`
            : `its rows match ${source}, which is already compared with ${table}`,
    );
    if (isMore) alike.set(by.guess, [...merged, guess]);
    if (rivals.has(by.guess)) continue;
    if (isRest) rivals.set(by.guess, `other rows of ${source} are in ${name}`);
    else if (isDisjoint) rivals.set(by.guess, `${name} has rows of this table too`);
    else if (score > by.score - close) rivals.set(by.guess, `${name} fits about as well`);
  }
  return { rivals, alike, passedOver };
}

/** Whether two tables have different rows of one source. */
function hasOtherRows(guess: Guess, other: Guess): boolean {
  const theirs = new Set(other.paired.map(({ legacy }) => legacy));
  return guess.paired.length >= fewestOfPart && guess.lines.some(isShown) && !guess.paired.some(({ legacy }) => theirs.has(legacy));
}

/** Whether two tables can be read as one: each column comes from the same field of both, which holds the same kind of values. */
function isAlike(guess: Guess, other: Guess): boolean {
  const theirs = new Map([...other.key, ...other.lines].map((part) => [part.column, part]));
  return (
    [guess, other].every(({ legacy: { source, each } }) => isTable(source) && each === undefined) &&
    [...guess.key, ...guess.lines].every(({ column, candidate, options }) => {
      const their = theirs.get(column);
      return their !== undefined && their.candidate.text === candidate.text && their.options.unit === options.unit;
    }) &&
    hasItsFields(guess.legacy, other) &&
    [...theirs.values()].every(({ candidate: { source } }) => isDeepStrictEqual(kindOf(guess.legacy, source), kindOf(other.legacy, source)))
  );
}

const kindOf = ({ columns }: Legacy, source: FieldSource): ReturnType<typeof describeColumn> | undefined => {
  const format = source.kind === 'field' ? columns?.get(source.path[0] ?? '') : undefined;
  return format === undefined ? undefined : describeColumn(format);
};

function hasItsFields(legacy: Legacy, guess: Guess): boolean {
  return [...guess.key, ...guess.lines].every(({ candidate }) => hasField(legacy, candidate.text));
}

const hasField = (legacy: Legacy, field: string): boolean => everythingOf(legacy).some(({ text }) => text === field);

/** The maximum number of sources tried for one table: each attempt compares rows of both, and a project may have hundreds of tables. */
const mostTried = 40;

/** A score that no guess reaches if the names have little in common. */
const sure = 0.5 * 1.2 + 1 + 1.5;

/** Whether the values alone leave no doubt. */
const isPlain = (guess: Guess): boolean =>
  guess.found >= 0.9 && fieldShare(guess) >= 0.6 && guess.lines.filter((line) => isShown(line) && line.distinct >= 10).length >= 2;

/** The sources whose names and fields are most similar to the table's, best first; those with other names that another table was made of come last. */
function likeliest(
  legacies: readonly Legacy[],
  target: Target,
  names: NameOf,
  taken: ReadonlySet<Legacy>,
): readonly { readonly legacy: Legacy; readonly name: number }[] {
  const columns = [...target.columns.keys()].map((column) => wordsOf(column).join(' '));
  const isLast = ({ legacy, name }: { legacy: Legacy; name: number }): boolean => name < 0.5 && taken.has(legacy);
  const ranked = legacies
    .map((legacy) => {
      const fields = fieldNamesOf(legacy);
      const name = names(legacy);
      return { legacy, name, score: name + columns.filter((column) => fields.has(column)).length / Math.max(1, columns.length) };
    })
    .toSorted((a, b) => Number(isLast(a)) - Number(isLast(b)) || b.score - a.score);
  // A map of ids looks like fields: at a wrong depth there are more entries than rows at all depths.
  return [ranked.filter(({ legacy }) => !isEntry(legacy)), ranked.filter(({ legacy }) => isEntry(legacy))].flatMap((kind) => kind.slice(0, mostTried));
}

const fieldNamesOf = once((legacy: Legacy): ReadonlySet<string> => new Set(everythingOf(legacy).flatMap(({ names }) => names.map((words) => words.join(' ')))));

const depthOf = ({ legacy }: Guess): number => (isTable(legacy.source) ? 0 : legacy.source.segments.length);

const isWide = ({ legacy: { within } }: Guess): boolean => within === undefined;

/** In the Realtime Database each entry has a path of its own as well, by which it can be looked up. */
const isEntry = ({ isSparse, each }: Legacy): boolean => isSparse && each !== undefined;

const sourceOf = ({ legacy }: Guess): string => JSON.stringify([legacy.source, legacy.each]);

/** @param whole the sources whose rows cannot be told apart */
function isNew(guess: Guess, chosen: readonly Guess[], whole: ReadonlySet<string>): boolean {
  const source = sourceOf(guess);
  // Tables with different parts of the rows hold no halves of any row, whatever their fields are.
  const isTaken = (other: Guess): boolean => (partOf(guess, other) === undefined ? !isOtherHalf(guess, other) : whole.has(source));
  if (chosen.some((other) => sourceOf(other) === source && isTaken(other))) return false;
  const rivals = chosen.filter(({ target }) => target.table === guess.target.table);
  if (rivals.length === 0) return true;
  // A table may hold the rows of several paths, but each row belongs to one of them.
  if (guess.paired.length === 0 || guess.name < 0.5 || guess.found < 0.3 || (guess.legacy.each === undefined) !== (rivals[0]?.legacy.each === undefined))
    return false;
  const theirs = new Set(rivals.flatMap(({ paired }) => paired.map(({ normalized }) => normalized)));
  return (
    rivals.every(({ paired }) => paired.length > 0) &&
    !guess.paired.some(({ normalized }) => theirs.has(normalized)) &&
    rivals.every((rival) => partingColumn(guess, rival) !== undefined)
  );
}

/** Whether one legacy row became a row in each of two tables, which hold different fields. */
function isOtherHalf(guess: Guess, other: Guess): boolean {
  const theirs = new Set(other.lines.map(({ candidate }) => candidate.text));
  const shown = guess.lines.filter(isShown);
  return (
    guess.target !== other.target && guess.found >= 0.5 && hasOwnKey(guess) && shown.length > 0 && shown.every(({ candidate }) => !theirs.has(candidate.text))
  );
}

/** What distinguishes the legacy rows in one table from those in another. */
function partOf(guess: Guess, other: Guess): Part | undefined {
  if (guess.target === other.target || sourceOf(other) !== sourceOf(guess)) return undefined;
  return guess.parts.find(({ field, value }) => other.parts.some((theirs) => theirs.field === field && !isDeepStrictEqual(theirs.value, value)));
}

/** Other fields may hold what people wrote, which a draft must not repeat. */
const tellsKind = ({ source, value }: Part): boolean => typeof value === 'boolean' || (source.kind === 'field' && isKindName(source.path.at(-1) ?? ''));

/** The part of each guess, if together they have every sampled row of their source: rows of any other kind would be compared by none. */
function partsOfWhole(guesses: readonly Guess[]): ReadonlyMap<Guess, Part> | undefined {
  const [first] = guesses;
  if (first === undefined) return undefined;
  for (const part of first.parts.filter(tellsKind)) {
    const parts = new Map(guesses.flatMap((guess) => guess.parts.filter(({ field }) => field === part.field).map((own) => [guess, own] as const)));
    const has = (row: Around): boolean => [...parts.values()].some(({ value }) => isDeepStrictEqual(valueAt(part.source, row), value));
    if (parts.size === guesses.length && first.legacy.rows.every(has)) return parts;
  }
  return undefined;
}

/** A column that is null in the rows of one guess, and never in those of the other. */
function partingColumn(own: Guess, other: Guess): string | undefined {
  const key = new Set(own.key.map(({ column }) => column));
  return [...own.target.columns.keys()].find(
    (column) =>
      !key.has(column) &&
      own.paired.every(({ normalized }) => isAbsent(normalized.get(column))) &&
      other.paired.every(({ normalized }) => !isAbsent(normalized.get(column))),
  );
}

/** @param names that are taken; the new one is added */
function named(guess: Guess, chosen: readonly Guess[], part: Part | undefined, also: readonly Legacy[], names: Set<string>): Entity {
  const others = chosen.filter((other) => other !== guess && other.target.table === guess.target.table);
  const onlyNull = others.length === 0 ? undefined : partingColumn(guess, others[0] ?? guess);
  const { legacy, target } = guess;
  // What distinguishes it from other entities of its table: its parent, or otherwise the name of its own source.
  const own = legacy.parents.length > 0 ? legacy.parents.slice(-1) : legacy.words.filter((word) => !target.words.includes(word));
  const entity = freeName(others.length === 0 ? target.table : [...own, target.table].join('_'), names);
  const lines = guess.lines.filter(({ column }) => column !== onlyNull);
  const softDelete = softDeleteIn(guess);
  // A condition holds for every table of the entity.
  const isEverywhere = softDelete !== undefined && also.every((other) => hasField(other, softDelete.field));
  return { ...guess, lines, entity, onlyNull, softDelete: isEverywhere ? softDelete : undefined, part, also };
}

/** A name that the file accepts, and that no other entity has. */
function freeName(wanted: string, names: Set<string>): string {
  const spelled = wanted
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .toLowerCase()
    .replaceAll(/[^a-z\d_-]/g, '_');
  const whole = (/^[a-z]/.test(spelled) ? spelled : `t_${spelled}`).slice(0, 56);
  const name = whole === 'supabase' || whole === 'habit-tracker' ? `${whole}_rows` : whole;
  let free = name;
  for (let number = 2; names.has(free); number += 1) free = `${name}_${number}`;
  names.add(free);
  return free;
}

/** Parents before the entities that refer to them, since repairs follow the order of the file. */
function inOrder(entities: readonly Entity[]): Entity[] {
  const ordered: Entity[] = [];
  const visit = (entity: Entity, above: readonly Entity[]): void => {
    if (ordered.includes(entity) || above.includes(entity)) return;
    for (const parent of entities) if (parent !== entity && entity.target.parents.includes(parent.target.table)) visit(parent, [...above, entity]);
    // Views, and tables without foreign keys, say it by their names alone.
    for (const column of entity.target.columns.keys()) {
      const words = wordsOf(column);
      if (words.at(-1) !== 'id' || words.length < 2) continue;
      for (const other of entities) if (other !== entity && likeness(other.target.words, words.slice(0, -1)) === 1) visit(other, [...above, entity]);
    }
    ordered.push(entity);
  };
  for (const entity of entities.toSorted((a, b) => depthOf(a) - depthOf(b) || (a.entity < b.entity ? -1 : 1))) visit(entity, []);
  return ordered;
}

/** Supported by values, not by the name alone. */
const isShown = ({ seen, agreed, distinct }: Line): boolean => agreed >= 0.8 * seen && distinct >= 2;

const fieldShare = ({ target, key, lines }: Pick<Guess, 'target' | 'key' | 'lines'>): number => {
  const others = target.columns.size - key.length;
  return others === 0 ? 0 : lines.filter(({ seen, agreed }) => seen > 0 && agreed >= 0.8 * seen).length / others;
};

function scoreOf(guess: Guess): number {
  const others = guess.target.columns.size - guess.key.length;
  // Rows paired by the table's own key belong to it more certainly than those paired by another key.
  return guess.name * 1.2 + guess.found - (hasOwnKey(guess) ? 0 : 0.5) + 1.5 * (others === 0 ? guess.found : fieldShare(guess));
}

/** How similar the names are; a source is also called what the collections in it are called. */
function namesFor(legacies: readonly Legacy[], target: Target): NameOf {
  const names = new Map<Legacy, number>();
  for (const legacy of legacies) {
    const name = nameOf(legacy, target);
    for (const one of [legacy, legacy.within]) if (one !== undefined) names.set(one, Math.max(names.get(one) ?? 0, name));
  }
  return (legacy) => names.get(legacy) ?? nameOf(legacy, target);
}

const nameOf = ({ words, ownWords = [], parents, each }: Legacy, target: Target): number =>
  Math.max(
    each === undefined ? Math.max(likeness(words, target.words), likeness(ownWords, target.words)) : 0,
    likeness([...parents, ...words], target.words),
    likeness([...parents.slice(-1), ...words], target.words),
  );

type NameOf = (legacy: Legacy) => number;
type Guessing = (legacy: Legacy) => Promise<Guess | undefined>;

/** Several collections are within one source, which is held against the table by itself as well: once for all of them. */
function guessing(target: Target, names: NameOf): Guessing {
  const made = new Map<Legacy, Promise<Guess | undefined>>();
  return (legacy) => {
    const guess = made.get(legacy) ?? guessEntity(legacy, target, names(legacy));
    made.set(legacy, guess);
    return guess;
  };
}

/** Of one collection, unless those beside it have rows of the same table: then of all of them. */
async function guessWidely(legacy: Legacy, guessOnce: Guessing): Promise<Guess | undefined> {
  const guess = await guessOnce(legacy);
  const { source, within } = legacy;
  if (!guess || !within || isTable(source) || isTable(within.source)) return guess;
  const wider = await guessOnce(within);
  const beside = within.source.segments.flatMap((segment, place) => {
    const here = source.segments[place];
    return 'bound' in segment && here !== undefined && 'fixed' in here ? [{ name: segment.bound, fixed: here.fixed }] : [];
  });
  const isBeside = ({ segments }: Around): boolean => beside.some((one) => segments.get(one.name) !== one.fixed);
  return wider?.paired.some((both) => isBeside(both.legacy)) && fieldShare(wider) >= fieldShare(guess) ? wider : guess;
}

async function guessEntity(legacy: Legacy, target: Target, name: number): Promise<Guess | undefined> {
  const own = await bestKey(legacy, target, rankKeys(legacy, target, name, target.key));
  const guesses = own === undefined ? [] : guessesWith(legacy, target, name, own);
  // An id that the table generates does not exist on the legacy side, or belongs to another row there: another column may keep the legacy id.
  const isOrigin = keepsOrigin(legacy, target);
  const isOther = own === undefined || (own.paired.length === 0 && target.rows.length > 0) || isOrigin;
  if ((name >= 0.3 || isOrigin) && target.key.length > 0 && legacy.rows.length > 0 && isOther) {
    const ranked = rankKeys(legacy, target, name, []).filter((key) => isUnique(key, target) && (name >= 0.3 || isOfOrigin(legacy, key)));
    const other = await bestKey(legacy, target, ranked);
    if (other !== undefined && (other.paired.length > 0 || target.rows.length === 0)) guesses.push(...guessesWith(legacy, target, name, other));
  }
  return guesses.toSorted((a, b) => scoreOf(b) - scoreOf(a))[0];
}

/** Collections beside each other may have rows with the same keys, of which those of one are the table's. */
function guessesWith(legacy: Legacy, target: Target, name: number, { key, paired }: KeyGuess): Guess[] {
  const inKey = new Set(key.flatMap(({ candidate: { source } }) => (source.kind === 'segment' ? [source.name] : [])));
  const apart =
    byRow(paired).size === paired.length || isTable(legacy.source)
      ? []
      : segmentNames(legacy.source).flatMap((segment) => {
          const byName = Map.groupBy(paired, (both) => both.legacy.segments.get(segment) ?? '');
          return inKey.has(segment) || ![...byName.keys()].every(isWord) ? [] : [...byName.values()];
        });
  return [...apart.filter((own) => own.length < paired.length), paired].flatMap((own) => guessWith(legacy, target, name, { key, paired }, own) ?? []);
}

/** By the row of the normalized side, which has one key. */
const byRow = (paired: readonly Paired[]): ReadonlyMap<Fields, readonly Paired[]> => Map.groupBy(paired, ({ normalized }) => normalized);

/** @param own those of the paired rows that are taken for the table's */
function guessWith(legacy: Legacy, target: Target, ownName: number, { key: columns, paired: all }: KeyGuess, own: readonly Paired[]): Guess | undefined {
  const paired = [...byRow(own).values()].flatMap(([first]) => first ?? []);
  const candidates = everythingOf(legacy);
  const key = byPath(legacy, columns, candidates);
  if (paired.length === 0 && !(ownName >= 0.7 && (legacy.rows.length === 0 || target.rows.length === 0))) return undefined;
  const keyColumns = new Set(key.map(({ column }) => column));
  const lines = linesOf(
    legacy,
    target,
    paired,
    candidates,
    new Set(key.map(({ candidate }) => candidate.text)),
    [...target.columns.keys()].filter((column) => !keyColumns.has(column)),
  );
  const parts = legacy.each === undefined ? partsOf(legacy, candidates, paired) : [];
  const fixed = fixedIn({ legacy, key, lines, paired });
  const read = new Set(rowsRead({ legacy, fixed }));
  const sampled = read.size;
  const found = sampled === 0 ? 0 : paired.length / sampled;
  // What the rows turn out to be below is their name as well.
  const name = Math.max(ownName, ...[...fixed.values()].map((word) => nameOf(below(legacy, word), target)));
  if (name < 0.5 && !isEvident()) return undefined;
  const doubt =
    paired.length === 0
      ? 'by name alone, since no sampled rows share a key'
      : name < 0.5
        ? 'by values, since the names have little in common'
        : found < 0.5 && parts.length === 0
          ? 'few sampled rows share a key'
          : paired.length < all.filter((both) => read.has(both.legacy)).length
            ? 'several sampled rows have the same key'
            : undefined;
  return { legacy, target, key, paired, lines, name, fixed, sampled, found, doubt, echoes: echoesOf(legacy.rows, candidates, segmentsOf(legacy)), parts };

  /** Whether values alone show that the rows are the same: by their keys, if these are more than one number, or also by other columns. */
  function isEvident(): boolean {
    const isTelling = found >= 0.9 && key.some(({ column }) => paired.length > 0 && paired.every(({ normalized }) => !isNumber(normalized.get(column))));
    if (target.columns.size === key.length) return found >= 0.9 && (name >= 0.3 || (isTelling && key.length >= 2));
    const shown = lines.filter(isShown).length;
    return (
      (found >= 0.5 || parts.length > 0) &&
      fieldShare({ target, key, lines }) >= 0.5 &&
      (shown >= 2 || (shown === 1 && found >= 0.9 && (isTelling || key.length >= 2)))
    );
  }
}

/**
 * Bound segments of a Realtime Database in whose place all rows have one name, a word that no column holds: what is there is no id, and
 * no sampled row below another name matches.
 */
function fixedIn({
  legacy: { source, isSparse, isPartial },
  key,
  lines,
  paired,
}: Pick<Guess, 'legacy' | 'key' | 'lines' | 'paired'>): ReadonlyMap<string, string> {
  if (isTable(source) || !isSparse || isPartial) return new Map();
  const used = new Set([...key, ...lines].flatMap(({ candidate }) => (candidate.source.kind === 'segment' ? [candidate.source.name] : [])));
  return new Map(
    segmentNames(source).flatMap((segment) => {
      const [name, ...others] = new Set(paired.map(({ legacy }) => legacy.segments.get(segment)));
      return used.has(segment) || name === undefined || others.length > 0 || !isWord(name) ? [] : [[segment, name] as const];
    }),
  );
}

/** The sampled rows that the file reads: no others than those below these names. */
export const rowsRead = ({ legacy, fixed }: Pick<Guess, 'legacy' | 'fixed'>): Around[] =>
  legacy.rows.filter(({ segments }) => [...fixed].every(([segment, word]) => segments.get(segment) === word));

/** As it would be called if it was read below this name only. */
const below = (legacy: Legacy, name: string): Legacy =>
  legacy.each === undefined ? { ...legacy, words: wordsOf(name), parents: legacy.words } : { ...legacy, parents: wordsOf(name) };

/** A value of fewer rows may be an accident. */
const fewestOfPart = 5;

function partsOf(legacy: Legacy, candidates: readonly Candidate[], paired: readonly Paired[]): Part[] {
  const inTable = new Set(paired.map((both) => both.legacy));
  const others = legacy.rows.filter((row) => !inTable.has(row));
  if (paired.length < fewestOfPart || others.length < fewestOfPart) return [];
  return candidates.flatMap(({ source, text }): Part[] => {
    const value = paired[0] && valueAt(source, paired[0].legacy);
    if (source.kind !== 'field' || source.path.length > 1 || value === undefined || wordIn(value) === undefined) return [];
    const isPart = legacy.rows.every((row) => isDeepStrictEqual(valueAt(source, row), value) === inTable.has(row));
    return isPart ? [{ field: text, source, value }] : [];
  });
}

const isNumber = (value: Maybe): boolean => isScalar(value) && value.kind === 'number';

/** Whether a column is named like one that keeps the legacy id. */
const keepsOrigin = (legacy: Legacy, { columns, key }: Target): boolean =>
  [...columns.keys()].some((column) => !key.includes(column) && everythingOf(legacy).some((candidate) => keepsId(legacy, candidate, column)));

const isOfOrigin = (legacy: Legacy, key: readonly KeyPart[]): boolean => key.some(({ column, candidate }) => keepsId(legacy, candidate, column));

/** As far as the sampled rows show. */
function isUnique(key: readonly Pick<KeyPart, 'column'>[], { rows }: Target): boolean {
  const whole = rows.flatMap((row) => joined(key.map(({ column }) => textOf(row.get(column)))) ?? []);
  return new Set(whole).size === whole.length;
}

/** Whether the key is the table's own, or the table's key is unknown. */
export const hasOwnKey = ({ key, target }: Pick<Guess, 'key' | 'target'>): boolean =>
  target.key.length === 0 || key.every(({ column }) => target.key.includes(column));

type KeyGuess = Pick<Guess, 'key' | 'paired'>;

async function bestKey(legacy: Legacy, target: Target, ranked: readonly (readonly KeyPart[])[]): Promise<KeyGuess | undefined> {
  let best: (KeyGuess & { readonly keys: number }) | undefined;
  for (const key of ranked) {
    const paired = await pair(legacy, target, key);
    if (paired === undefined) continue;
    const keys = byRow(paired).size;
    if (best === undefined || keys > best.keys) best = { key, paired, keys };
    if (keys >= legacy.rows.length) break;
  }
  return best;
}

const segmentsOf = ({ source }: Legacy): FieldSource[] => (isTable(source) ? [] : segmentNames(source).map((name) => ({ kind: 'segment', name })));

/** A part of the key that is also in the path is read from there, so that a document can be looked up by its key. */
function byPath(legacy: Legacy, key: readonly KeyPart[], candidates: readonly Candidate[]): readonly KeyPart[] {
  const used = new Set(key.map(({ candidate }) => candidate.text));
  return key.map((part) => {
    const same =
      part.candidate.source.kind === 'field'
        ? candidates.find(({ source, text }) => source.kind === 'segment' && !used.has(text) && echoesOf(legacy.rows, [part.candidate], [source]).length > 0)
        : undefined;
    return same === undefined ? part : { ...part, candidate: same };
  });
}

const triedKeys = 3;

const mayKeepIds: ReadonlySet<string> = new Set(['uuid', 'text']);

/** Words that a column has besides `id` if it keeps the id of a row's origin. */
const origins = new Set(['legacy', 'old', 'external', 'ext', 'source', 'original', 'origin', 'previous', 'firebase', 'firestore', 'doc', 'document']);

function keepsId({ words, ownWords = words }: Legacy, { source, names }: Candidate, column: string): boolean {
  const [last, ...others] = wordsOf(column).toReversed();
  const isOrigin = (word: string): boolean => origins.has(word) || (words.includes(word) && !ownWords.includes(word));
  return (
    (source.kind === 'segment' || source.kind === 'field') &&
    names.some((name) => name.join() === 'id') &&
    (last === 'id' || last === 'uid' || last === 'uuid' || last === 'key') &&
    others.some(isOrigin) &&
    others.every((word) => isOrigin(word) || words.includes(word))
  );
}

const textsOf = (read: readonly Maybe[]): ReadonlySet<string> => new Set(read.flatMap((value) => textOf(value) ?? []));

const momentsOf = (read: readonly Maybe[]): ReadonlySet<string> => new Set(read.flatMap((value) => momentOf(value) ?? []));

const isTime = ({ columns }: Target, column: string): boolean => describeColumn(columns.get(column) ?? '').kind.startsWith('timestamp');

const heldBy = once(
  (target: Target): ReadonlyMap<string, ReadonlySet<string>> =>
    new Map(
      [...target.columns.keys()].map((column) => {
        const values = target.rows.map((row) => row.get(column));
        return [column, isTime(target, column) ? momentsOf(values) : textsOf(values)];
      }),
    ),
);

/** The values of a candidate, as text and as times. */
type Held = { readonly candidate: Candidate; readonly values: ReadonlySet<string>; readonly moments: ReadonlySet<string> };

const valuesOf = once((legacy: Legacy): readonly Held[] =>
  everythingOf(legacy).map((candidate) => {
    const values = legacy.rows.map((row) => valueAt(candidate.source, row));
    return { candidate, values: textsOf(values), moments: momentsOf(values) };
  }),
);

/** How a part of the key is read: numbers that are times have a unit. */
function keyOptions(target: Target, column: string, { values }: Held): Options {
  if (!isTime(target, column) || values.size === 0 || ![...values].every((value) => /^\d+$/.test(value))) return {};
  return { unit: [...values].every((value) => value.length <= 10) ? 's' : 'ms' };
}

/**
 * The most likely ways to read the key, best first.
 *
 * @param own the columns of the key; empty if they have to be guessed, in which case the primary key alone is not an option
 */
function rankKeys(legacy: Legacy, target: Target, name: number, own: readonly string[]): (readonly KeyPart[])[] {
  const held = heldBy(target);
  const ofCandidate = valuesOf(legacy);
  const rank = (column: string, { candidate, values: texts, moments }: Held): number => {
    const values = isTime(target, column) ? moments : texts;
    const theirs = held.get(column) ?? new Set();
    const common = [...values].filter((value) => theirs.has(value)).length;
    const overlap = values.size === 0 || theirs.size === 0 ? 0 : common / Math.min(values.size, theirs.size);
    const likeNames = Math.max(nameLikeness(candidate, column), keepsId(legacy, candidate, column) ? 0.6 : 0);
    // A document is looked up by its path.
    const isOfPath = candidate.source.kind === 'segment' || candidate.source.kind === 'index';
    // Large tables may have no sampled id in common: looking such ids up shows whether they are there.
    if (likeNames < 0.5 && overlap < 0.3) return own.length === 0 && mayKeepIds.has(describeColumn(target.columns.get(column) ?? '').kind) ? 0.01 : 0;
    return likeNames + overlap + (isOfPath && (overlap > 0.3 || likeNames >= 0.9) ? 0.5 : 0);
  };
  return (own.length > 0 ? [own] : guessedKeys()).flatMap((columns) => waysTo(columns)).slice(0, 2 * triedKeys);

  function waysTo(columns: readonly string[]): (readonly KeyPart[])[] {
    if (columns.length === 0) return [];
    let ways: { parts: readonly KeyPart[]; score: number }[] = [{ parts: [], score: 0 }];
    for (const column of columns) {
      const likely = ofCandidate
        .map((one) => ({ candidate: one.candidate, options: keyOptions(target, column, one), score: rank(column, one) }))
        .filter(({ score }) => score > 0)
        .toSorted((a, b) => b.score - a.score)
        .slice(0, 4);
      ways = ways
        .flatMap(({ parts, score }) =>
          likely.flatMap((one) =>
            parts.some(({ candidate }) => candidate === one.candidate)
              ? []
              : [{ parts: [...parts, { column, candidate: one.candidate, options: one.options }], score: score + one.score }],
          ),
        )
        .toSorted((a, b) => b.score - a.score)
        .slice(0, 16);
    }
    // An element is distinguished from the others of its row by its value or by its index.
    const whole =
      legacy.each === undefined
        ? ways
        : ways.filter(({ parts }) => parts.some(({ candidate }) => candidate.source.kind === 'item' || candidate.source.kind === 'index'));
    const isLikely = name >= 0.3 || own.length === 0 || whole.some(({ score }) => score >= columns.length);
    return isLikely ? whole.slice(0, triedKeys).map(({ parts }) => parts) : [];
  }

  /** The columns with the values of the path, of its last segment alone, or of the primary key of the legacy table. */
  function guessedKeys(): string[][] {
    const { source: from, key = [] } = legacy;
    if (isTable(from) && (legacy.each !== undefined || key.length === 0)) return [];
    const ofPath = ofCandidate.filter(({ candidate: { source } }) =>
      isTable(from)
        ? source.kind === 'field' && source.path.length === 1 && key.includes(source.path[0] ?? '')
        : source.kind === 'segment' || source.kind === 'index',
    );
    const [primary, ...others] = target.key;
    const columns = [...target.columns.keys()].filter((column) => column !== primary || others.length > 0);
    const likeliestOf = (one: (typeof ofPath)[number], among: readonly string[]): string[] =>
      among
        .map((column) => ({ column, score: rank(column, one) }))
        .filter(({ score }) => score > 0)
        .toSorted((a, b) => b.score - a.score)
        .map(({ column }) => column);
    const last = ofPath.at(-1);
    if (last === undefined) return [];
    // Alone, only a column without repeated values can be a key.
    const alone = likeliestOf(
      last,
      columns.filter((column) => isUnique([{ column }], target)),
    )
      .slice(0, triedKeys)
      .map((column) => [column]);
    return ofPath.length === 1 ? alone : [together(), ...(last.candidate.source.kind === 'segment' ? alone : [])];

    function together(): string[] {
      const chosen: string[] = [];
      for (const one of ofPath) {
        const [best] = likeliestOf(
          one,
          columns.filter((column) => !chosen.includes(column)),
        );
        if (best !== undefined) chosen.push(best);
        else if (one.candidate.source.kind === 'segment') return [];
      }
      return columns.filter((column) => chosen.includes(column));
    }
  }
}

/**
 * The sampled rows of the legacy side, each with the row that has its key, which several may share.
 *
 * @returns `undefined` if none of them can have such a key: a number is not a UUID
 */
async function pair(legacy: Legacy, target: Target, key: readonly KeyPart[]): Promise<Paired[] | undefined> {
  const fields = key.map(
    ({ column, candidate: { source }, options }) =>
      fieldOf(legacy, target, column, source, options) ?? fieldOf(legacy, target, column, source, { type: 'text' }),
  );
  const known = fields.flatMap((field) => field ?? []);
  if (known.length < key.length) return [];
  const legacyKey = (row: Around): string | undefined => joined(known.map((field) => readable(field.expected(valueAt(field.from, row)))));
  const targetKey = (row: Fields): string | undefined => joined(known.map((field) => readable(field.actual(row.get(field.column)))));
  const byKey = new Map<string, Fields>();
  const add = (row: Fields): void => {
    const id = targetKey(row);
    if (id !== undefined && !byKey.has(id)) byKey.set(id, row);
  };
  target.rows.forEach(add);
  const rows = legacy.rows.flatMap((row) => {
    const id = legacyKey(row);
    return id === undefined ? [] : [{ row, id }];
  });
  if (rows.length === 0 && legacy.rows.length > 0) return undefined;
  const missing = target.isWhole ? [] : rows.filter(({ id }) => !byKey.has(id));
  if (missing.length > 0) {
    const wanted = missing.map(({ row }): WantedKey => ({
      segments: new Map(),
      fields: known.map((field, place) => ({ path: [field.column], anyOf: [wantedValue(valueAt(field.from, row), key[place])] })),
    }));
    for (const { value } of await target.open().find(wanted)) if (isFields(value)) add(value);
  }
  return rows.flatMap(({ row, id }) => {
    const normalized = byKey.get(id);
    return normalized === undefined ? [] : [{ legacy: row, normalized }];
  });
}

function wantedValue(value: Maybe, part: KeyPart | undefined): Value {
  const moment = part?.options.unit === undefined ? undefined : momentOf(value);
  return moment === undefined ? (value ?? null) : timestampValue(new Date(Number(moment)).toISOString());
}

const joined = (parts: readonly (string | null | undefined)[]): string | undefined =>
  parts.every((part) => typeof part === 'string') ? JSON.stringify(parts) : undefined;

/** A flag on one side that corresponds to a time on the other. */
function softDeleteIn({ legacy, target, lines, paired }: Guess): SoftDelete | undefined {
  if (legacy.each !== undefined) return undefined;
  const column = [...target.columns.keys()].find(
    (one) => ['deleted at', 'removed at', 'archived at'].includes(wordsOf(one).join(' ')) && !lines.some((line) => line.column === one),
  );
  if (column === undefined) return undefined;
  const [word = ''] = wordsOf(column);
  const flag = everythingOf(legacy).find(
    ({ source, names }) =>
      source.kind === 'field' && source.path.length === 1 && names[0]?.includes(word) && legacy.rows.some((row) => typeof valueAt(source, row) === 'boolean'),
  );
  if (flag === undefined || lines.some(({ candidate }) => candidate.text === flag.text)) return undefined;
  const agreed = paired.filter((one) => (valueAt(flag.source, one.legacy) === true) === !isAbsent(one.normalized.get(column))).length;
  return { field: flag.text, column, seen: paired.length, agreed };
}
