import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Packages that name their licence in package.json but do not include its text, and a package of the same authors, under the same licence,
 * that does.
 */
const textElsewhere: Readonly<Record<string, string>> = {
  '@sapphire/async-queue': '@sapphire/shapeshift',
  '@sapphire/snowflake': '@sapphire/shapeshift',
};

const isLicenseFile = (name: string): boolean => /^(licen[cs]e|copying|notice)([.-]|$)/i.test(name);

/** By code units, because a locale's order differs between machines. */
const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Name, version, licence and full licence text of every package, ordered by name. Packages with exactly the same text are listed together
 * above it, since a family of packages may have a hundred members.
 *
 * @param root directory that holds the top `node_modules`
 * @param directories of the packages, relative to `root`, such as `node_modules/zod`
 * @throws if a package has no licence text
 */
export function licenses(root: string, directories: Iterable<string>): string {
  const packagesByText = new Map<string, Set<string>>();
  for (const directory of directories) {
    const { name, version, license } = JSON.parse(readFileSync(join(root, directory, 'package.json'), 'utf8'));
    const text = licenseText(root, directory, name);
    if (!text || typeof license !== 'string') {
      throw new Error(
        `${name} ${version} (${directory}) is in the bundle and ${text ? 'names no licence' : 'ships no licence text'}. ` +
          'Find out under which licence it may be passed on; where the text stands elsewhere, say so in scripts/licenses.ts.',
      );
    }
    packagesByText.set(text, (packagesByText.get(text) ?? new Set()).add(`${name} ${version} (${license})`));
  }

  const sections = [...packagesByText].map(([text, packages]) => `${[...packages].sort(byCodeUnit).join('\n')}\n\n${text}\n`);
  return ['This bundle holds code of the following packages, each under the licence below its name.\n', ...sections.sort(byCodeUnit)].join(
    `\n${'-'.repeat(80)}\n\n`,
  );
}

function licenseText(root: string, directory: string, name: string): string {
  const elsewhere = textElsewhere[name];
  const source = join(root, elsewhere ? `node_modules/${elsewhere}` : directory);
  if (!existsSync(source)) return '';
  return readdirSync(source)
    .filter(isLicenseFile)
    .sort(byCodeUnit)
    .map((file) => readFileSync(join(source, file), 'utf8').replaceAll('\r\n', '\n').trim())
    .filter(Boolean)
    .join('\n\n');
}
