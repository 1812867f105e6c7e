import { check } from '../../action/src/check.ts';
import type { Explanation } from '../../action/src/compare/explain.ts';
import { keyId, type Key } from '../../action/src/document/document.ts';
import { rulesOf } from '../../action/src/pair/config.ts';
import type { DeclaredEntity } from '../../action/src/pair/declared/declared.ts';
import { readRowId } from '../../action/src/pair/declared/documents.ts';
import { connect, type Connection } from '../../action/src/pair/pairs.ts';
import { inert } from '../../action/src/privacy/inert.ts';
import type { Report } from '../../action/src/report/report.ts';
import { UsageError, type Target } from '../settings.ts';
import type { Progress } from '../terminal.ts';

/** What the commands for declared pairs share: the connection, what differs, and how a key is written. */

export type DeclaredConnection = Connection & { readonly declared: NonNullable<Connection['declared']> };

export async function connectDeclared({ settings, config }: Target): Promise<DeclaredConnection> {
  const connection = await connect(settings, config, process.env);
  const { declared } = connection;
  if (declared === undefined) throw new Error('the pair is a declared one');
  return { ...connection, declared };
}

/** @throws {UsageError} that lists the entities */
export function entityOf({ declared, pair }: DeclaredConnection, name: string): DeclaredEntity {
  const found = declared.entities.find((entity) => entity.name === name);
  if (found) return found;
  throw new UsageError(
    `${JSON.stringify(inert(name, 60))} is not an entity of the pair ${pair.name}; accepted: ${declared.entities.map((entity) => entity.name).join(', ')}.`,
  );
}

/** A key with the names of its columns, as it is. */
export const namedKey = ({ declaration }: DeclaredEntity, key: Key): Record<string, string | null> =>
  Object.fromEntries(declaration.key.map((column, place) => [column, key[place] ?? null]));

/** Without the rows themselves, of which there may be as many as in the table. */
export type Differing = { readonly entity: DeclaredEntity } & Pick<Explanation, 'key' | 'differences'>;

/** Whether it is where a row is that has no key, which has more parts than the entity's own. */
export const isKeyless = ({ declaration }: DeclaredEntity, key: Key): boolean => key.length > declaration.key.length;

/**
 * Everything that differs, in the order of the entities and of the keys. What is accepted is not among its differences, and a row
 * without a key is there all the same: nobody knows which one it is.
 */
export async function findDiffering(
  target: Target,
  progress: Progress,
  only?: string,
): Promise<{ readonly connection: DeclaredConnection; readonly report: Report; readonly differing: readonly Differing[] }> {
  const whole = await connectDeclared(target);
  const wanted = only === undefined ? whole.declared.entities : [entityOf(whole, only)];
  const connection = { ...whole, pair: { ...whole.pair, entities: wanted } };
  const found: Differing[] = [];
  const report = await check({
    settings: { ...target.settings, mode: 'full', changedWithinSeconds: undefined },
    connection,
    rules: rulesOf(target.config, whole.pair.name),
    now: () => new Date(),
    watch: {
      onProgress: progress.advance,
      onPhase: progress.phase,
      onExplained({ key, differences }, { name }) {
        const entity = wanted.find((one) => one.name === name);
        if (entity && (differences.length > 0 || isKeyless(entity, key))) found.push({ entity, key, differences });
      },
    },
  });
  const rankOf = ({ entity }: Differing): number => wanted.indexOf(entity);
  const differing = found.toSorted((a, b) => rankOf(a) - rankOf(b) || (keyId(a.key) < keyId(b.key) ? -1 : 1));
  return { connection, report, differing };
}

/** What a row is called where its key does not say: the path of a document, the column `id`, or what there is of a key. */
export function rowName(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const id = readRowId(text);
  const name = 'path' in id ? id.path : 'id' in id ? id.id : id.key.map((part) => part ?? '–').join(' ');
  return /[^– ]/.test(name) ? name : undefined;
}
