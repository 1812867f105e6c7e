import {
  isPseudonym
} from "./shared-pseudonyms.js";
import {
  isCalendarDate
} from "./shared-calendar.js";
import {
  iso_exports
} from "./shared-zod.js";
import {
  _enum,
  _null,
  array,
  boolean,
  int,
  literal,
  number,
  object,
  record,
  string,
  tuple,
  union
} from "./shared-zod-2.js";
import {
  inert,
  inertCode
} from "./shared-inert.js";

// action/src/report/numbers.ts
var integers = format({});
var percentages = format({ style: "percent", maximumSignificantDigits: 3 });
var upperBounds = format({ style: "percent", maximumSignificantDigits: 3, roundingMode: "ceil" });
function format(options) {
  let made;
  return (value2) => (made ??= new Intl.NumberFormat("en-US", options)).format(value2);
}
var number2 = (value2) => integers(value2);
function percent(fraction) {
  const shown = percentages(fraction);
  return fraction < 1 && shown === "100%" ? ">99.9%" : shown;
}
var percentSet = format({ style: "percent", maximumSignificantDigits: 15 });
function ratePercent({ drift: { rate }, thresholds: { high, critical } }) {
  const limits = [high, critical].filter((limit) => limit !== rate).map(percentSet);
  let shown = percent(rate);
  for (let digits = 4; limits.includes(shown) && digits <= 15; digits += 1) shown = format({ style: "percent", maximumSignificantDigits: digits })(rate);
  return shown;
}
var worstEntity = ({ drift: { rate }, entities = [] }) => entities.length > 1 && rate > 0 ? entities.find((entity) => entity.rate === rate)?.name : void 0;
var percentAtMost = (fraction) => upperBounds(fraction);
var count = (value2, singular, plural = `${singular}s`) => `${number2(value2)} ${value2 === 1 ? singular : plural}`;
var signed = (value2) => value2 === 0 ? "0" : value2 > 0 ? `+${number2(value2)}` : `\u2212${number2(-value2)}`;

// action/src/report/evidence.ts
var kinds = [
  "missing",
  "orphan",
  "mismatch",
  "duplicate",
  "malformed",
  "ambiguous-owner",
  "wrong-owner",
  "count"
];
var number3 = number();
var calendarDate = iso_exports.date();
var levelCountSchema = object({
  level: string(),
  /** What the legacy side holds; with what is skipped and claimed twice, where it is one table. */
  legacy: number3,
  /** What the normalized side should hold according to it. */
  expected: number3,
  normalized: number3,
  /** normalized − expected: negative when something is missing. */
  difference: number3
});
var howMany = int().nonnegative();
var entityEvidenceSchema = object({
  name: string(),
  differing: howMany,
  compared: howMany,
  population: howMany,
  unsettled: howMany,
  restless: howMany,
  isLooseUnknown: boolean(),
  legacyRows: howMany,
  skipped: howMany,
  counts: array(levelCountSchema),
  /** The same as if what is accepted were mended. */
  judged: array(levelCountSchema)
});
var pictureSchema = object({
  part: string().nullable(),
  days: number3,
  cells: array(object({ row: string().nullable(), from: calendarDate.nullable(), kind: _enum(kinds), documents: number3 })),
  beside: number3
});
var share = { hit: howMany, all: howMany };
var byDay = record(string().regex(/^-?\d{1,9}$/), howMany);
var cluesSchema = object({
  entity: string(),
  documents: object(share),
  kinds: array(object({ kind: _enum(kinds), documents: howMany })),
  normalizedOnly: howMany,
  undated: howMany,
  beforeMigration: howMany,
  /** When the legacy rows were last written. */
  written: object({ differing: byDay, equal: byDay }),
  /** By part of the key, the values that most of what differs has. */
  keys: array(
    object({
      part: string(),
      values: array(object({ value: string(), ...share, normalizedOnly: howMany, name: string().optional(), rows: howMany.optional() })),
      /** Where there are more: how many differ that have one of those, at most. */
      others: howMany.optional()
    })
  ),
  /** All rows of the legacy side, of all parts. */
  census: object({ documents: howMany, days: byDay }).optional(),
  members: array(
    object({
      kind: _enum(kinds),
      level: string(),
      findings: howMany,
      members: object(share),
      traits: array(object({ name: string(), ...share, findings: howMany })),
      /** All attributes; of members the one name that nearly all have. */
      names: array(object({ name: string(), shown: string().optional(), ...share, findings: howMany })),
      /** How many are of one name, at most. */
      ofOneName: howMany,
      dates: array(object({ date: string(), ...share }))
    })
  ),
  /** Where documents belong to something: the one that nearly all belong to, and what the store says. */
  weeks: object({
    group: object({ name: string(), ...share, legacyOnly: howMany, rows: howMany.optional() }).optional(),
    starts: array(object({ date: string(), ...share, legacyOnly: howMany })),
    startCounts: array(object({ from: string(), to: string().optional(), rows: howMany })),
    writtenCounts: array(object({ since: string(), rows: howMany })),
    /** Beginning of the dual-write to the minute, and what is older or newer; absent where it is not known. */
    ages: object({ start: iso_exports.datetime().optional(), older: howMany, newerOrphans: howMany })
  }).optional()
});
var evidenceSchema = object({
  /** Of the pair, its declaration, the commit and the inputs: parts of one run have the same. */
  measure: string(),
  /** Why not everything was compared that was to be. */
  interruption: string().optional(),
  entities: array(entityEvidenceSchema),
  severityByType: record(string(), _enum(["medium", "high", "critical"])),
  differingWeeks: object({ key: string(), weeks: array(string()) }),
  pseudonymKeyId: string().optional(),
  /** Calendar date (UTC) on which the first document that differs was last written, where that is known. */
  firstWrite: calendarDate.optional(),
  picture: pictureSchema.optional(),
  /** Where the drift may come from, of each entity of which documents were read; absent where there is too much to say. */
  clues: array(cluesSchema).optional(),
  /** Of each finding, in their order: its kind, its place in segments, and when what it is about was last written. */
  findings: array(tuple([_enum(kinds), array(string()).nullable(), calendarDate.nullable()]))
});

