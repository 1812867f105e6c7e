import {
  allDocuments,
  boundBeside,
  capitalized,
  commandTarget,
  compareSeverity,
  count,
  coverageSentence,
  documents,
  isCalendarDate,
  isPseudonym,
  longestReason,
  longestRemark,
  number,
  pathOf,
  percent,
  percentAtMost,
  percentSet,
  quotesAsCode,
  ratePercent,
  signed,
  worstEntity
} from "./shared-postgrest-js.js";
import {
  inert,
  inertCode
} from "./shared-zod.js";

// action/src/publish/words.ts
var valueText = (value) => typeof value === "number" ? number(value) : value;
var sideText = (value) => value === null ? "nothing" : valueText(value);
var isDrawn = ({ mode, drift }) => mode === "sample" && drift.compared < drift.population;
function coverage(report) {
  const { drift, mode, words } = report;
  const how = mode === "recent" ? "with recent writes compared" : isDrawn(report) ? "sampled" : "compared";
  return `${number(drift.compared)} of ${documents(words, drift.population)} ${how}`;
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
var isCovered = ({ standing }) => standing?.isExact === true;
var rotationSentence = (report) => report.part && report.coverage ? `${capitalized(partName(report))} was compared; ${coverageSentence(report.coverage, report.finishedAt)}` : "";
var partName = ({ part }) => part ? `part ${number(part.index)} of ${number(part.of)}` : "";
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
var typesOf = ({ findingsByType, severityByType }) => Object.entries(findingsByType).map(([type, total]) => ({ type, total, severity: severityByType[type] ?? "none" })).toSorted((a, b) => compareSeverity(b.severity, a.severity) || b.total - a.total);
function topTypes(report, code) {
  const types = typesOf(report).slice(0, 3);
  const left = report.findingsTotal - types.reduce((sum, { total }) => sum + total, 0);
  return `${types.map(({ type, total }) => `${number(total)} \xD7 ${code(type)}`).join(", ")}${left > 0 ? ` and ${number(left)} more` : ""}`;
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
  const which = {
    full: report.coverage ? `, those of ${partName(report)},` : "",
    sample: isDrawn(report) ? ", drawn at random," : "",
    recent: " with recent writes"
  }[mode];
  const compared = `${number(drift.compared)} of ${documents(words, drift.population)}${which}`;
  const were = drift.compared === 1 ? "was" : "were";
  const differ = drift.differing === 0 ? `${compared} ${were} compared, and ${drift.compared === 1 ? "it does not differ" : "none of them differs"}${acceptedTotal(report) === 0 ? "" : " beyond what is accepted"}.` : `${compared} ${were} compared, and ${number(drift.differing)} ${drift.differing === 1 ? "differs" : "differ"}.`;
  const sure = (isDrawn(report) || report.coverage) && !isCovered(report) && drift.compared > 0 ? ` With ${percent(confidence)} confidence, at most ${percentAtMost(drift.upperBound)} of all ${many} differ.` : "";
  const rate = report.findingsTotal > 0 ? ` The drift rate is ${ratePercent(report)}: above ${percentSet(report.thresholds.high)} is high, above ${percentSet(report.thresholds.critical)} is critical.` : "";
  const partial = verdict === "unknown" ? " This is only what was seen before the comparison stopped." : "";
  return `${differ}${sure}${rate}${partial}${mode === "recent" ? ` ${onlyRecent(report)}` : ""}`;
}
var onlyRecent = ({ words }) => `Older ${words.document.many} were not compared, and may differ.`;
var finePrint = (report) => report.verdict === "unknown" || report.verdict === "drift" && (isDrawn(report) || report.coverage !== void 0) ? statistics(report) : "";
var skippedDocuments = ({ skipped, words }) => skipped.filter((left) => left.count > 0).map(
  ({ reason, count: howMany }) => `${count(howMany, `legacy ${words.document.one}`, `legacy ${words.document.many}`)} skipped as expected: ${words.skips[reason] ?? "left out on purpose"}.`
);
var readsSentence = ({ reads }) => `Reads: ${number(reads.legacy)} from the legacy side and ${number(reads.normalized)} from the normalized side.`;
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
var keyText = (key) => Object.entries(key).map(([part, value]) => `${part}=${value ?? "null"}`).join(", ");
var whereOf = (finding, { words }) => pathOf(finding) ?? (words.key ? finding.level : null);

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
  const { verdict, severity, drift, words } = report;
  if (verdict === "unknown") {
    return `\u26AA **${headline(report)}.** ${inertCode(report.shortReason ?? report.reason ?? "No reason was given.", longestReason)}`;
  }
  if (verdict === "in-sync") return inSyncLine(report);
  const compared = `${number(drift.compared)} ${isDrawn(report) ? "sampled" : "compared"} ${drift.compared === 1 ? words.document.one : words.document.many}`;
  const what = drift.differing === 0 ? besideCompared(report) : `${number(drift.differing)} of ${compared} ${drift.differing === 1 ? "differs" : "differ"}`;
  return `${icons[severity]} **${headline(report)}: ${what}** (drift rate ${rateOf(report)}): ${topTypes(report, (type) => inertCode(type, 40))}.`;
}
function rateOf(report) {
  const entity = worstEntity(report);
  return `${ratePercent(report)}${entity === void 0 ? "" : ` in ${inertCode(entity, 63)}`}`;
}
function inSyncLine(report) {
  const { drift, mode, confidence, words } = report;
  const isWhole = drift.compared >= drift.population;
  if (mode !== "recent" && drift.population === 0) return `${icons.none} **${headline(report)}: there are no ${words.document.many} to compare.**`;
  if (mode === "recent") {
    const seen2 = drift.population === 0 ? "nothing was written." : `${isWhole ? allDocuments(words, drift.population) : `${number(drift.compared)} of ${documents(words, drift.population)}`} compared, ${nothingDiffers(report)}.`;
    return `${icons.none} **${headline(report)}: ${seen2}** ${onlyRecent(report)}`;
  }
  const seen = isWhole ? `${allDocuments(words, drift.population)} compared,` : `${coverage(report)}, and`;
  const sure = isWhole || isCovered(report) ? "" : ` With ${percent(confidence)} confidence, at most ${percentAtMost(drift.upperBound)} of all ${words.document.many} differ.`;
  return `${icons.none} **${headline(report)}: ${seen} ${nothingDiffers(report)}.**${sure}`;
}
function originList({ origin = [] }) {
  const sentences = origin.map((sentence) => `* ${quotesAsCode(sentence)}`);
  return sentences.length === 0 ? "" : ["**Where it comes from:**", ...sentences].join("\n");
}
function countsTable(report) {
  const rows = roomFor(mostRows, report.counts, countDiffers).map(({ level, legacy, expected, normalized, difference }) => [
    inertCode(level, 40),
    number(legacy),
    number(expected),
    number(normalized),
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
    number(compared),
    number(population),
    differing === 0 ? "0" : `**${number(differing)}**`,
    percent(rate),
    boundBeside({ rate, upperBound })
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
  return shown.length === 0 ? "\u2013" : `${shown.join(", ")}${names.length > shown.length ? ` and ${number(names.length - shown.length)} more` : ""}`;
}
function typesTable(report) {
  const { document, group, key } = report.words;
  const atLeast = report.findingsTruncated ? "\u2265 " : "";
  const distinct = (values) => values.length === 0 ? "\u2013" : `${atLeast}${number(new Set(values).size)}`;
  const isWhole = (finding) => finding.key !== null && finding.key[key?.at(-1) ?? ""] !== null;
  const isOfDocument = ({ kind, level }) => kind !== "missing" || level !== group?.many;
  const types = typesOf(report);
  const kept = Map.groupBy(report.findings, ({ type }) => type);
  const rows = types.slice(0, mostRows).map(({ type, total, severity }) => {
    const findings = kept.get(type) ?? [];
    const ofDocuments = findings.filter((finding) => isWhole(finding) && isOfDocument(finding));
    return [
      inertCode(type, 40),
      severity === "none" ? "\u2013" : severity,
      number(total),
      distinct(ofDocuments.map((finding) => JSON.stringify(key ? finding.key : [finding.level, finding.key]))),
      group ? distinct(findings.flatMap((finding) => finding.key?.[group.part] ?? [])) : nameList([...new Set(findings.map(({ level }) => level))])
    ];
  });
  const of = group ? `${capitalized(group.many)}#` : key ? "Level" : "Entities";
  return paragraphs(table(["Type", "Severity", "Findings#", `${capitalized(document.many)}#`, of], rows), more(rows.length, types.length));
}
var orDash = (text, maxLength) => text === null ? "\u2013" : inertCode(valueText(text), maxLength);
var more = (shown, total) => shown === 0 || shown === total ? "" : `\u2026and ${number(total - shown)} more; see \`report.json\`.`;
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
  const rows = places.slice(0, limit).map(({ type, subject, where, findings }) => [inertCode(type, 40), ...subject.map((text) => orDash(text, 60)), orDash(where, 100), number(findings)]);
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
  const shown = remarks.slice(0, mostRemarks).map((sentence) => `- ${inertCode(sentence, longestRemark)}`);
  return paragraphs(shown.join("\n"), more(shown.length, remarks.length));
}
function healthTable(report) {
  const rows = report.health.filter(({ status }) => status !== "ok").slice(0, mostRows).map(({ check, status, severity, detail }) => [inertCode(check, 80), status, severity, inertCode(detail, longestRemark)]);
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
    number(findings),
    number(affected)
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
function explainCommand({ key, level }, report) {
  const { words, pseudonymKeyId } = report;
  const values = Object.values(key ?? {});
  if (words.group) {
    const [group, document] = [key?.[words.group.part] ?? "", values.at(-1) ?? null];
    return isPseudonym(group, words.group.part) && isCalendarDate(document) ? `npx driftwatch explain ${group} ${document}` : void 0;
  }
  if (!isPlainWord(level) || values.length === 0 || !values.every(isPlainWord) || pseudonymKeyId === void 0 && values.some((value) => isPseudonym(value, "key")))
    return void 0;
  const target = commandTarget(report);
  return values.some((value) => value.startsWith("-")) ? `npx driftwatch explain ${level}${target} -- ${values.join(" ")}` : `npx driftwatch explain ${level} ${values.join(" ")}${target}`;
}
function again(report, { runUrl, runName, repository }) {
  const runId = /^\d+(?=-\d+$)/.exec(runName)?.[0];
  const how = runUrl && runId && repository ? `Check again: **Re-run all jobs** on [the run's page](${runUrl}), or \`gh run rerun ${runId} --repo ${repository.owner}/${repository.repo}\`.` : "Check again by starting the workflow once more.";
  if (report.coverage) return `${how} It compares the part whose turn it is; a run without \`rotate\` compares everything.`;
  return isDrawn(report) ? `${how} To draw the same sample, set \`seed\` to ${inertCode(report.seed, 120)}.` : how;
}

export {
  valueText,
  sideText,
  isDrawn,
  coverage,
  roomFor,
  countDiffers,
  entityDiffers,
  acceptedTotal,
  rotationSentence,
  partName,
  headline,
  besideCompared,
  topTypes,
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
