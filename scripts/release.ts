import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Prints the changelog of a version, `v1.2.3`, as the text of its release. Uses no packages, so that it can refuse before anything is
 * installed.
 */
const root = process.env['RELEASE_ROOT'] ?? join(import.meta.dirname, '..');

function notesOf(tag: string): string {
  const version = /^v(\d+\.\d+\.\d+)$/.exec(tag)?.[1];
  if (version === undefined) throw new Error(`${JSON.stringify(tag)} is no version. Name one such as v1.2.3.`);
  const packaged: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
  if (packaged !== version) {
    throw new Error(
      `package.json says ${String(packaged)}, the tag says ${version}. Run \`npm version ${version} --no-git-tag-version\`, merge that, and tag it.`,
    );
  }
  const sections = readFileSync(join(root, 'CHANGELOG.md'), 'utf8').split(/^## /m);
  const section = sections.find((text) => text.startsWith(`[${version}] - `));
  if (section === undefined) {
    throw new Error(`CHANGELOG.md has no heading \`## [${version}] - <date>\`. Move what stands under Unreleased below one, merge that, and tag it.`);
  }
  return section.replace(/^.*\n/, '').trim();
}

try {
  console.log(notesOf(process.argv[2] ?? ''));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
