import { documentLevel, levelName } from '../document/shape.ts';
import { compareText } from '../document/order.ts';
import type { Entity } from '../pair/pair.ts';
import type { Pseudonyms } from '../privacy/pseudonyms.ts';
import type { Census } from './census.ts';
import type { EntityFacts, Facts, MemberFacts } from './facts.ts';
import { memberPattern } from './members.ts';
import type { Compared, Pattern } from './pattern.ts';
import { entityPattern, kindOfRows, mostDiffering, partPattern, timePattern } from './rows.ts';
import { groupPattern, kindOf, placementOf, startPattern, writtenPattern, type Answers } from './weeks.ts';

/** What a pair declares about itself, and what was counted while it was read. */
export type Known = {
  readonly entities: readonly Pick<Entity, 'name' | 'shape'>[];
  /** Present if the pair has provenance. */
  readonly answers?: Answers | undefined;
  readonly census: Pick<Census, 'of'>;
};

const mostSentences = 3;

export type OriginNames = Pick<Pseudonyms, 'name' | 'value' | 'text' | 'common'>;

type Found = {
  readonly patterns: readonly (Pattern | undefined)[];
  readonly placement?: Pick<Pattern, 'sentence'> | undefined;
  readonly kind: (isFound: boolean) => string[];
};

/**
 * Where the drift comes from, as far as the evidence supports it: whole sentences, the strongest first, at most three. A pattern counts if
 * nearly all differences share a property that little of the rest has, and if this is unlikely to be chance (`chanceOfAtLeast`, times the
 * number of groups of that size, because it was not known beforehand which group it would be).
 *
 * Names are between “ and ”, which no name contains. A pair with provenance is sent at most six small queries, only about patterns that the
 * facts suggest; without an answer, or without a count, nothing is said.
 */
export async function findOrigin(found: Facts, compared: Compared, known: Known, pseudonyms: OriginNames): Promise<string[]> {
  const { answers, entities } = known;
  // In the order of the entities, whichever was compared first.
  const facts: Facts = new Map(entities.flatMap(({ name }) => [...found].filter(([of]) => of === name)));
  const most = mostDiffering(facts);
  if (!most || most[1].documents.hit === 0) return [];
  const entity = entities.find(({ name }) => name === most[0]);
  if (!entity) return [];
  const { patterns, placement, kind } = answers
    ? await amongWeeks(most[1], compared, entity, answers, pseudonyms)
    : amongRows(facts, compared, known, entity, pseudonyms);
  const [first, ...others] = patterns.filter((pattern) => pattern !== undefined).toSorted((a, b) => a.chance - b.chance);
  // An unknown pattern takes a place too, so that no sentence appears that a known one would have displaced.
  const places = [first, placement, ...others].filter((place) => place !== undefined).map(({ sentence }) => sentence);
  const isFound = places.some((sentence) => sentence !== undefined);
  return [...places, ...kind(isFound)].slice(0, mostSentences).filter((sentence) => sentence !== undefined);
}

const mostFrequent = (facts: Iterable<EntityFacts>): MemberFacts | undefined =>
  [...facts]
    .flatMap(({ members }) => [...members.values()])
    .toSorted((a, b) => b.findings - a.findings || compareText(`${a.kind} ${a.level}`, `${b.kind} ${b.level}`))[0];

async function amongWeeks(
  facts: EntityFacts,
  compared: Compared,
  { shape }: Known['entities'][number],
  answers: Answers,
  pseudonyms: OriginNames,
): Promise<Found> {
  const most = mostFrequent([facts]);
  return {
    patterns: [
      most && memberPattern(most, levelName(shape, documentLevel(shape) + 1), answers.traits, pseudonyms),
      await groupPattern(facts, compared, shape, answers, pseudonyms),
      (await writtenPattern(facts, compared, answers)) ?? (await startPattern(facts, compared, answers)),
    ],
    placement: await placementOf(facts, answers),
    kind: (isFound) => kindOf(facts, isFound),
  };
}

/** @param entity with the most differing rows */
function amongRows(facts: Facts, compared: Compared, { entities, census }: Known, entity: Known['entities'][number], pseudonyms: OriginNames): Found {
  const isOneOfSeveral = entities.length > 1;
  const own = facts.get(entity.name);
  const [name, most] =
    [...facts].map(([of, each]) => [of, mostFrequent([each])] as const).toSorted(([, a], [, b]) => (b?.findings ?? 0) - (a?.findings ?? 0))[0] ?? [];
  return {
    patterns: [
      entityPattern(facts, compared),
      own && partPattern(own, entity, compared, census.of(entity.name), pseudonyms, isOneOfSeveral),
      most && memberPattern(most, '', {}, pseudonyms, isOneOfSeveral ? name : undefined),
      // Everything that differs since a day in one entity may have a different cause than in the others.
      timePattern(facts, compared, census) ?? (own && isOneOfSeveral ? timePattern(new Map([[entity.name, own]]), compared, census, entity.name) : undefined),
    ],
    kind: () => kindOfRows(facts),
  };
}
