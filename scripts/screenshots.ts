/**
 * `npm run screenshots`: the pictures in docs/images, of what the bundle writes. It runs on synthetic data in an embedded Supabase, against
 * a GitHub and a Discord on this machine; what they received is rendered in a browser.
 *
 * `npm run screenshots -- <directory>` puts them elsewhere.
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { startStage, type Stage, type StageRun } from '../action/test/action/stage.ts';
import { startBrowser } from '../demo/browser.ts';
import { inSyncCase, largeCase, loadCase, referenceCase } from '../demo/data.ts';
import { openMovedShop } from '../demo/tables.ts';
import { startWorld, type World } from '../demo/world.ts';
import { root } from '../cli/metadata.ts';
import { discordPage, issuePage } from './surfaces.ts';

type Mermaid = { initialize: (options: { startOnLoad: boolean }) => void; run: () => Promise<void> };

type Shot = { name: string; html: string; width: number; height: number; dark?: boolean; isPrinted?: boolean };

/**
 * The pictures to take after a run. The documentation shows the reference case, because its names are short. The report of each kind of
 * pair is taken in every variant.
 */
function shotsOf(scene: string, { github }: Stage, { html, embeds }: StageRun): Shot[] {
  const [issue] = github.issues;
  const [embed] = embeds;
  const end = scene === 'reference' ? '' : `-${scene}`;
  const report: Shot = { name: `report${end}`, html, width: 1200, height: 1500 };
  return [
    ...(issue ? [{ name: `issue${end}`, html: issuePage(issue, github.labels, github.comments), width: 920, height: 1400 }] : []),
    ...(embed ? [{ name: `discord${end}`, html: discordPage(embed), width: 700, height: 1200 }] : []),
    report,
    ...(scene === 'reference' || scene === 'pair'
      ? [
          { ...report, name: `report${end}-dark`, dark: true },
          { ...report, name: `report${end}-phone`, width: 390, height: 1500 },
          { ...report, name: `report${end}-print`, width: 794, height: 1123, isPrinted: true },
        ]
      : []),
  ];
}

/** The story of one repository: a migration that lost records, a key that stops working, and the repair. */
async function reference(): Promise<Shot[]> {
  const world = await startWorld({ migrations: ['020'] });
  const stage = await startStage(world);
  try {
    await loadCase(world, referenceCase());
    await remember(world);
    const drift = shotsOf('reference', stage, await stage.run());
    const unknown = shotsOf('unknown', stage, await stage.run({ 'supabase-key': 'sb_secret_of_another_project' }));
    await world.sql('delete from children');
    await world.sql('delete from habit_tracker');
    await loadCase(world, inSyncCase());
    const quiet = shotsOf('quiet', stage, await stage.run());
    return [...drift, ...unknown, ...quiet];
  } finally {
    await stage.close();
    await world.close();
  }
}

/** The runs of four days: a migration in three parts, of which the second and the third lost records, and one inconclusive run. */
const remember = ({ sql }: World): Promise<unknown> =>
  sql(`
    insert into driftwatch_history
    select md5(n::text), 'habit-tracker', now() - (17 - n) * interval '6 hours', verdict, severity, verdict <> 'unknown',
      differing::float / population, differing * 10, differing, case verdict when 'unknown' then 0 else population end, population
    from (
      select n, case when n = 9 then 'unknown' when n < 5 then 'in-sync' else 'drift' end as verdict,
        case when n < 5 or n = 9 then 'none' else 'critical' end as severity,
        case when n < 5 or n = 9 then 0 when n < 12 then 7 else 17 end as differing,
        case when n < 5 then 6 when n < 12 then 12 else 18 end as population
      from generate_series(0, 16) n
    ) run`);

/** A declared pair: tables that moved within one project. */
async function pair(): Promise<Shot[]> {
  const shop = await openMovedShop();
  const stage = await startStage({ url: shop.url, secretKey: shop.world.secretKey });
  try {
    const files = { '.github/driftwatch.yml': readFileSync(join(root, 'demo/tables.yml'), 'utf8') };
    return shotsOf('pair', stage, await stage.run({ pair: 'shop' }, { files }));
  } finally {
    await stage.close();
    await shop.close();
  }
}

/** 3,000 weeks with every kind of drift. */
async function disaster(): Promise<Shot[]> {
  const world = await startWorld({ migrations: ['014'] });
  const stage = await startStage(world);
  try {
    await world.sql(largeCase({ weeks: 3000, childrenCount: 60, seed: 7 }));
    await ruin(world);
    return shotsOf('disaster', stage, await stage.run());
  } finally {
    await stage.close();
    await world.close();
  }
}

/** Every week differs: one habit's records are lost everywhere, and since October nothing new arrives at all. */
async function ruin({ sql }: World): Promise<void> {
  await sql(`
    set session_replication_role = replica;
    delete from habit_records r using habits h where r.habit_id = h.id and h.display_order = 2;
    delete from weeks where week_start_date >= '2001-10-01';
    delete from habit_tracker where week_start_date = '2001-05-07' and id % 3 = 0;
    update weeks set theme = 'Another' where week_start_date between '2001-06-04' and '2001-06-25';
    delete from children where name in ('Kind 7', 'Kind 31');
    delete from weeks where child_id not in (select id from children);
    delete from habits where week_id not in (select id from weeks);
    delete from habit_records where habit_id not in (select id from habits);
    set session_replication_role = default;
  `);
}

/** The page, up to the given height. */
async function shoot(browser: Browser, directory: string, { name, html, width, height, dark = false, isPrinted = false }: Shot): Promise<void> {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light' });
  try {
    const file = join(root, 'node_modules/.cache/driftwatch/page.html');
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, html);
    await page.goto(pathToFileURL(file).href);
    if (html.includes('class="mermaid"')) {
      await page.addScriptTag({ path: join(root, 'node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js') });
      await page.evaluate(() => {
        const { mermaid } = globalThis as unknown as { mermaid: Mermaid };
        mermaid.initialize({ startOnLoad: false });
        return mermaid.run();
      });
    }
    if (isPrinted) await page.emulateMedia({ media: 'print' });
    const tall = await page.evaluate(() => document.body.getBoundingClientRect().height);
    const path = join(directory, `${name}.png`);
    await page.screenshot({ path, clip: { x: 0, y: 0, width, height: Math.min(height, Math.ceil(tall)) } });
    console.log(`${path} ${Math.round(statSync(path).size / 1000)} kB`);
  } finally {
    await page.close();
  }
}

const directory = resolve(process.argv[2] ?? join(root, 'docs/images'));
mkdirSync(directory, { recursive: true });
const shots = [...(await reference()), ...(await pair()), ...(await disaster())];
const browser = await startBrowser();
try {
  for (const shot of shots) await shoot(browser, directory, shot);
} finally {
  await browser.close();
}
