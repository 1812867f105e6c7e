import { isDeepStrictEqual } from 'node:util';
import type { Check } from './check.ts';
import { comparedOf, conclude, historyOf } from './conclude.ts';
import { createAcceptance } from './known-drift/acceptance.ts';
import { findFiles, readPartFile, type PartReport } from './merge/files.ts';
import { gather, headOf, type Head } from './merge/gather.ts';
import { sumUp, type Summed } from './merge/sums.ts';
import { joinClues } from './origin/join-clues.ts';
import { findOrigin, type OriginNames } from './origin/origin.ts';
import { createPseudonyms } from './privacy/pseudonyms.ts';
import type { Report } from './report/report.ts';

export type Merge = Check & { readonly pattern: string; readonly workspace: string; readonly measure: string };

/**
 * Merges the reports of parts into the one that a whole run would have written: nothing is compared. Never throws because of a damaged
 * part: that ends in the verdict `unknown`, with the reason.
 */
export async function merge(about: Merge): Promise<Report> {
  const { settings, connection, rules, now, pattern, workspace, measure } = about;
  const { pair } = connection;
  const begun = now();
  const recorded = historyOf(about);
  const parts: Head[] = [];
  const others: string[] = [];
  const damaged: Parameters<typeof gather>[0]['damaged'][number][] = [];
  const names = pair.entities.filter(({ written }) => settings.changedWithinSeconds === undefined || written !== undefined).map(({ name }) => name);
  // Reports may be large, so they are not all in memory at once.
  const { files, own } = await findFiles(pattern, workspace, settings.reportDirectory);
  for (const file of files) {
    const found = await readPartFile(file, workspace);
    const isOwn = found.kind === 'part' && found.report.pair === pair.name && found.report.evidence.measure === measure;
    if (isOwn && lacksEntity(found.report, names)) damaged.push({ ...found, kind: 'damaged', part: found.report.part });
    else if (found.kind === 'part') parts.push(headOf(found));
    else if (found.kind === 'other') others.push(file);
    else damaged.push(found);
  }
  const asked = { pair: pair.name, measure, pattern, reportDirectory: settings.reportDirectory, now: begun };
  const gathered = gather({ parts, others, damaged, own }, asked);
  const { chosen } = gathered;
  const sums = sumUp(pair.entities, pair.isDeclared, settings.changedWithinSeconds !== undefined ? 'recent' : settings.mode === 'sample' ? 'sample' : 'full');
  const lost: Head[] = [];
  for (const head of chosen) {
    const found = await readPartFile(head.file, workspace);
    if (found.kind === 'part' && isDeepStrictEqual(headOf(found), head)) sums.add(found.report);
    else lost.push(head);
  }
  // A file that is another one by now, or gone, must not be missing from the sums unsaid.
  const changed = lost.map(({ file, part }) => ({ kind: 'damaged', file, part }) as const);
  const { trouble, short, remarks } =
    lost.length === 0 ? gathered : gather({ parts: parts.filter((head) => !lost.includes(head)), others, damaged: [...damaged, ...changed], own }, asked);
  const found = sums.sums();
  const [startedAt, finishedAt] = [found.startedAt, found.finishedAt].map((time) => (time === undefined ? begun : new Date(time)));
  const none = rules && createAcceptance(rules, createPseudonyms(undefined, false), begun.toISOString().slice(0, 10)).rules(false);
  return conclude(
    about,
    {
      ...found,
      comparison: { ...found.comparison, trouble },
      aside: { reads: found.reads, notCompared: found.notCompared, remarks: [...found.remarks, ...remarks], downloads: found.downloads },
      startedAt: startedAt ?? begun,
      finishedAt: finishedAt ?? begun,
      durationMs: () => (finishedAt ?? begun).getTime() - (startedAt ?? begun).getTime(),
      accepted: found.accepted ?? none,
      origin: trouble === undefined ? await originOf(about, found) : [],
      shortReason: short,
      sources: chosen.length === 0 ? undefined : JSON.stringify(chosen.map(({ part, startedAt: start }) => [part.index, part.of, start])),
    },
    recorded,
  );
}

/** The parts already contain names, so each name stands for itself. */
const asCalled: OriginNames = { name: (_part, parts) => parts.at(-1) ?? '', value: (text) => text, text: (text) => text, common: () => undefined };

/** Where the drift comes from, according to the parts; empty if they have named the same things differently. */
async function originOf(
  { settings: { revealValues }, connection: { pair, pseudonymKey } }: Merge,
  { clues, comparison, pseudonymKeyId }: Summed,
): Promise<string[]> {
  const { keyId, open } = createPseudonyms(pseudonymKey, revealValues);
  if (!clues || (!revealValues && (keyId === undefined || keyId !== pseudonymKeyId))) return [];
  const joined = joinClues(clues, pair.entities, pair.provenance, open);
  if (!joined) return [];
  const names: OriginNames = revealValues ? { ...asCalled, common: (text) => text } : asCalled;
  return findOrigin(joined.facts, { ...comparison, byEntity: comparedOf(comparison.entities) }, { entities: pair.entities, ...joined }, names);
}

/** A part that finished reports every entity. */
function lacksEntity({ verdict, evidence: { entities, interruption } }: PartReport, names: readonly string[]): boolean {
  const found = new Set(entities.map(({ name }) => name));
  return verdict !== 'unknown' && interruption === undefined && names.some((name) => !found.has(name));
}
