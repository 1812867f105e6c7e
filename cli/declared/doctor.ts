import { connect } from '../../action/src/pair/pairs.ts';
import { count } from '../../action/src/report/numbers.ts';
import { downloadSentence } from '../../action/src/report/words.ts';
import { createReader } from '../../action/src/store/postgrest/create-reader.ts';
import { examineHistory, ok, warning, failing, notChecked, type Look, type Outcome } from '../doctor.ts';
import { noRows, type Target } from '../settings.ts';

/** Documents that are read of each entity to see which fields there are: a page of the smallest kind. */
const lookedAt = 100;

/** Whether a declared pair can be compared: its stores answer, its tables and columns are there, and what is not compared. */
export async function examinePair({ settings, config }: Target, look: Look): Promise<void> {
  const connection = await connect(settings, config, process.env);
  const { pair, record, budget } = connection;
  const stores: Outcome[] = [];
  for (const { name, store } of connection.stores)
    stores.push(
      await look(`the store ${name}`, async () => {
        await store.probe();
        // Supabase tells nobody here what a key is worth: reading the tables below does.
        const answers = store.kind === 'supabase' ? `The store ${name} answers.` : `The store ${name} answers and accepts the credentials.`;
        return store.kind === 'supabase' && store.secret === undefined
          ? warning(
              `${answers} Its key is neither a secret nor a service_role key, so row-level security decides what it sees: use a secret key (sb_secret_…) to be sure to see all rows.`,
            )
          : ok(answers);
      }),
    );
  if (stores.some(({ status }) => status === 'failing')) return;
  const entities: Outcome[] = [];
  let rowsInAll = 0;
  for (const entity of pair.entities) {
    const outcome = await look(`the entity ${entity.name}`, async () => {
      await entity.prepare();
      const sizeOf = async (side: typeof entity.expected): Promise<{ rows: number; isExact: boolean }> => {
        const counted = await side.counted?.();
        if (counted !== undefined) return { rows: counted, isExact: true };
        return side.size ? { rows: await side.size(Number.POSITIVE_INFINITY), isExact: false } : { rows: await side.count(), isExact: true };
      };
      const sizes = { legacy: await sizeOf(entity.expected), normalized: await sizeOf(entity.actual) };
      const [legacy, normalized] = [sizes.legacy.rows, sizes.normalized.rows];
      rowsInAll += legacy + normalized;
      const isOfElements = connection.declared?.entities.find(({ name }) => name === entity.name)?.declaration.each !== undefined;
      // Nobody counts elements without reading them, nor rows in scope where the store cannot filter them.
      const most = { legacy: sizes.legacy.isExact || isOfElements ? '' : 'at most ', normalized: sizes.normalized.isExact ? '' : 'at most ' };
      const rows = `${most.legacy}${count(legacy, 'legacy row')}${isOfElements ? ' to take elements from' : ''}, ${most.normalized}${count(normalized, 'normalized row')}`;
      const seen = `Every declared table and column is there: ${rows}.`;
      const trouble = entity.sight.troubleWithEmpty(legacy, normalized);
      if (trouble !== undefined) return failing(trouble);
      // A table that can be counted need not be one that can be read.
      for (const side of [entity.expected, entity.actual]) {
        let looked = 0;
        for await (const page of side.documents()) {
          looked += [...page].length;
          if (looked >= lookedAt) break;
        }
      }
      return legacy > 0 && normalized === 0
        ? warning(`${seen} The normalized side is empty, which counts as drift: nothing has been migrated yet, or this is the wrong project.`)
        : ok(seen);
    });
    entities.push(outcome);
  }
  if (rowsInAll === 0 && entities.every(({ status }) => status !== 'failing')) await look('the rows', async () => failing(noRows));
  await look('what is not compared', async () => {
    const { notCompared, downloads } = pair.aside();
    const remarks = connection.declared?.remarks() ?? [];
    // What it cost to look is no reason to warn.
    const bills = downloads.map(downloadSentence);
    const sides = Object.entries(notCompared).flatMap(([entity, { legacy, normalized }]) => [
      ...(legacy.length > 0 ? [`${entity}, legacy: ${legacy.join(', ')}`] : []),
      ...(normalized.length > 0 ? [`${entity}, normalized: ${normalized.join(', ')}`] : []),
    ]);
    // At the end, where very many names are cut off.
    const named = sides.length > 0 ? [`Not compared (add what matters to fields, and the rest to ignored): ${sides.join('; ')}.`] : [];
    if (remarks.length + named.length > 0) return warning([...remarks, ...bills, ...named].join(' '));
    if (rowsInAll === 0 || entities.some(({ status }) => status === 'failing'))
      return notChecked('Not every entity has rows that could be looked at, so it is not known what is not compared.');
    return ok(['Every field and column is compared, or ignored on purpose.', ...bills].join(' '));
  });
  const seen = pair.entities.filter((_, place) => entities[place]?.status !== 'failing');
  if (seen.length > 0)
    await look('how rows are compared', async () => {
      const probes = [];
      for (const { name, digester } of seen) probes.push({ name, ...(await digester.probe()) });
      // Entities of one store say the same.
      const bySentence = Map.groupBy(probes, ({ sentence }) => sentence);
      const sentences = [...bySentence].map(([sentence, those]) =>
        bySentence.size === 1 || those.some(({ name }) => sentence.startsWith(`Entity ${name}`))
          ? sentence
          : `${those.map(({ name }) => name).join(', ')}: ${sentence}`,
      );
      return (probes.every(({ ready }) => ready) || pair.isBilled ? ok : warning)(sentences.join(' '));
    });
  if (record) await look('the record of runs', () => examineHistory(createReader(record.url, record.key, budget.signal, budget), pair.name));
}
