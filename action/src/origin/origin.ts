import { documentLevel, levelName } from '../document/shape.ts';
import type { Entity, Pair, Provenance } from '../pair/pair.ts';
import type { Pseudonyms } from '../privacy/pseudonyms.ts';
import type { Census } from './census.ts';
import type { EntityFacts, Facts, MemberFacts } from './facts.ts';
import { memberPattern } from './members.ts';
import type { Compared, Pattern } from './pattern.ts';
import { entityPattern, kindOfRows, mostDiffering, partPattern, timePattern } from './rows.ts';
import { groupPattern, kindOf, placementOf, startPattern, writtenPattern } from './weeks.ts';

/** What a pair says of itself, and what was counted while it was read. */
export type Known = {
  readonly entities: readonly Pick<Entity, 'name' | 'shape'>[];
  readonly provenance?: Pair['provenance'] | undefined;
  readonly census: Pick<Census, 'of'>;
};

const mostSentences = 3;

type Names = Pick<Pseudonyms, 'name' | 'value' | 'text' | 'common'>;

type Found = { readonly patterns: readonly (Pattern | undefined)[]; readonly placement?: string | undefined; readonly kind: (isFound: boolean) => string[] };

/**
 * Where the drift comes from, as far as the evidence carries it: whole sentences, the strongest first, at most three. A
 * pattern counts when nearly all that differs has something in common which little of the rest has, and when that is
 * hardly chance (`chanceOfAtLeast`, times the number of groups of that size, for it was not known beforehand in which one
 * it would be).
 *
 * Names stand between “ and ”, which no name holds itself. Where the pair has provenance it is asked at most six small
 * questions, only about patterns that the facts suggest; an answer that does not come means silence, and so does a number
 * that nobody counted.
 */
export async function findOrigin(facts: Facts, compared: Compared, known: Known, pseudonyms: Names): Promise<string[]> {
  const most = mostDiffering(facts);
  if (!most || most[1].documents.hit === 0) return [];
  const { provenance, entities } = known;
  const entity = entities.find(({ name }) => name === most[0]);
  if (!entity) return [];
  const { patterns, placement, kind } = provenance ? await amongWeeks(most[1], compared, entity, provenance, pseudonyms) : amongRows(facts, compared, known, entity, pseudonyms);
  const sentences = patterns
    .filter((pattern) => pattern !== undefined)
    .toSorted((a, b) => a.chance - b.chance)
    .map(({ sentence }) => sentence);
  const [first, ...others] = sentences;
  const found = [first, placement, ...others].filter((sentence) => sentence !== undefined);
  return [...found, ...kind(found.length > 0)].slice(0, mostSentences);
}

const mostFrequent = (facts: Iterable<EntityFacts>): MemberFacts | undefined =>
  [...facts].flatMap(({ members }) => [...members.values()]).toSorted((a, b) => b.findings - a.findings)[0];

async function amongWeeks(facts: EntityFacts, compared: Compared, { shape }: Known['entities'][number], provenance: Provenance, pseudonyms: Names): Promise<Found> {
  const most = mostFrequent([facts]);
  return {
    patterns: [
      most && memberPattern(most, levelName(shape, documentLevel(shape) + 1), provenance.traits, pseudonyms),
      await groupPattern(facts, compared, shape, provenance, pseudonyms),
      (await writtenPattern(facts, compared, provenance)) ?? (await startPattern(facts, compared, provenance)),
    ],
    placement: await placementOf(facts, provenance),
    kind: (isFound) => kindOf(facts, isFound),
  };
}

/** @param entity of which the most rows differ */
function amongRows(facts: Facts, compared: Compared, { entities, census }: Known, entity: Known['entities'][number], pseudonyms: Names): Found {
  const isOneOfSeveral = entities.length > 1;
  const own = facts.get(entity.name);
  const [name, most] = [...facts].map(([of, each]) => [of, mostFrequent([each])] as const).toSorted(([, a], [, b]) => (b?.findings ?? 0) - (a?.findings ?? 0))[0] ?? [];
  return {
    patterns: [
      entityPattern(facts, compared),
      own && partPattern(own, entity, compared, census.of(entity.name), pseudonyms, isOneOfSeveral),
      most && memberPattern(most, '', {}, pseudonyms, isOneOfSeveral ? name : undefined),
      // What differs since a day in one entity may differ for another reason elsewhere.
      timePattern(facts, compared, census) ?? (own && isOneOfSeveral ? timePattern(new Map([[entity.name, own]]), compared, census, entity.name) : undefined),
    ],
    kind: () => kindOfRows(facts),
  };
}
