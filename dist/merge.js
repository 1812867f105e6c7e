import {
  evidenceSchema,
  reportSchema
} from "./shared-evidence.js";
import "./shared-compiled.js";
import {
  areAttributes,
  collectDiffering,
  comparedOf,
  conclude,
  countDifference,
  createAcceptance,
  createFindings,
  createPseudonyms,
  dayMs,
  documentLevel,
  downloadSentence,
  emptyComparison,
  fewestHits,
  findOrigin,
  historyOf,
  joinPictures,
  levelName,
  longestReason,
  maxFindings,
  orderOf,
  readFinding,
  smallestShare
} from "./shared-postgrest-js.js";
import {
  _gte,
  _lte,
  extend,
  inert,
  int,
  mostParts,
  number,
  object,
  oneLine,
  partText,
  placeInWorkspace,
  record,
  refine,
  string
} from "./shared-zod.js";
import "./shared-helpers.js";

// action/src/merge.ts
import { isDeepStrictEqual } from "node:util";

// action/src/merge/files.ts
import { constants, glob, open } from "node:fs/promises";
import { isAbsolute, resolve, sep } from "node:path";
var partReportSchema = extend(reportSchema, {
  part: object({ index: int().check(_gte(1), _lte(mostParts)), of: int().check(_gte(1), _lte(mostParts)) }).check(refine(({ index, of }) => index <= of)),
  findingsByType: record(string(), number()),
  evidence: evidenceSchema
}).check(
  refine(({ findings, evidence }) => findings.length === evidence.findings.length),
  refine(({ findingsByType, findingsTotal }) => Object.values(findingsByType).reduce((sum, count) => sum + count, 0) === findingsTotal)
);
var maxBytes = 256 * 1024 * 1024;
async function findFiles(pattern, workspace, reportDirectory) {
  const written = `${resolve(workspace, reportDirectory)}${sep}`;
  const plain = pattern.replace(/[[()]/g, "[$&]");
  const found = /* @__PURE__ */ new Set();
  for await (const file of glob(plain, { cwd: workspace })) if (isBelow(file)) found.add(file);
  const { files = [], own = [] } = Object.groupBy([...found].toSorted(), (file) => `${resolve(workspace, file)}${sep}`.startsWith(written) ? "own" : "files");
  return { files, own };
}
var isBelow = (file) => !isAbsolute(file) && file.split(sep)[0] !== "..";
async function readPartFile(file, workspace) {
  let content;
  try {
    content = JSON.parse(await textOf(file, workspace));
  } catch {
    return { kind: "damaged", file };
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) return { kind: "damaged", file };
  if (!("part" in content)) return reportSchema.safeParse(content).success ? { kind: "other", file } : { kind: "damaged", file };
  const { data } = partReportSchema.safeParse(content);
  if (data) return { kind: "part", file, report: data };
  const { data: part } = partReportSchema.shape.part.safeParse(content.part);
  return { kind: "damaged", file, ...part && { part } };
}
async function textOf(file, workspace) {
  const handle = await open(await placeInWorkspace(workspace, file), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (!found.isFile() || found.size > maxBytes) throw new RangeError("no file that a part has written");
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

// action/src/merge/gather.ts
var hourMs = 36e5;
var mostHoursApart = 6;
var mostHoursAgo = 24;
var clockSkewMs = 5 * 6e4;
var headOf = ({ file, report: { part, pair, evidence, startedAt, verdict, reason, mode } }) => ({
  file,
  part,
  pair,
  measure: evidence.measure,
  startedAt: Date.parse(startedAt),
  verdict,
  reason,
  mode,
  isInterrupted: evidence.interruption !== void 0
});
function gather({ parts, others, damaged, own }, {
  pair,
  measure,
  pattern,
  reportDirectory,
  now
}) {
  const remarks = others.length === 0 ? [] : [
    `These files match merge but are not reports of parts, so they were left out: ${listed(others.map(shown))}. Make the pattern match the reports of parts only.`
  ];
  if (parts.length + others.length + damaged.length === 0 && own.length > 0) {
    return {
      chosen: [],
      remarks,
      trouble: `All files that match merge (${inert(pattern, 200)}) are in report-directory (${inert(reportDirectory, 200)}), where this run writes its own report, so none of them was read. Download the reports of the parts to another directory, or set another report-directory.`
    };
  }
  if (parts.length + others.length + damaged.length === 0) {
    return {
      chosen: [],
      remarks,
      trouble: `No file in the workspace matches merge (${inert(pattern, 200)}), so there is nothing to merge. The jobs of the parts may all have failed, or their reports were not downloaded: look at those jobs, and at the path that the artifacts are downloaded to.`
    };
  }
  const alike = parts.filter((head) => head.pair === pair && head.measure === measure);
  const of = mostFrequent(alike.map((head) => head.part.of));
  const fitting = alike.filter((head) => head.part.of === of);
  const foreign = parts.filter((head) => !fitting.includes(head));
  const byIndex = Map.groupBy(fitting, (head) => head.part.index);
  const chosen = [...byIndex].toSorted(([a], [b]) => a - b).flatMap(([, heads]) => heads.toSorted((a, b) => b.startedAt - a.startedAt || (a.file < b.file ? -1 : 1)).slice(0, 1));
  const doubled = [...byIndex.values()].filter((heads) => heads.length > 1).flat();
  const newest = Math.max(...chosen.map((head) => head.startedAt));
  const isOld = (head) => now.getTime() - head.startedAt > mostHoursAgo * hourMs;
  const old = chosen.filter(isOld);
  const apart = chosen.filter((head) => !isOld(head) && newest - head.startedAt > mostHoursApart * hourMs);
  const unknown = chosen.filter((head) => head.verdict === "unknown");
  const unfinished = chosen.filter((head) => head.verdict !== "unknown" && head.isInterrupted);
  const ahead = chosen.filter((head) => head.startedAt > now.getTime() + clockSkewMs);
  const known = chosen.filter((head) => head.verdict !== "unknown");
  const mode = mostFrequent(known.map((head) => head.mode === "full" ? 1 : 0));
  const otherwise = known.filter((head) => (head.mode === "full" ? 1 : 0) !== mode);
  const missing = Array.from({ length: of ?? 0 }, (_, place) => ({ index: place + 1, of: of ?? 0 })).filter(({ index }) => !byIndex.has(index));
  const obstacles = [
    { what: "missing", of: missing.map((part) => ({ part })) },
    { what: "found more than once", of: doubled },
    { what: "of another pair, declaration, commit, number of parts or other inputs", of: foreign },
    { what: `begun more than ${mostHoursAgo} hours ago`, of: old },
    { what: `begun more than ${mostHoursApart} hours before the last one`, of: apart },
    { what: "begun later than this run by its clock", of: ahead },
    { what: "compared in a different mode than most", of: otherwise },
    { what: "ended unknown", of: unknown },
    { what: "not compared to the end within the time budget", of: unfinished },
    { what: "in report-directory, which this run writes to and never reads", of: missing.length > 0 ? own.map((file) => ({ file })) : [] },
    { what: "damaged or not a report", of: damaged }
  ];
  const met = obstacles.filter((obstacle) => obstacle.of.length > 0);
  if (met.length === 0) return { chosen, remarks, trouble: chosen.length > 0 ? void 0 : noParts };
  const [reason, ...otherReasons] = new Set(unknown.map((head) => head.reason));
  const isShared = met.length === 1 && unknown.length === chosen.length && otherReasons.length === 0;
  const sentence = (names) => isShared && reason !== void 0 ? `${oneLine(reason, longestReason / 2)} All parts ended unknown for this reason: ${names(unknown)}.` : troubleOf(met, names);
  const trouble = sentence(inFull);
  const short = [trouble, ...[withoutFiles(20), withoutFiles(5), counted].map(sentence)].find((text) => inert(text, Infinity).length <= longestReason);
  return { chosen, remarks, trouble, ...short !== trouble && { short } };
}
var troubleOf = (met, names) => `The parts do not make one whole run. ${met.map(({ what, of }) => `${capitalized(what)}: ${names(of)}`).join(". ")}. Look at the jobs of these parts, run them again with the same inputs on the same commit, and merge the files of one run only.`;
var inFull = (of) => listed(
  of.map((one) => one.part && one.file !== void 0 ? `${partText(one.part)} (${shown(one.file)})` : nameOf(one)),
  mostParts
);
var nameOf = ({ part, file = "" }) => part ? partText(part) : shown(file);
var withoutFiles = (most2) => (of) => {
  const ranges = of.length <= most2 ? of.map((one) => [one]) : rangesOf(of);
  const names = ranges.slice(0, most2).map((range) => [.../* @__PURE__ */ new Set([range.at(0), range.at(-1)])].map((one) => nameOf(one ?? {})).join(" to "));
  const others = ranges.slice(most2).flat().length;
  return [...names, ...others > 0 ? [`and ${others} more`] : []].join(", ");
};
var counted = (of) => String(of.length);
function rangesOf(of) {
  const ranges = [];
  const places = of.toSorted((a, b) => (a.part?.of ?? 0) - (b.part?.of ?? 0) || (a.part?.index ?? 0) - (b.part?.index ?? 0));
  for (const one of places) {
    const last = ranges.at(-1);
    const before = last?.at(-1)?.part;
    if (last && before && one.part?.of === before.of && one.part.index === before.index + 1) last.push(one);
    else ranges.push([one]);
  }
  return ranges;
}
var noParts = "None of the files that merge matches is the report of a part, so there is nothing to merge. Make the pattern match the reports of runs with the input part.";
var shown = (file) => inert(file, 200);
var capitalized = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
var listed = (names, most2 = 5) => [...names.slice(0, most2), ...names.length > most2 ? [`and ${names.length - most2} more`] : []].join(", ");
function mostFrequent(numbers) {
  const counts = [...Map.groupBy(numbers, (each) => each)].toSorted(([a, some], [b, others]) => others.length - some.length || b - a);
  return counts[0]?.[0];
}

// action/src/merge/sums.ts
import { createHash } from "node:crypto";
function sumUp(entities, isDeclared, mode) {
  const compareAll = orderOf(isDeclared ? entities.map(({ name }) => name) : []);
  const reads = { legacy: 0, normalized: 0 };
  const names = /* @__PURE__ */ new Map();
  const downloaded = /* @__PURE__ */ new Map();
  const versions = /* @__PURE__ */ new Map();
  const byType = /* @__PURE__ */ new Map();
  const severities = /* @__PURE__ */ new Map();
  const keys = /* @__PURE__ */ new Set();
  const keyIds = /* @__PURE__ */ new Set();
  const differing = collectDiffering();
  const evidence = /* @__PURE__ */ new Map();
  const pictures = [];
  let clues = [];
  const modes = /* @__PURE__ */ new Set();
  let engine = "digest";
  let kept = [];
  let remarks;
  let accepted;
  let isIdle = [];
  let transient = 0;
  let since;
  let [startedAt, finishedAt] = [];
  function addFindings({ findings, findingsByType, evidence: { findings: places, severityByType } }) {
    for (const [place, finding] of findings.entries()) {
      const rest = places[place];
      if (rest !== void 0 && rest[0] !== "count") kept.push(readFinding(finding, rest));
    }
    kept = kept.sort(compareAll).slice(0, maxFindings);
    for (const [type, count] of Object.entries(findingsByType)) if (type !== countType) byType.set(type, (byType.get(type) ?? 0) + count);
    for (const [type, severity] of Object.entries(severityByType)) if (type !== countType) severities.set(type, severity);
  }
  function addAccepted(rules) {
    if (!rules) return;
    isIdle = rules.map(({ state }, place) => state === "unmatched" && (isIdle[place] ?? true));
    accepted = rules.map((rule, place) => ({
      ...rule,
      findings: rule.findings + (accepted?.[place]?.findings ?? 0),
      weeks: rule.weeks + (accepted?.[place]?.weeks ?? 0)
    }));
  }
  return {
    add(report) {
      const { notCompared = {}, evidence: own } = report;
      modes.add(report.mode);
      if (report.engine === "stream") engine = "stream";
      reads.legacy += report.reads.legacy;
      reads.normalized += report.reads.normalized;
      transient += report.transient;
      for (const [version, count] of Object.entries(report.sourceVersions)) versions.set(version, (versions.get(version) ?? 0) + count);
      for (const [entity, sides] of Object.entries(notCompared)) {
        const known = names.get(entity) ?? { legacy: /* @__PURE__ */ new Set(), normalized: /* @__PURE__ */ new Set() };
        names.set(entity, known);
        for (const side of ["legacy", "normalized"]) for (const name of sides[side]) known[side].add(name);
      }
      const { downloads = [] } = own;
      const summed = /* @__PURE__ */ new Set([...own.entities.flatMap((entity) => remarksOf([entity])), ...downloads.map(downloadSentence)]);
      for (const { store, bytes: more } of downloads) downloaded.set(store, (downloaded.get(store) ?? 0) + more);
      remarks = agreed(
        remarks,
        (report.remarks ?? []).filter((remark) => !summed.has(remark))
      );
      addFindings(report);
      addAccepted(report.accepted);
      keys.add(own.differingWeeks.key);
      keyIds.add(own.pseudonymKeyId);
      for (const document of own.differingWeeks.weeks) differing.add(document);
      for (const entity of own.entities) evidence.set(entity.name, [...evidence.get(entity.name) ?? [], entity]);
      clues = clues && own.clues && [...clues, own.clues];
      if (own.picture) pictures.push(own.picture);
      if (own.firstWrite !== void 0 && own.firstWrite <= (since ?? own.firstWrite)) since = own.firstWrite;
      if (report.startedAt <= (startedAt ?? report.startedAt)) startedAt = report.startedAt;
      if (report.finishedAt >= (finishedAt ?? report.finishedAt)) finishedAt = report.finishedAt;
    },
    sums() {
      const found = modes.has("sample") ? "sample" : [...modes][0] ?? mode;
      const compared = entities.filter((entity) => found !== "recent" || entity.written !== void 0).map((entity) => ({ ...ofWhole(entity, joined(evidence.get(entity.name) ?? [], found)), name: entity.name }));
      const all = compared.flatMap(({ name }) => evidence.get(name) ?? []);
      const population = compared.reduce((sum, one) => sum + one.population, 0);
      const total2 = { ...joined(all, found), population, planned: population, engine: modes.size === 0 ? "stream" : engine, transient };
      const counted2 = createFindings({ name: () => "", text: () => "", value: () => "", document: () => "", key: "" });
      for (const [place, entity] of entities.filter(({ name }) => compared.some((one) => one.name === name)).entries()) {
        for (const count of compared[place]?.judged ?? []) if (count.difference !== 0) counted2.add(countDifference(count), entity);
      }
      const types = new Map([...byType, ...Object.entries(counted2.byType())]);
      return {
        comparison: { ...total2, entities: compared },
        reads,
        notCompared: Object.fromEntries(
          entities.flatMap(({ name }) => {
            const sides = names.get(name);
            return sides ? [[name, { legacy: [...sides.legacy].toSorted(), normalized: [...sides.normalized].toSorted() }]] : [];
          })
        ),
        remarks: [...entities.flatMap(({ name }) => remarksOf(evidence.get(name) ?? [])), ...remarks ?? []],
        downloads: [...downloaded].map(([store, bytes]) => ({ store, bytes })),
        sourceVersions: Object.fromEntries([...versions].toSorted(byName)),
        findings: {
          list: [...kept, ...counted2.list()].sort(compareAll).slice(0, maxFindings),
          total: [...types.values()].reduce((sum, count) => sum + count, 0),
          byType: Object.fromEntries([...types].toSorted(byName)),
          severityByType: { ...Object.fromEntries(severities), ...counted2.severityByType() },
          // Hashes made with different keys are not comparable, not even with another run's.
          differingWeeks: { key: oneKey([...keys].toSorted()), weeks: differing.list() }
        },
        pseudonymKeyId: keyIds.size === 1 ? [...keyIds][0] : void 0,
        accepted: accepted?.map((rule, place) => ({ ...rule, state: rule.state === "expired" ? "expired" : isIdle[place] ? "unmatched" : "active" })),
        picture: joinPictures(pictures),
        clues,
        since: found === "full" ? since : void 0,
        startedAt,
        finishedAt
      };
    }
  };
}
var agreed = (some, others) => some?.filter((one) => others.includes(one)) ?? others;
var remarksOf = (parts) => [
  ...new Set(parts.flatMap(({ remarks }) => remarks?.ofSome ?? [])),
  ...parts.reduce((some, { remarks }) => remarks?.ofEach ? agreed(some, remarks.ofEach) : some, void 0) ?? []
];
var countType = "COUNT_MISMATCH";
var oneKey = (keys) => keys.length > 1 ? createHash("sha256").update(keys.join(" ")).digest("base64url").slice(0, 22) : keys[0] ?? "";
var byName = ([a], [b]) => a < b ? -1 : 1;
function joined(some, mode) {
  const sum = (numberOf) => some.reduce((all, one) => all + numberOf(one), 0);
  const population = sum((one) => one.population);
  return {
    ...emptyComparison(
      mode,
      sum((one) => one.legacyRows)
    ),
    differing: sum((one) => one.differing),
    compared: sum((one) => one.compared),
    unsettled: sum((one) => one.unsettled),
    restless: sum((one) => one.restless),
    isLooseUnknown: some.some((one) => one.isLooseUnknown),
    population,
    planned: population,
    skipped: sum((one) => one.skipped),
    counts: addUp(some.flatMap(({ counts }) => counts)),
    judged: addUp(some.flatMap(({ judged }) => judged))
  };
}
function ofWhole({ drawFrom }, one) {
  const [count] = one.counts;
  return one.mode === "sample" && drawFrom === "actual" && count ? { ...one, population: Math.max(count.expected, one.compared) } : one;
}
function addUp(counts) {
  const levels = Map.groupBy(counts, ({ level }) => level);
  const sum = (some, part) => some.reduce((all, one) => all + one[part], 0);
  return [...levels].map(([level, some]) => ({
    level,
    legacy: sum(some, "legacy"),
    expected: sum(some, "expected"),
    normalized: sum(some, "normalized"),
    difference: sum(some, "difference")
  }));
}

// action/src/origin/join-clues.ts
function joinClues(parts, entities, provenance, open2) {
  if (total(parts.flat().flatMap(({ written }) => [...Object.values(written.differing), ...Object.values(written.equal)])) > mostRows) return void 0;
  const byEntity = Map.groupBy(parts.flat(), ({ entity }) => entity);
  const cluesOf = ({ name }) => byEntity.get(name) ?? [];
  const censuses = new Map(entities.map((entity) => [entity.name, joinCensus(cluesOf(entity), entity.shape, open2)]));
  return {
    facts: new Map(entities.filter((entity) => cluesOf(entity).length > 0).map((entity) => [entity.name, joinFacts(cluesOf(entity), entity.shape, open2)])),
    census: { of: (name) => censuses.get(name) },
    answers: provenance && joinAnswers(provenance.traits, [...byEntity.values()].flat())
  };
}
var mostRows = 2e7;
var total = (numbers) => numbers.reduce((sum, number2) => sum + number2, 0);
var most = (numbers) => Math.max(0, ...numbers);
function joinFacts(clues, shape, open2) {
  const sum = (numberOf) => total(clues.map(numberOf));
  const documents = sumShares(clues.map((one) => one.documents));
  const kinds = /* @__PURE__ */ new Map();
  for (const { kind, documents: differing } of clues.flatMap((one) => one.kinds)) kinds.set(kind, (kinds.get(kind) ?? 0) + differing);
  const keys = shape.key.map(({ name }) => ({ name, ...joinKeys(name, clues, documents.hit, shape, open2) })).filter(({ values }) => values.size > 0);
  const byMember = Map.groupBy(
    clues.flatMap(({ members }) => members),
    ({ kind, level }) => `${kind} ${level}`
  );
  const groups = clues.flatMap(({ weeks }) => weeks?.group ?? []);
  return {
    documents,
    kinds,
    normalizedOnly: sum((one) => one.normalizedOnly),
    undated: sum((one) => one.undated),
    beforeMigration: sum((one) => one.beforeMigration),
    written: { differing: timesOf(clues.map(({ written }) => written.differing)), equal: timesOf(clues.map(({ written }) => written.equal)) },
    // Each part has already counted how many of them are younger than the dual-write.
    orphans: [],
    parts: new Map(keys.map(({ name, values }) => [name, values])),
    unknownParts: new Set(keys.filter(({ isUnknown }) => isUnknown).map(({ name }) => name)),
    groups: new Map(groups.map(({ name, hit, all, legacyOnly }) => [name, { hit, all, legacyOnly, group: keyWith(shape.group, shape.group - 1, name) }])),
    starts: joinStarts(clues.flatMap(({ weeks }) => weeks?.starts ?? [])),
    members: new Map([...byMember].flatMap(([id, same]) => same.slice(0, 1).map((one) => [id, joinMembers(one, same, shape, open2)])))
  };
}
var sumShares = (shares) => ({ hit: total(shares.map(({ hit }) => hit)), all: total(shares.map(({ all }) => all)) });
var timesOf = (days) => days.flatMap((each) => Object.entries(each).flatMap(([day, rows]) => Array.from({ length: rows }, () => Number(day) * dayMs)));
var keyWith = (length, place, name) => Array.from({ length }, (_, each) => each === place ? name : null);
function joinKeys(part, clues, differing, shape, open2) {
  const lists = clues.flatMap(({ keys }) => keys).filter((key) => key.part === part);
  const others = total(lists.map((list) => list.others ?? 0));
  const cut = lists.filter((list) => list.others !== void 0).length;
  const place = shape.key.findIndex(({ name }) => name === part);
  const joined2 = /* @__PURE__ */ new Map();
  for (const list of lists) {
    for (const each of list.values) {
      const value = idOf(each.value, shape.key[place], open2);
      const known = joined2.get(value) ?? { share: { hit: 0, all: 0, normalizedOnly: 0 }, names: /* @__PURE__ */ new Set(), cut: 0, others: 0 };
      joined2.set(value, known);
      known.share.hit += each.hit;
      known.share.all += each.all;
      known.share.normalizedOnly += each.normalizedOnly;
      known.names.add(isSealed(shape.key[place]) ? each.name : each.value);
      if (list.others === void 0) continue;
      known.cut += 1;
      known.others += list.others;
    }
  }
  const isPattern = (hit) => hit >= fewestHits && hit >= smallestShare * differing;
  const isUnknown = cut > 0 && isPattern(others) || [...joined2.values()].some((each) => each.cut < cut && isPattern(each.share.hit + others - each.others));
  const values = [...joined2].map(([value, { share, names }]) => {
    const [name] = names;
    const key = keyWith(shape.key.length, place, names.size === 1 ? name ?? null : null);
    return [value, { ...share, first: key, other: key }];
  });
  return { values: new Map(values), isUnknown };
}
var isSealed = (part) => part?.shown === "pseudonym" || part?.shown === "never";
var idOf = (value, part, open2) => isSealed(part) ? open2(value) ?? value : value;
function joinStarts(starts) {
  return new Map(
    [...Map.groupBy(starts, ({ date }) => date)].map(([date, same]) => [
      date,
      { ...sumShares(same), legacyOnly: total(same.map(({ legacyOnly }) => legacyOnly)) }
    ])
  );
}
function joinMembers({ kind, level }, parts, shape, open2) {
  const findings = total(parts.map((one) => one.findings));
  const sumAll = (some) => ({
    ...sumShares(some),
    findings: total(some.map((one) => one.findings))
  });
  const dates = new Map(
    [
      ...Map.groupBy(
        parts.flatMap((one) => one.dates),
        ({ date }) => date
      )
    ].map(([date, same]) => [date, sumShares(same)])
  );
  const traits = new Map(
    [
      ...Map.groupBy(
        parts.flatMap((one) => one.traits),
        ({ name }) => name
      )
    ].map(([name, same]) => [name, sumAll(same)])
  );
  const facts = { kind, level, findings, members: sumShares(parts.map((one) => one.members)), traits, dates };
  const names = parts.flatMap((one) => one.names);
  if (areAttributes(facts, levelName(shape, documentLevel(shape) + 1))) {
    return { ...facts, names: new Map([...Map.groupBy(names, ({ name }) => name)].map(([name, same]) => [name, { ...sumAll(same), group: [] }])) };
  }
  const byName2 = [...Map.groupBy(names, ({ name }) => open2(name) ?? name)];
  const isComplete = (same) => same.length === parts.length;
  return {
    ...facts,
    // A name that several parts have belongs to several groups.
    names: new Map(
      byName2.filter(([, same]) => isComplete(same)).map(([name, same]) => {
        const [shown2] = same.map((one) => one.shown);
        return same.length > 1 || shown2 === void 0 ? [name, { ...sumAll(same), group: void 0 }] : [shown2, { ...sumAll(same), group: [] }];
      })
    ),
    isNameUnknown: byName2.some(([, same]) => !isComplete(same) && mostOf(same, parts) >= smallestShare * findings)
  };
}
function mostOf(same, parts) {
  const without = parts.filter(({ names }) => !names.some((name) => same.includes(name)));
  const left = without.map(({ ofOneName, findings, names }) => Math.min(ofOneName, findings - total(names.map((name) => name.findings))));
  return total(same.map(({ findings }) => findings)) + total(left);
}
function joinCensus(clues, shape, open2) {
  const censuses = clues.flatMap(({ census }) => census ?? []).toSorted((a, b) => b.documents - a.documents);
  const [largest] = censuses;
  if (!largest || censuses.length < clues.length) return void 0;
  const rows = /* @__PURE__ */ new Map();
  for (const { part, values } of clues.flatMap(({ keys }) => keys)) {
    for (const { value, rows: counted2 } of values) {
      const id = JSON.stringify([
        part,
        idOf(
          value,
          shape.key.find(({ name }) => name === part),
          open2
        )
      ]);
      if (counted2 !== void 0) rows.set(id, most([rows.get(id) ?? 0, counted2]));
    }
  }
  return {
    documents: largest.documents,
    days: new Map(Object.entries(largest.days).map(([day, documents]) => [Number(day), documents])),
    countOf: (part, value) => rows.get(JSON.stringify([part, value]))
  };
}
function joinAnswers(traits, clues) {
  const weeks = clues.flatMap((one) => one.weeks ?? []);
  const differing = clues.filter(({ documents }) => documents.hit > 0).flatMap((one) => one.weeks ?? []);
  const groups = new Map(weeks.flatMap(({ group }) => group?.rows === void 0 ? [] : [[group.name, group.rows]]));
  const starts = weeks.flatMap(({ startCounts }) => startCounts);
  const written = weeks.flatMap(({ writtenCounts }) => writtenCounts);
  const counted2 = (rows, later) => rows.length > 0 ? most(rows) : { atLeast: most(later) };
  return {
    traits,
    countOfGroup: async (group) => groups.get(group.at(-1) ?? "") ?? { atLeast: 0 },
    countOfStarts: async (from, to) => {
      const isWithin = (start) => start.from >= from && (to === void 0 || start.to !== void 0 && start.to <= to);
      return counted2(
        starts.filter((start) => start.from === from && start.to === to).map(({ rows }) => rows),
        starts.filter(isWithin).map(({ rows }) => rows)
      );
    },
    countWrittenSince: async (date) => counted2(
      written.filter(({ since }) => since === date).map(({ rows }) => rows),
      written.filter(({ since }) => since > date).map(({ rows }) => rows)
    ),
    async agesOf() {
      const [first, ...others] = differing.map(({ ages }) => ages);
      if (!first || others.some(({ start }) => start !== first.start)) return void 0;
      const all = [first, ...others];
      return {
        start: first.start === void 0 ? void 0 : Date.parse(first.start),
        older: total(all.map(({ older }) => older)),
        newerOrphans: total(all.map(({ newerOrphans }) => newerOrphans))
      };
    }
  };
}

// action/src/merge.ts
async function merge(about) {
  const { settings, connection, rules, now, pattern, workspace, measure } = about;
  const { pair } = connection;
  const begun = now();
  const recorded = historyOf(about);
  const parts = [];
  const others = [];
  const damaged = [];
  const names = pair.entities.filter(({ written }) => settings.changedWithinSeconds === void 0 || written !== void 0).map(({ name }) => name);
  const { files, own } = await findFiles(pattern, workspace, settings.reportDirectory);
  for (const file of files) {
    const found2 = await readPartFile(file, workspace);
    const isOwn = found2.kind === "part" && found2.report.pair === pair.name && found2.report.evidence.measure === measure;
    if (isOwn && lacksEntity(found2.report, names)) damaged.push({ ...found2, kind: "damaged", part: found2.report.part });
    else if (found2.kind === "part") parts.push(headOf(found2));
    else if (found2.kind === "other") others.push(file);
    else damaged.push(found2);
  }
  const asked = { pair: pair.name, measure, pattern, reportDirectory: settings.reportDirectory, now: begun };
  const gathered = gather({ parts, others, damaged, own }, asked);
  const { chosen } = gathered;
  const sums = sumUp(pair.entities, pair.isDeclared, settings.changedWithinSeconds !== void 0 ? "recent" : settings.mode === "sample" ? "sample" : "full");
  const lost = [];
  for (const head of chosen) {
    const found2 = await readPartFile(head.file, workspace);
    if (found2.kind === "part" && isDeepStrictEqual(headOf(found2), head)) sums.add(found2.report);
    else lost.push(head);
  }
  const changed = lost.map(({ file, part }) => ({ kind: "damaged", file, part }));
  const { trouble, short, remarks } = lost.length === 0 ? gathered : gather({ parts: parts.filter((head) => !lost.includes(head)), others, damaged: [...damaged, ...changed], own }, asked);
  const found = sums.sums();
  const [startedAt, finishedAt] = [found.startedAt, found.finishedAt].map((time) => time === void 0 ? begun : new Date(time));
  const none = rules && createAcceptance(rules, createPseudonyms(void 0, false), begun.toISOString().slice(0, 10)).rules(false);
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
      origin: trouble === void 0 ? await originOf(about, found) : [],
      shortReason: short,
      sources: chosen.length === 0 ? void 0 : JSON.stringify(chosen.map(({ part, startedAt: start }) => [part.index, part.of, start]))
    },
    recorded
  );
}
var asCalled = { name: (_part, parts) => parts.at(-1) ?? "", value: (text) => text, text: (text) => text, common: () => void 0 };
async function originOf({ settings: { revealValues }, connection: { pair, pseudonymKey } }, { clues, comparison, pseudonymKeyId }) {
  const { keyId, open: open2 } = createPseudonyms(pseudonymKey, revealValues);
  if (!clues || !revealValues && (keyId === void 0 || keyId !== pseudonymKeyId)) return [];
  const joined2 = joinClues(clues, pair.entities, pair.provenance, open2);
  if (!joined2) return [];
  const names = revealValues ? { ...asCalled, common: (text) => text } : asCalled;
  return findOrigin(joined2.facts, { ...comparison, byEntity: comparedOf(comparison.entities) }, { entities: pair.entities, ...joined2 }, names);
}
function lacksEntity({ verdict, evidence: { entities, interruption } }, names) {
  const found = new Set(entities.map(({ name }) => name));
  return verdict !== "unknown" && interruption === void 0 && names.some((name) => !found.has(name));
}
export {
  merge
};
