const t0 = process.cpuUsage();
const lap = (n: string) => {
  const c = process.cpuUsage(t0);
  console.log(n, ((c.user + c.system) / 1000).toFixed(0), performance.now().toFixed(0));
};
const { startWorld } = await import('./world.ts');
lap('import world');
await import('@supabase/lite');
lap('import lite');
await import('@supabase/lite/pglite');
lap('import lite/pglite');
const w = await startWorld();
lap('start');
await fetch(w.url + '/rest/v1/habit_tracker?limit=1', { headers: { apikey: w.secretKey } });
lap('first request');
for (let i = 0; i < 20; i++) await fetch(w.url + '/rest/v1/habit_tracker?limit=1', { headers: { apikey: w.secretKey } });
lap('20 requests');
await w.close();
lap('close');
