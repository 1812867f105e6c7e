import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { ReportFileError, writeReports } from '../../src/publish/files.ts';
import { reportSchema } from '../../src/report/report.ts';
import { disasterReport, hostileReport, inFile, referenceReport } from './reports.ts';

describe('report files', () => {
  let place = '';
  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), 'driftwatch-files-'));
  });
  afterEach(() => rm(place, { recursive: true, force: true }));

  test('both files are written into a directory that did not exist, and nothing else', async () => {
    const directory = join(place, 'a', 'drift-report');
    const paths = await writeReports(referenceReport(), directory, '<!doctype html>page');
    assert.deepEqual(paths, { json: join(directory, 'report.json'), html: join(directory, 'report.html') });
    assert.deepEqual((await readdir(directory)).toSorted(), ['report.html', 'report.json']);
    assert.equal(await readFile(paths.html, 'utf8'), '<!doctype html>page');
  });

  test('report.json reads back as the report that was handed over, however large or hostile', async () => {
    for (const report of [referenceReport(), disasterReport(), hostileReport()]) {
      const { json } = await writeReports(report, place, '');
      assert.deepEqual(reportSchema.parse(JSON.parse(await readFile(json, 'utf8'))), JSON.parse(JSON.stringify(inFile(report))));
    }
  });

  test('a second run replaces the files of the first', async () => {
    await writeReports(disasterReport(), place, 'first');
    const { json, html } = await writeReports(referenceReport(), place, 'second');
    assert.equal(JSON.parse(await readFile(json, 'utf8')).findingsTotal, 166);
    assert.equal(await readFile(html, 'utf8'), 'second');
  });

  test('a report that breaks its schema is not written', async () => {
    const broken = { ...referenceReport(), durationMs: Number.NaN };
    await assert.rejects(writeReports(broken, place, ''), (error) => {
      assert.ok(error instanceof ReportFileError);
      assert.match(error.message, /breaks its own schema at durationMs/);
      return true;
    });
    assert.deepEqual(await readdir(place), []);
  });

  test('a directory that cannot be made is one sentence that names it and the likely cause', async () => {
    await writeFile(join(place, 'taken'), '');
    await assert.rejects(writeReports(referenceReport(), join(place, 'taken', 'inside'), ''), (error) => {
      assert.ok(error instanceof ReportFileError);
      assert.match(error.message, /could not be written to .*taken\/inside: a part of that path is a file\. Check report-directory/);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  });

  test('when a file cannot take its place, no half-written one is left behind', async () => {
    await mkdir(join(place, 'report.html', 'full'), { recursive: true });
    await assert.rejects(writeReports(referenceReport(), place, 'page'), ReportFileError);
    assert.deepEqual((await readdir(place)).filter((name) => name.endsWith('.tmp')), []);
  });

  test('a directory name cannot start a workflow command', async () => {
    await writeFile(join(place, 'x'), '');
    await assert.rejects(writeReports(referenceReport(), join(place, 'x', '\n::error::forged'), ''), (error) => {
      assert.ok(error instanceof Error);
      assert.doesNotMatch(error.message, /\n|::/);
      return true;
    });
  });
});