// action/src/report/report.ts
var verdicts = ["in-sync", "drift", "unknown"];
var severities = ["none", "low", "medium", "high", "critical"];
var compareSeverity = (a, b) => severities.indexOf(a) - severities.indexOf(b);
var value = union([string(), number(), _null()]);
var findingSchema = object({
  type: string(),
  severity: _enum(["medium", "high", "critical"]),
  /** One of those that are counted: an entity, or `children`, `weeks`, `habits` or `records`. */
  level: string(),
  /** The parts of the key as they are shown, by name: `{ id }` or `{ child, week }`; `null` for a finding about a whole level. */
  key: record(string(), string().nullable()).nullable(),
  /** Of the habit tracker, whose findings had these before there were other keys: the child's pseudonym, and the week's date after alignment. */
  child: string().nullable().optional(),
  weekStart: string().nullable().optional(),
  /** A column, `habits/<name>/<date>` and the like; `null` for a finding about a whole row, week, child or level. */
  path: string().nullable(),
  legacy: value,
  normalized: value,
  /** Row ids by table, or by side. */
  rowIds: record(string(), array(string()))
});
var pathOf = ({ place }) => place && place.join("/");
function writtenFinding({ kind: _kind, place, writtenOn: _day, ...finding }, { beside = {} }) {
  const parts = Object.entries(beside).map(([name, part]) => [name, finding.key?.[part] ?? null]);
  return { ...finding, ...Object.fromEntries(parts), path: pathOf({ place }) };
}
function writtenBeside(report) {
  const { findings, findingsByType, evidence, ...rest } = report;
  if (!rest.part || !evidence) return rest;
  return {
    ...rest,
    findingsByType: { ...findingsByType },
    evidence: { ...evidence, findings: findings.map(({ kind, place, writtenOn }) => [kind, place && [...place], writtenOn ?? null]) }
  };
}
function readFinding({ type, severity, level, key, legacy, normalized, rowIds }, [kind, place, writtenOn]) {
  return { type, severity, kind, level, key, place, legacy, normalized, rowIds, ...writtenOn !== null && { writtenOn } };
}
var entitySchema = object({
  name: string(),
  compared: number(),
  population: number(),
  differing: number(),
  rate: number(),
  upperBound: number()
});
var healthCheckSchema = object({
  check: string(),
  status: _enum(["ok", "warning", "failing"]),
  severity: _enum(severities),
  detail: string()
});
var acceptedRuleSchema = object({
  reason: string(),
  by: string(),
  /** Calendar date, the last day on which it holds. */
  until: string(),
  /** What it matches, in words. */
  what: string(),
  state: _enum(["active", "expired", "unmatched"]),
  /** Differences that it accepts; of an expired rule those that it would. */
  findings: number(),
  weeks: number()
});
var coverageSchema = object({
  parts: int().positive(),
  /** Parts that were verified in sync since drift was last seen, by this run or one before it. */
  verified: int().nonnegative(),
  /** When the part that was verified longest ago was, whatever was found; `null` while one never was. */
  oldest: iso_exports.datetime().nullable()
});
var extents = ["nothing", "sample", "all"];
var reportSchema = object({
  schemaVersion: literal(2),
  pair: string(),
  /** `recent`: what was written lately, and nothing else. */
  mode: _enum(["sample", "full", "recent"]),
  /** Which of how many parts was compared; absent where it was the whole. */
  part: object({ index: int().positive(), of: int().positive() }).optional(),
  /** Of a run that compares one part at a time: how far it and the runs before it came. */
  coverage: coverageSchema.optional(),
  engine: _enum(["stream", "digest"]),
  seed: string(),
  startedAt: iso_exports.datetime(),
  finishedAt: iso_exports.datetime(),
  durationMs: number(),
  verdict: _enum(verdicts),
  severity: _enum(severities),
  /** Only when the verdict is `unknown`: what happened, the likely cause, and what to do. */
  reason: string().optional(),
  thresholds: object({ high: number(), critical: number() }),
  confidence: number(),
  drift: object({
    rate: number(),
    upperBound: number(),
    /** Documents with a finding of any type. */
    differing: number(),
    compared: number(),
    population: number()
  }),
  counts: array(levelCountSchema),
  /** Of a declared pair: each of its entities alone. */
  entities: array(entitySchema).optional(),
  /** Rows or documents that were read of each side, those that were read again included. */
  reads: object({ legacy: number(), normalized: number() }),
  /** What somebody should look at although nothing differs, a sentence each; absent where there is nothing. */
  remarks: array(string()).optional(),
  /** By entity: fields and columns that were seen, and that the declaration neither compares nor ignores; absent where there are none. */
  notCompared: record(string(), object({ legacy: array(string()), normalized: array(string()) })).optional(),
  skipped: array(object({ reason: string(), count: number() })),
  /** Differences that settled by themselves. */
  transient: number(),
  sourceVersions: record(string(), number()),
  findings: array(findingSchema),
  findingsTotal: number(),
  findingsTruncated: boolean(),
  health: array(healthCheckSchema),
  /** Rules of accepted differences, absent without a file of them. */
  accepted: array(acceptedRuleSchema).optional(),
  /** Of a part: how many findings of each type there are, also beyond those that are kept. */
  findingsByType: record(string(), number()).optional(),
  /** Of a part: what it takes to put the parts together. */
  evidence: evidenceSchema.optional()
});
var shownRuns = 60;
var longestReason = 1e3;
var maxFindings = 1e4;

