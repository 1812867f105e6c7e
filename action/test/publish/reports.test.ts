import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileOf } from '../../src/publish/files.ts';
import { pathOf } from '../../src/report/report.ts';
import { childOf, weekOf } from '../places.ts';
import * as reports from './reports.ts';

test('every report that the publishing tests use is one that a run could hand over', () => {
  const made = [
    reports.referenceReport(),
    reports.syncedReport(),
    reports.sampledReport(),
    reports.unknownReport(),
    reports.disasterReport(),
    reports.hostileReport(),
  ];
  for (const report of made) assert.deepEqual(fileOf(report), reports.inFile(report));
});

test('the reference report is the case every run is measured by', () => {
  const report = reports.referenceReport();
  assert.equal(report.findings.filter((finding) => finding.type === 'MISSING_RECORD').length, 165);
  assert.equal(new Set(report.findings.map((finding) => pathOf(finding))).size, 166);
  assert.deepEqual(report.skipped, [{ reason: 'not-a-monday', count: 6 }]);
  const weeks = new Set(report.findings.filter(childOf).map((finding) => `${childOf(finding)} ${weekOf(finding)}`));
  assert.equal(weeks.size, report.drift.differing);
});
