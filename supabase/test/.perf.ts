import { startPostgres, createDatabase, startProject, startFunction, send, user } from './server.ts';
const pg = await startPostgres();
const db = await createDatabase(pg);
const project = await startProject(db);
const fn = await startFunction(project);
await db.sql`insert into auth.users(id) select ('00000000-0000-4000-8000-'||lpad(g::text,12,'0'))::uuid from generate_series(1,50) g`;
await db.sql`select set_dual_write_mode('on')`;
const habits=Array.from({length:6},(_,h)=>({id:1760000000000+h,name:'습관'+h,times:['green','','yellow','','red','','green']}));
for(let u=1;u<=50;u++) await db.sql`select dual_write_operation(${JSON.stringify({user:user(u),service:false,key:'c',operation:'create_week',data:{child_name:'c'+u,week_start_date:'2025-10-13',habits}})})`;
const pct=(l:number[],p:number)=>l.sort((a,b)=>a-b)[Math.floor(l.length*p)]?.toFixed(1);
async function run(name:string, clients:number, N:number, f:(i:number)=>Promise<unknown>){ const lat:number[]=[]; let i=0; const s=performance.now(); await Promise.all(Array.from({length:clients},async()=>{while(i<N){const k=i++;const t=performance.now();await f(k);lat.push(performance.now()-t)}})); console.log(name,clients,(N/(performance.now()-s)*1000).toFixed(0),'op/s p50',pct(lat,.5),'p95',pct(lat,.95)); }
let n=0;
const req=(i:number)=>({user:user(1+i%50),service:false,key:'x'+n++,operation:'update_habit_record',data:{child_name:'c'+(1+i%50),week_start_date:'2025-10-13',habit_name:'습관'+i%6,day:i%7,status:i%2?'red':'green'}});
for (const mode of ['on','legacy_only']) { await db.sql`select set_dual_write_mode(${mode})`; console.log(mode);
await run('sql',1,300,i=>db.sql`select dual_write_operation(${JSON.stringify(req(i))})`);
await run('sql',10,1000,i=>db.sql`select dual_write_operation(${JSON.stringify(req(i))})`);
await run('lite rpc',1,200,i=>fetch(project.apiUrl+'/rest/v1/rpc/dual_write_operation',{method:'POST',headers:{apikey:project.serviceKey,authorization:'Bearer '+project.serviceKey,'content-type':'application/json'},body:JSON.stringify({p_request:JSON.stringify(req(i))})}).then(r=>r.text()));
await run('lite rpc',10,400,i=>fetch(project.apiUrl+'/rest/v1/rpc/dual_write_operation',{method:'POST',headers:{apikey:project.serviceKey,authorization:'Bearer '+project.serviceKey,'content-type':'application/json'},body:JSON.stringify({p_request:JSON.stringify(req(i))})}).then(r=>r.text()));
await run('fn',1,200,i=>{const r=req(i);return send(fn,project.tokenOf(r.user),r.operation,r.data)});
await run('fn',10,600,i=>{const r=req(i);return send(fn,project.tokenOf(r.user),r.operation,r.data)});
await run('fn',50,1000,i=>{const r=req(i);return send(fn,project.tokenOf(r.user),r.operation,r.data)});
}
console.log(fn.printed.join('').slice(0,2000));
await fn.kill(); await project.close(); await pg.stop();
