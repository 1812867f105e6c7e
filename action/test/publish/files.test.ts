import assert from 'node:assert/strict';
import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { InputError } from '../../src/inputs.ts';
import { checkReportDirectory } from '../../src/publish/directory.ts';
import { ReportFileError, writeReports } from '../../src/publish/files.ts';
import { renderMetrics } from '../../src/publish/metrics.ts';
import type { Finding } from '../../src/report/report.ts';
import { reportSchema } from '../../src/report/schema.ts';
import { disasterReport, hostileReport, inFile, referenceReport } from './reports.ts';

describe('report files', () => {
  let place = '';
  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), 'driftwatch-files-'));
  });
  afterEach(() => rm(place, { recursive: true, force: true }));

  test('the files are written into a directory that did not exist, and nothing else', async () => {
    const directory = join(place, 'a', 'drift-report');
    const paths = await writeReports(referenceReport(), { workspace: place, directory: 'a/drift-report' }, '<!doctype html>page');
    assert.deepEqual(paths, { json: join(directory, 'report.json'), html: join(directory, 'report.html') });
    assert.deepEqual((await readdir(directory)).toSorted(), ['metrics.txt', 'report.html', 'report.json']);
    assert.equal(await readFile(paths.html, 'utf8'), '<!doctype html>page');
    assert.equal(await readFile(join(directory, 'metrics.txt'), 'utf8'), renderMetrics(referenceReport()));
  });

  test('report.json reads back as the report that was handed over, however large or hostile', async () => {
    for (const report of [referenceReport(), disasterReport(), hostileReport()]) {
      const { json } = await writeReports(report, { workspace: place, directory: '.' }, '');
      assert.deepEqual(reportSchema.parse(JSON.parse(await readFile(json, 'utf8'))), JSON.parse(JSON.stringify(inFile(report))));
    }
  });

  test('a second run replaces the files of the first', async () => {
    await writeReports(disasterReport(), { workspace: place, directory: '.' }, 'first');
    const { json, html } = await writeReports(referenceReport(), { workspace: place, directory: '.' }, 'second');
    assert.equal(JSON.parse(await readFile(json, 'utf8')).findingsTotal, 166);
    assert.equal(await readFile(html, 'utf8'), 'second');
    assert.match(await readFile(join(place, 'metrics.txt'), 'utf8'), /type="MISSING_RECORD"\} 165\n/);
  });

  test('a report that breaks its schema is not written', async () => {
    const broken = { ...referenceReport(), durationMs: Number.NaN };
    await assert.rejects(writeReports(broken, { workspace: place, directory: '.' }, ''), (error) => {
      assert.ok(error instanceof ReportFileError);
      assert.match(error.message, /breaks its own schema at durationMs/);
      return true;
    });
    assert.deepEqual(await readdir(place), []);
  });

  test('nor is one with a finding that breaks it, and the sentence says which', async () => {
    const report = disasterReport();
    const findings = report.findings.map((finding, index) => (index === 4321 ? { ...finding, rowIds: { weeks: [7 as unknown as string] } } : finding));
    await writeReports(referenceReport(), { workspace: place, directory: '.' }, 'before');
    await assert.rejects(writeReports({ ...report, findings }, { workspace: place, directory: '.' }, ''), (error) => {
      assert.ok(error instanceof ReportFileError);
      assert.match(error.message, /breaks its own schema at findings\.4321\.rowIds\.weeks\.0\./);
      return true;
    });
    assert.deepEqual((await readdir(place)).toSorted(), ['metrics.txt', 'report.html', 'report.json']);
    assert.equal(await readFile(join(place, 'report.html'), 'utf8'), 'before');
  });

  test('a defect in what writes it is not blamed on the directory', async () => {
    const broken = { ...referenceReport(), findings: [undefined as unknown as Finding] };
    await assert.rejects(writeReports(broken, { workspace: place, directory: '.' }, ''), TypeError);
    assert.deepEqual(await readdir(place), []);
  });

  test('a directory that cannot be made is one sentence that names it and the likely cause', async () => {
    await writeFile(join(place, 'taken'), '');
    await assert.rejects(writeReports(referenceReport(), { workspace: place, directory: 'taken/inside' }, ''), (error) => {
      assert.ok(error instanceof ReportFileError);
      assert.match(error.message, /could not be written to .*taken\/inside: a part of that path is a file\. Check report-directory/);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
    assert.deepEqual(await readdir(place), ['taken']);
  });

  test('when a file cannot take its place, no half-written one is left behind', async () => {
    for (const name of ['metrics.txt', 'report.html']) {
      const directory = `without ${name}`;
      await mkdir(join(place, directory, name, 'full'), { recursive: true });
      await assert.rejects(writeReports(referenceReport(), { workspace: place, directory }, 'page'), ReportFileError);
      assert.deepEqual(
        (await readdir(join(place, directory))).filter((file) => file.endsWith('.tmp')),
        [],
      );
    }
  });

  test('a directory name cannot start a workflow command', async () => {
    await writeFile(join(place, 'x'), '');
    await assert.rejects(writeReports(referenceReport(), { workspace: place, directory: 'x/\n::error::forged' }, ''), (error) => {
      assert.ok(error instanceof Error);
      assert.doesNotMatch(error.message, /\n|::/);
      return true;
    });
  });

  test('nothing is written outside of the workspace, whatever links a checkout holds, and that is known beforehand', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'driftwatch-outside-'));
    await symlink(outside, join(place, 'drift-report'));
    await symlink(join(outside, 'not-there'), join(place, 'dangling'));
    await symlink('loop', join(place, 'loop'));
    for (const directory of ['drift-report', 'drift-report/deeper/still', 'dangling', 'loop']) {
      await assert.rejects(writeReports(referenceReport(), { workspace: place, directory }, 'page'), (error) => {
        assert.ok(error instanceof ReportFileError);
        assert.match(error.message, /^The report was not written: report-directory (leads out of the workspace through|is) a symbolic link/, directory);
        return true;
      });
      await assert.rejects(checkReportDirectory(place, directory), (error) => {
        assert.ok(error instanceof InputError);
        assert.match(error.message, /^Input report-directory is "[\w/-]+", which (leads out|is a symbolic link)/);
        return true;
      });
    }
    assert.deepEqual(await readdir(outside), []);
    await rm(outside, { recursive: true });
  });

  test('a link inside of the workspace is followed, and so is one that the workspace itself is behind', async () => {
    await mkdir(join(place, 'real'));
    await symlink('real', join(place, 'linked'));
    await symlink('.', join(place, 'workspace'));
    for (const [workspace, directory] of [
      [place, 'linked'],
      [join(place, 'workspace'), 'linked/deeper'],
    ] as const) {
      await checkReportDirectory(workspace, directory);
      const { html } = await writeReports(referenceReport(), { workspace, directory }, directory);
      assert.equal(await readFile(html, 'utf8'), directory);
    }
    assert.deepEqual((await readdir(join(place, 'real'))).toSorted(), ['deeper', 'metrics.txt', 'report.html', 'report.json']);
  });

  test('a file that stands there is replaced, not written through: what else has that content keeps it', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'driftwatch-outside-'));
    for (const name of ['linked', 'hard']) await writeFile(join(outside, name), 'kept');
    await symlink(join(outside, 'linked'), join(place, 'report.json'));
    await link(join(outside, 'hard'), join(place, 'report.html'));
    await writeReports(referenceReport(), { workspace: place, directory: '.' }, 'page');
    assert.equal(await readFile(join(place, 'report.html'), 'utf8'), 'page');
    for (const name of ['linked', 'hard']) assert.equal(await readFile(join(outside, name), 'utf8'), 'kept');
    await rm(outside, { recursive: true });
  });
});