// action/src/report/words.ts
var documents = ({ document }, howMany2) => count(howMany2, document.one, document.many);
function coverageSentence({ parts, verified, oldest }, asOf) {
  const since = oldest === null ? "not every part has been compared yet" : `the oldest on ${dayOf(oldest, asOf)}`;
  return `${number2(verified)} of ${count(parts, "part")} verified in sync since drift was last seen; ${since}.`;
}
function dayOf(iso, asOf) {
  const year = iso.slice(0, 4);
  return `${new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "long", timeZone: "UTC" })}${asOf.startsWith(year) ? "" : ` ${year}`}`;
}
var capitalized = (word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

// action/src/publish/words.ts
var sideText = (value2) => value2 === null ? "nothing" : String(value2);
function coverage({ drift, mode, words }) {
  const how = { full: "compared", sample: "sampled", recent: "with recent writes compared" }[mode];
  return `${number2(drift.compared)} of ${documents(words, drift.population)} ${how}`;
}
function roomFor(most, all, differs) {
  if (all.length <= most) return all;
  const chosen = new Set([...all.filter(differs), ...all.filter((one) => !differs(one))].slice(0, most));
  return all.filter((one) => chosen.has(one));
}
var countDiffers = ({ difference }) => difference !== 0;
var entityDiffers = ({ differing, rate }) => differing > 0 || rate > 0;
var acceptedTotal = ({ accepted = [] }) => accepted.filter(({ state }) => state === "active").reduce((sum, { findings }) => sum + findings, 0);
var isOnePart = ({ standing }) => standing?.isConclusive === false;
var rotationSentence = (report) => report.part && report.coverage ? `${capitalized(partName(report))} was compared; ${coverageSentence(report.coverage, report.finishedAt)}` : "";
var partName = ({ part }) => part ? `part ${number2(part.index)} of ${number2(part.of)}` : "";
function headline(report) {
  const which = report.part && report.evidence ? `Part ${report.part.index}/${report.part.of}: ` : "";
  return `${which}${headlineOfAll(report)}`;
}
function headlineOfAll(report) {
  if (report.verdict === "unknown") return "Unknown: the comparison could not be finished";
  const recent = report.mode === "recent" ? " in recent writes" : "";
  if (report.verdict === "drift") return `Drift${recent}, ${report.severity}`;
  const accepted = acceptedTotal(report);
  const inSync = report.mode === "recent" ? "Recent writes in sync" : isOnePart(report) ? `${capitalized(partName(report))} in sync` : "In sync";
  return accepted === 0 ? inSync : `${inSync}, except for ${count(accepted, "accepted difference")}`;
}
function besideCompared({ findings, findingsTotal, words: { document } }) {
  if (findings.some(({ kind }) => kind === "count")) return `the counts differ, but the compared ${document.many} do not`;
  return `${count(findingsTotal, "finding")} outside the compared ${document.many}, which agree`;
}
var nothingDiffers = (report) => acceptedTotal(report) === 0 ? "nothing differs" : "nothing else differs";
var ruleStates = {
  active: "accepted",
  expired: "expired: counts again",
  unmatched: "no longer matches anything"
};
var rulesByState = ({ accepted = [] }) => ["expired", "unmatched", "active"].flatMap((state) => accepted.filter((rule) => rule.state === state));
function acceptedNotes(report) {
  const total = acceptedTotal(report);
  const expired = (report.accepted ?? []).filter(({ state }) => state === "expired");
  const again2 = expired.reduce((sum, { findings }) => sum + findings, 0);
  const idle = (report.accepted ?? []).filter(({ state }) => state === "unmatched").length;
  return [
    ...total === 0 ? [] : [`${count(total, "difference is", "differences are")} accepted, and ${total === 1 ? "does" : "do"} not count.`],
    ...expired.length === 0 ? [] : [
      `${count(expired.length, "acceptance rule has", "acceptance rules have")} expired: ${again2 === 0 ? "no covered difference is left" : `${count(again2, "covered difference counts", "covered differences count")} again`}.`
    ],
    ...idle === 0 ? [] : [`${count(idle, "acceptance rule no longer matches", "acceptance rules no longer match")} anything, and can be removed.`]
  ];
}
function statistics(report) {
  const { drift, verdict, mode, confidence, words } = report;
  const { one, many } = words.document;
  if (drift.compared === 0 && report.findingsTotal === 0) {
    const why = mode === "recent" && verdict === "in-sync" ? `No ${one} was written recently, so none was compared.` : `No ${one} was compared.`;
    return `${why}${verdict === "unknown" ? " Whether both sides agree is unknown." : ""}`;
  }
  const which = { full: report.coverage ? `, those of ${partName(report)},` : "", sample: ", drawn at random,", recent: " with recent writes" }[mode];
  const compared = `${number2(drift.compared)} of ${documents(words, drift.population)}${which}`;
  const were = drift.population === 1 ? "was" : "were";
  const differ = drift.differing === 0 ? `${compared} ${were} compared, and none of them differs${acceptedTotal(report) === 0 ? "" : " beyond what is accepted"}.` : `${compared} ${were} compared, and ${number2(drift.differing)} ${drift.differing === 1 ? "differs" : "differ"}.`;
  const sure = (mode === "sample" || report.coverage) && drift.compared > 0 ? ` With ${percent(confidence)} confidence, at most ${percentAtMost(drift.upperBound)} of all ${many} differ.` : "";
  const rate = report.findingsTotal > 0 ? ` The drift rate is ${ratePercent(report)}: above ${percentSet(report.thresholds.high)} is high, above ${percentSet(report.thresholds.critical)} is critical.` : "";
  const partial = verdict === "unknown" ? " This is only what was seen before the comparison stopped." : "";
  return `${differ}${sure}${rate}${partial}${mode === "recent" ? ` ${onlyRecent(report)}` : ""}`;
}
var onlyRecent = ({ words }) => `Older ${words.document.many} were not compared, and may differ.`;
var finePrint = (report) => report.verdict === "unknown" || report.verdict === "drift" && (report.mode === "sample" || report.coverage !== void 0) ? statistics(report) : "";
var skippedDocuments = ({ skipped, words }) => skipped.filter((left) => left.count > 0).map(
  ({ reason, count: howMany2 }) => `${count(howMany2, `legacy ${words.document.one}`, `legacy ${words.document.many}`)} skipped as expected: ${words.skips[reason] ?? "left out on purpose"}.`
);
var readsSentence = ({ reads }) => `Read: ${number2(reads.legacy)} from the legacy side and ${number2(reads.normalized)} from the normalized side.`;
var notComparedOf = ({ notCompared = {} }) => Object.entries(notCompared).filter(([, { legacy, normalized }]) => legacy.length + normalized.length > 0).map(([entity, sides]) => ({ entity, ...sides }));
var aboutNotCompared = "These fields and columns were seen but are not compared. Add them to `fields` in the file, or to `ignored` if that is on purpose.";
var healthHeading = ({ words }) => capitalized(words.health ?? "remarks");
var settled = (report) => [
  ...report.verdict === "drift" && report.interruption !== void 0 ? [report.interruption] : [],
  ...report.transient === 0 ? [] : [
    `${count(report.transient, "difference")} resolved ${report.transient === 1 ? "itself" : "themselves"} during the run, and ${report.transient === 1 ? "is" : "are"} not counted.`
  ]
];
function subjectOf({ key, level }, { words }) {
  return words.key ? words.key.map((part) => key?.[part] ?? null) : [level, key && keyText(key)];
}
var subjectHeads = ({ words }) => words.key?.map(capitalized) ?? ["Entity", "Key"];
var keyText = (key) => Object.entries(key).map(([part, value2]) => `${part}=${value2 ?? "null"}`).join(", ");
var whereOf = (finding, { words }) => pathOf(finding) ?? (words.key ? finding.level : null);

// action/src/privacy/quoted.ts
var longest = 80;
var quoted = (text) => `\u201C${shortened(text).replaceAll(/[“”]/g, '"')}\u201D`;
var shortened = (text) => text.length <= longest ? text : `${text.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, "")}\u2026`;
var inQuotes = /“([^“”]*)”/g;
var quotesAsCode = (sentence) => sentence.replaceAll(inQuotes, (_, text) => inertCode(text, longest));
var quotesInert = (sentence) => sentence.replaceAll(inQuotes, (_, text) => `\u201C${inert(text, longest)}\u201D`);

// action/src/publish/markdown.ts
function table(head, rows) {
  if (rows.length === 0) return "";
  const rule = head.map((name) => name.endsWith("#") ? "---:" : "---");
  const names = head.map((name) => name.replace(/#$/, ""));
  return [names, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
var mostRows = 40;
var paragraphs = (...parts) => parts.filter((part) => part !== "").join("\n\n");
var details = (summary, body) => body === "" ? "" : `<details><summary>${summary}</summary>

${body}

</details>`;
function time(iso) {
  const [, date, minute] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(iso) ?? [];
  return date && minute ? `${date} ${minute} UTC` : inertCode(iso, 40);
}
var icons = { none: "\u{1F7E2}", low: "\u{1F7E1}", medium: "\u{1F7E1}", high: "\u{1F7E0}", critical: "\u{1F534}" };
function verdictLine(report) {
  const rotation = rotationSentence(report);
  return `${verdictSentence(report)}${rotation === "" ? "" : ` ${rotation}`}`;
}
function verdictSentence(report) {
  const { verdict, severity, drift, mode, words } = report;
  if (verdict === "unknown") {
    return `\u26AA **${headline(report)}.** ${inertCode(report.shortReason ?? report.reason ?? "No reason was given.", longestReason)}`;
  }
  if (verdict === "in-sync") return inSyncLine(report);
  const compared = `${number2(drift.compared)} ${mode === "sample" ? "sampled" : "compared"} ${drift.compared === 1 ? words.document.one : words.document.many}`;
  const what = drift.differing === 0 ? besideCompared(report) : `${number2(drift.differing)} of ${compared} ${drift.differing === 1 ? "differs" : "differ"}`;
  return `${icons[severity]} **${headline(report)}: ${what}** (drift rate ${rateOf(report)}): ${topTypes(report)}.`;
}
function rateOf(report) {
  const entity = worstEntity(report);
  return `${ratePercent(report)}${entity === void 0 ? "" : ` in ${inertCode(entity, 63)}`}`;
}
function inSyncLine(report) {
  const { drift, mode, confidence, words } = report;
  const isWhole = drift.compared >= drift.population;
  if (mode === "recent") {
    const seen2 = drift.population === 0 ? "nothing was written." : `${isWhole ? "all " : `${number2(drift.compared)} of `}${documents(words, drift.population)} compared, ${nothingDiffers(report)}.`;
    return `${icons.none} **${headline(report)}: ${seen2}** ${onlyRecent(report)}`;
  }
  const seen = isWhole ? `all ${documents(words, drift.population)} compared,` : `${coverage(report)}, and`;
  const sure = isWhole ? "" : ` With ${percent(confidence)} confidence, at most ${percentAtMost(drift.upperBound)} of all ${words.document.many} differ.`;
  return `${icons.none} **${headline(report)}: ${seen} ${nothingDiffers(report)}.**${sure}`;
}
function originList({ origin = [] }) {
  const sentences = origin.map((sentence) => `* ${quotesAsCode(sentence)}`);
  return sentences.length === 0 ? "" : ["**Where it comes from:**", ...sentences].join("\n");
}
function topTypes(report) {
  const types = typesOf(report).slice(0, 3);
  const shown = types.map(({ type, total }) => `${number2(total)} \xD7 ${inertCode(type, 40)}`).join(", ");
  const left = report.findingsTotal - types.reduce((sum, { total }) => sum + total, 0);
  return left > 0 ? `${shown} and ${number2(left)} more` : shown;
}
function countsTable(report) {
  const rows = roomFor(mostRows, report.counts, countDiffers).map(({ level, legacy, expected, normalized, difference }) => [
    inertCode(level, 40),
    number2(legacy),
    number2(expected),
    number2(normalized),
    difference === 0 ? "0" : `**${signed(difference)}**`
  ]);
  return paragraphs(
    table([report.words.key ? "Level" : "Entity", "Legacy#", "Expected#", "Normalized#", "Difference#"], rows),
    more(rows.length, report.counts.length),
    [...skippedDocuments(report), ...settled(report), ...acceptedNotes(report)].join(" ")
  );
}
function entitiesTable({ entities = [] }) {
  const rows = roomFor(mostRows, entities, entityDiffers).map(({ name, compared, population, differing, rate, upperBound }) => [
    inertCode(name, 63),
    number2(compared),
    number2(population),
    differing === 0 ? "0" : `**${number2(differing)}**`,
    percent(rate),
    percentAtMost(upperBound)
  ]);
  return paragraphs(table(["Entity", "Compared#", "Of#", "Differing#", "Drift rate#", "At most#"], rows), more(rows.length, entities.length));
}
function notComparedTable(report) {
  const entities = notComparedOf(report);
  const rows = entities.slice(0, mostRows).map(({ entity, legacy, normalized }) => [inertCode(entity, 63), nameList(legacy), nameList(normalized)]);
  return rows.length === 0 ? "" : paragraphs(aboutNotCompared, table(["Entity", "Legacy", "Normalized"], rows), more(rows.length, entities.length));
}
var mostNames = 30;
function nameList(names) {
  const shown = names.slice(0, mostNames).map((name) => inertCode(name, 80));
  return shown.length === 0 ? "\u2013" : `${shown.join(", ")}${names.length > shown.length ? ` and ${number2(names.length - shown.length)} more` : ""}`;
}
function typesOf(report) {
  const kept = Map.groupBy(report.findings, (finding) => finding.type);
  return Object.entries(report.findingsByType).map(([type, total]) => {
    const findings = kept.get(type) ?? [];
    return { type, total, severity: report.severityByType[type] ?? "none", findings };
  }).sort((a, b) => compareSeverity(b.severity, a.severity) || b.total - a.total);
}
function typesTable(report) {
  const { document, group, key } = report.words;
  const atLeast = report.findingsTruncated ? "\u2265 " : "";
  const distinct = (values) => values.length === 0 ? "\u2013" : `${atLeast}${number2(new Set(values).size)}`;
  const isWhole = (finding) => finding.key !== null && finding.key[key?.at(-1) ?? ""] !== null;
  const types = typesOf(report);
  const rows = types.slice(0, mostRows).map(({ type, total, severity, findings }) => [
    inertCode(type, 40),
    severity === "none" ? "\u2013" : severity,
    number2(total),
    distinct(findings.filter(isWhole).map((finding) => JSON.stringify(key ? finding.key : [finding.level, finding.key]))),
    group ? distinct(findings.flatMap((finding) => finding.key?.[group.part] ?? [])) : nameList([...new Set(findings.map(({ level }) => level))])
  ]);
  const of = group ? `${capitalized(group.many)}#` : key ? "Level" : "Entities";
  return paragraphs(table(["Type", "Severity", "Findings#", `${capitalized(document.many)}#`, of], rows), more(rows.length, types.length));
}
var orDash = (text, maxLength) => text === null ? "\u2013" : inertCode(String(text), maxLength);
var more = (shown, total) => shown === 0 || shown === total ? "" : `\u2026and ${number2(total - shown)} more; see \`report.json\`.`;
function placesOf(report) {
  const subject = (finding) => report.words.key ? subjectOf(finding, report) : [finding.level];
  const place = (finding) => JSON.stringify([finding.type, subject(finding), memberOf(finding)]);
  const places = [...Map.groupBy(report.findings, place).values()];
  if (places.length === report.findings.length) return [];
  return places.flatMap((findings) => {
    const [first] = findings;
    if (!first) return [];
    const where = whereOf(findings.length === 1 ? first : { level: first.level, place: memberOf(first) }, report);
    return [{ type: first.type, subject: subject(first), where, findings: findings.length }];
  });
}
var placeHeads = (report) => report.words.key ? subjectHeads(report) : ["Entity"];
function placesTable(report, limit) {
  const places = placesOf(report);
  const rows = places.slice(0, limit).map(({ type, subject, where, findings }) => [inertCode(type, 40), ...subject.map((text) => orDash(text, 60)), orDash(where, 100), number2(findings)]);
  return paragraphs(table(["Type", ...placeHeads(report), "Where", "Findings#"], rows), more(rows.length, places.length));
}
var memberOf = ({ place }) => place && place.length > 1 ? place.slice(0, -1) : place;
function findingsTable(report, limit) {
  const rows = report.findings.slice(0, limit).map((finding) => [
    finding.severity,
    inertCode(finding.type, 40),
    ...subjectOf(finding, report).map((text) => orDash(text, 100)),
    orDash(whereOf(finding, report), 120),
    orDash(finding.legacy, 80),
    orDash(finding.normalized, 80),
    Object.entries(finding.rowIds).map(([name, ids]) => inertCode(`${name} ${ids.join(", ")}`, 120)).join(" ") || "\u2013"
  ]);
  return paragraphs(
    table(["Severity", "Type", ...subjectHeads(report), "Where", "Legacy", "Normalized", "Rows"], rows),
    more(rows.length, report.findingsTotal)
  );
}
var attention = (report) => paragraphs(healthTable(report), remarkList(report));
var attentionHeading = ({ words }) => words.health === void 0 ? "Remarks" : "Health";
var mostRemarks = 20;
function remarkList({ remarks = [] }) {
  const shown = remarks.slice(0, mostRemarks).map((sentence) => `- ${inertCode(sentence, 400)}`);
  return paragraphs(shown.join("\n"), more(shown.length, remarks.length));
}
function healthTable(report) {
  const rows = report.health.filter(({ status }) => status !== "ok").slice(0, mostRows).map(({ check, status, severity, detail }) => [inertCode(check, 80), status, severity, inertCode(detail, 300)]);
  return table(["Check", "Status", "Severity", "Detail"], rows);
}
var mostRules = 20;
function acceptedTable(report) {
  const rules = rulesByState(report);
  const rows = rules.slice(0, mostRules).map(({ state, what, reason, by, until, findings, weeks: affected }) => [
    state === "active" ? ruleStates[state] : `**${ruleStates[state]}**`,
    inertCode(what, 160),
    inertCode(reason, 160),
    inertCode(by, 60),
    inertCode(until, 20),
    number2(findings),
    number2(affected)
  ]);
  return paragraphs(
    table(["State", "What", "Reason", "By", "Until", "Differences#", `${capitalized(report.words.document.many)}#`], rows),
    more(rows.length, rules.length)
  );
}
function nextSteps(report, context) {
  if (report.verdict === "in-sync") return "";
  const steps = [
    report.verdict === "unknown" ? "Fix what kept this run from finishing: see the reason above." : "",
    lookAt(report),
    ...(report.repair ?? []).map(repairStep),
    again(report, context)
  ];
  return steps.filter((step) => step !== "").map((step, index) => `${index + 1}. ${step}`).join("\n");
}
var indent = (lines) => lines.map((line) => line === "" ? "" : `   ${line}`).join("\n");
var codeBlock = (language, lines) => lines.length === 0 ? "" : indent([`\`\`\`${language}`, ...lines, "```"]);
var warning = "\u26A0\uFE0F **Cannot be undone.**";
function repairStep({ text, commands }) {
  const blocks = commands.flatMap(({ note, sql, shell = [], destroys }) => {
    const words = [destroys ? warning : "", note ?? ""].filter((part) => part !== "").join(" ");
    return [words === "" ? "" : indent([words]), codeBlock("sh", shell), codeBlock("sql", sql)];
  });
  return paragraphs(text, ...blocks);
}
function lookAt(report) {
  const finding = report.findings.find(({ rowIds }) => Object.values(rowIds).some((ids) => ids.length > 0));
  if (!finding) return "";
  const command = explainCommand(finding, report);
  if (!report.words.hasTables)
    return command === void 0 ? "" : `**Look at the first difference**, in a terminal at the root of this repository: \`${command}\``;
  const statements = Object.entries(finding.rowIds).filter(([name, ids]) => ids.length > 0 && /^\w+$/.test(name)).map(([name, ids]) => {
    const values = ids.slice(0, 5).map((id) => `'${inert(id, 100).replaceAll("'", "''")}'`);
    return `select * from ${name} where id in (${values.join(", ")});`;
  });
  return paragraphs(
    `**Look at the first difference**${command === void 0 ? "" : `: \`${command}\` in a terminal, or`} in the SQL editor:`,
    codeBlock("sql", statements)
  );
}
var isPlainWord = (text) => text !== null && /^[\w.:+@-]{1,100}$/.test(text);
function explainCommand({ key, level }, { words, pair, pseudonymKeyId }) {
  const values = Object.values(key ?? {});
  if (words.group) {
    const [group, document] = [key?.[words.group.part] ?? "", values.at(-1) ?? null];
    return isPseudonym(group, words.group.part) && isCalendarDate(document) ? `npx driftwatch explain ${group} ${document}` : void 0;
  }
  if (!isPlainWord(level) || values.length === 0 || !values.every(isPlainWord) || pseudonymKeyId === void 0 && values.some((value2) => isPseudonym(value2, "key")))
    return void 0;
  const target = isPlainWord(pair) ? ` --pair ${pair}` : "";
  return values.some((value2) => value2.startsWith("-")) ? `npx driftwatch explain ${level}${target} -- ${values.join(" ")}` : `npx driftwatch explain ${level} ${values.join(" ")}${target}`;
}
function again({ mode, seed, coverage: isRotating }, { runUrl, runName, repository }) {
  const runId = /^\d+(?=-\d+$)/.exec(runName)?.[0];
  const how = runUrl && runId && repository ? `Check again: **Re-run all jobs** on [the run's page](${runUrl}), or \`gh run rerun ${runId} --repo ${repository.owner}/${repository.repo}\`.` : "Check again by starting the workflow once more.";
  if (isRotating) return `${how} It compares the part whose turn it is; a run without \`rotate\` compares everything.`;
  return mode === "sample" ? `${how} To draw the same sample, set \`seed\` to ${inertCode(seed, 120)}.` : how;
}

export {
  evidenceSchema,
  verdicts,
  severities,
  compareSeverity,
  pathOf,
  writtenFinding,
  writtenBeside,
  readFinding,
  extents,
  reportSchema,
  shownRuns,
  longestReason,
  maxFindings,
  number2 as number,
  percent,
  percentSet,
  ratePercent,
  worstEntity,
  percentAtMost,
  count,
  signed,
  documents,
  coverageSentence,
  capitalized,
  quoted,
  quotesInert,
  sideText,
  coverage,
  roomFor,
  countDiffers,
  entityDiffers,
  acceptedTotal,
  rotationSentence,
  partName,
  headline,
  besideCompared,
  nothingDiffers,
  ruleStates,
  rulesByState,
  acceptedNotes,
  statistics,
  finePrint,
  skippedDocuments,
  readsSentence,
  notComparedOf,
  aboutNotCompared,
  healthHeading,
  settled,
  subjectOf,
  whereOf,
  paragraphs,
  details,
  time,
  verdictLine,
  originList,
  countsTable,
  entitiesTable,
  notComparedTable,
  typesTable,
  placesOf,
  placesTable,
  findingsTable,
  attention,
  attentionHeading,
  acceptedTable,
  nextSteps
};
