/** Colours by meaning. Every combination of text and background that is used has a contrast of at least 4.5. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #ffffff; --text: #1b1f24; --muted: #57606a; --line: #d8dee4; --link: #0550ae; --soft: #eef0f3;
  --critical: #b42318; --high: #b54708; --medium: #7a5b00; --good: #067647; --unknown: #475467;
  --critical-tint: #fef1ef; --high-tint: #fff5e8; --medium-tint: #fdf8dc; --good-tint: #e9fbf1; --unknown-tint: #eceff3;
  --missing: #b42318; --orphan: #175cd3; --differs: #8a5a00; --double: #6941c6; --unreadable: #475467; --unclear: #0b6478; --exposed: #9b1c5a; --other: #475467;
  --missing-tint: #fbdcd8; --orphan-tint: #d9e6fb; --differs-tint: #f7e6bd; --double-tint: #e6dcfa; --unreadable-tint: #e1e5ea; --unclear-tint: #d2ecf2; --exposed-tint: #f8d7e8; --other-tint: #e1e5ea;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #0e1217; --card: #161b22; --text: #e6e9ee; --muted: #9ba6b3; --line: #2c343f; --link: #7cb7ff; --soft: #1f262f;
    --critical: #ff9d94; --high: #fdb45c; --medium: #f1d55c; --good: #6fe0a2; --unknown: #c4cdd8;
    --critical-tint: #351614; --high-tint: #33200c; --medium-tint: #2c260c; --good-tint: #0d2a1c; --unknown-tint: #222932;
    --missing: #ff9d94; --orphan: #8fbcff; --differs: #f0c25a; --double: #c4b0ff; --unreadable: #c4cdd8; --unclear: #7fd6e8; --exposed: #ff9ccb; --other: #c4cdd8;
    --missing-tint: #5a211c; --orphan-tint: #1d3a66; --differs-tint: #4d3a0c; --double-tint: #3c2c6b; --unreadable-tint: #38414d; --unclear-tint: #12424e; --exposed-tint: #571c3b; --other-tint: #38414d;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.hidden { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; white-space: nowrap; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 -apple-system, "Segoe UI", Roboto, "Noto Sans", Helvetica, Arial, sans-serif; }
header, main, footer { max-width: 74rem; margin: 0 auto; padding: 1rem; }
header { padding-top: 1.5rem; padding-bottom: 0; }
footer { color: var(--muted); font-size: .875rem; padding-bottom: 3rem; overflow-wrap: anywhere; }
a { color: var(--link); }
h1, h2, h3, p, dl, dd, ul { margin: 0; }
h2 { font-size: 1.125rem; line-height: 1.3; margin-bottom: .25rem; }
h3 { font-size: .9375rem; margin-bottom: .25rem; }
code { font: .875em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.muted { color: var(--muted); }
.small { font-size: .875rem; }
.critical { --tone: var(--critical); --tint: var(--critical-tint); }
.high { --tone: var(--high); --tint: var(--high-tint); }
.medium { --tone: var(--medium); --tint: var(--medium-tint); }
.good { --tone: var(--good); --tint: var(--good-tint); }
.unknown { --tone: var(--unknown); --tint: var(--unknown-tint); }
.missing { --mark: var(--missing); --mark-tint: var(--missing-tint); }
.orphan { --mark: var(--orphan); --mark-tint: var(--orphan-tint); }
.differs { --mark: var(--differs); --mark-tint: var(--differs-tint); }
.double { --mark: var(--double); --mark-tint: var(--double-tint); }
.unreadable { --mark: var(--unreadable); --mark-tint: var(--unreadable-tint); }
.unclear { --mark: var(--unclear); --mark-tint: var(--unclear-tint); }
.exposed { --mark: var(--exposed); --mark-tint: var(--exposed-tint); }
.other { --mark: var(--other); --mark-tint: var(--other-tint); }

.eyebrow { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; color: var(--muted); font-size: .875rem; margin-bottom: .75rem; overflow-wrap: anywhere; }
.eyebrow b { color: var(--text); }
.verdict { display: grid; grid-template-columns: auto 1fr; column-gap: 1.25rem; background: var(--tint); border: 1px solid var(--tone); border-radius: .75rem; padding: 1.25rem 1.5rem; }
.verdict > svg { grid-row: span 9; width: 3.5rem; height: 3.5rem; color: var(--tone); }
.verdict > * { min-width: 0; }
.verdict > :not(svg) { grid-column: 2; }
.verdict h1 { color: var(--tone); font-size: 2rem; line-height: 1.2; overflow-wrap: anywhere; }
.verdict p, .verdict li { max-width: 52rem; overflow-wrap: anywhere; }
.verdict .said { font-size: 1.125rem; }
.verdict .why { margin-top: .5rem; border-top: 1px solid var(--line); padding-top: .5rem; }
.verdict .why h2 { font-size: .875rem; color: var(--muted); font-weight: 500; margin: 0; }
.share { display: block; width: 100%; height: .75rem; margin-top: .75rem; border-radius: .375rem; }
.share .off, .swatch.off { fill: var(--tone); color: var(--tone); }
.share .same, .swatch.same { fill: var(--good); color: var(--good); }
.share .unseen, .swatch.unseen { fill: var(--line); color: var(--muted); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; padding: 0; margin-top: .5rem; font-size: .875rem; }
.swatch { display: inline-block; width: .75rem; height: .75rem; margin-right: .4rem; vertical-align: -.05rem; }

.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .75rem; margin-top: .75rem; }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem 1rem; }
.figures dt { color: var(--muted); font-size: .875rem; }
.figures dd { font-size: 1.1875rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.figures small { color: var(--muted); font-size: .8em; font-weight: 400; white-space: nowrap; }
main { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: .75rem; }
section { grid-column: 1 / -1; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.25rem; }
section.half { grid-column: auto; }
.half td.wide { width: 25%; }
.half .bar { min-width: 2rem; }
.half:not([aria-labelledby=picture]) :is(th, td):not(:last-child) { padding-right: .5rem; }
.half .grid td:not(.n) { width: 2.25rem; height: 1.75rem; padding: 0 .2rem; }
section > * + p, section ul { margin-top: .5rem; }
section p, section li { overflow-wrap: anywhere; }
ul { padding-left: 1.25rem; }
.scroll { overflow-x: auto; position: relative; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 1px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--muted); font-size: .875rem; font-weight: 500; white-space: nowrap; }
tbody th { font-weight: 500; overflow-wrap: break-word; max-width: 22rem; }
.date { white-space: nowrap; }
th.n, td.n { text-align: right; }
th:last-child, td:last-child { padding-right: 0; }
.bar { display: block; width: 100%; min-width: 6rem; height: .875rem; margin-top: .3rem; border-radius: .2rem; }
.bar .track { fill: var(--soft); }
.bar .full { fill: var(--good); }
.bar .part { fill: var(--orphan); }
.bar .lack { fill: var(--missing); }
.bar .count { fill: var(--tone, var(--orphan)); }
tr.off th, tr.off td { font-weight: 600; }
[aria-labelledby=counts] .n { white-space: nowrap; }
tr.off td.by { color: var(--critical); }
td.wide { width: 40%; }
.type { white-space: nowrap; }
.type code { overflow-wrap: break-word; white-space: normal; }
.type i, .key i { display: inline-grid; place-items: center; vertical-align: middle; width: 1.25rem; height: 1.25rem; border-radius: .25rem; margin-right: .4rem; background: var(--mark); color: var(--card); font: 700 .8125rem/1 Arial, sans-serif; }
.key i.mixed { background-color: var(--soft); color: var(--text); }
.key i.tint { background: var(--mark-tint); color: var(--mark); }
.dot::before { content: ""; display: inline-block; width: .6rem; height: .6rem; border-radius: 50%; margin-right: .5rem; background: var(--tone); }

.key { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0; margin: .5rem 0 0; font-size: .875rem; }
.picture { margin-top: .75rem; padding-bottom: .25rem; }
.grid { width: auto; border-collapse: separate; border-spacing: 2px; font-size: .8125rem; }
.grid th, .grid td { border: 0; padding: 0; }
.grid tbody th, .grid thead th:first-child { position: sticky; left: 0; z-index: 1; background: var(--card); min-width: 7.5rem; max-width: 11rem; padding: 0 .5rem 0 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font: .8125rem/1.5rem ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; vertical-align: middle; }
.grid thead th { vertical-align: bottom; color: var(--muted); }
.grid thead th span { display: block; writing-mode: vertical-rl; transform: rotate(180deg); margin: 0 auto; font-size: .75rem; line-height: 1.2; padding: .1rem 0; }
.grid td { width: 1.5rem; min-width: .95rem; height: 1.5rem; text-align: center; vertical-align: middle; border-radius: .2rem; background: var(--soft); font: 700 .8125rem/1.5rem Arial, sans-serif; }
.grid td[class*=" "], .grid td.missing, .grid td.orphan, .grid td.differs, .grid td.double, .grid td.unreadable, .grid td.unclear, .grid td.exposed, .grid td.other { background: var(--mark-tint, var(--soft)); color: var(--mark); }
.grid td.whole { background: var(--mark); color: var(--card); }
.grid td.mixed, .key i.mixed { background-image: linear-gradient(to top left, currentColor .3rem, transparent .35rem); }
.grid td.gone, .key i.gone { background: repeating-linear-gradient(135deg, var(--missing-tint) 0 3px, var(--soft) 3px 6px); }
.grid .gap { border-left: 3px double var(--line); }
.grid tr.all td { background: none; height: 2.25rem; vertical-align: bottom; border-bottom: 1px solid var(--line); border-radius: 0; }
.grid tr.all svg { display: block; width: 100%; height: 2rem; fill: var(--muted); }
.grid tr.all th { vertical-align: bottom; font-family: inherit; }
.grid td.n { background: none; width: auto; padding-left: .5rem; font-weight: 400; text-align: right; }
.grid[role=grid] th, .grid[role=grid] td { cursor: pointer; }
.grid[role=grid] td:hover { outline: 2px solid var(--link); }
.told { min-height: 1.5rem; font-size: .875rem; }
.tools { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: .5rem 0; }
.tools label { display: grid; font-size: .8125rem; color: var(--muted); flex: 1 1 9rem; min-width: 0; }
.tools label.narrow { flex: 0 1 14rem; }
.tools :is(select, input, button) { height: 2.25rem; }
select, input, button { font: inherit; font-size: .9375rem; color: var(--text); background: var(--card); border: 1px solid var(--muted); border-radius: .375rem; padding: .3rem .5rem; min-width: 0; width: 100%; }
button { width: auto; cursor: pointer; background: var(--soft); border-color: var(--line); }
button:hover { border-color: var(--link); }

.three { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1rem 2rem; }
.three th code { display: inline-block; width: max-content; max-width: 13rem; overflow: hidden; overflow-wrap: anywhere; white-space: normal; vertical-align: bottom; font-size: .8125rem; line-height: 1.5rem; }
.three th { white-space: nowrap; }
.three td.wide { width: 30%; }
.three .bar { min-width: 3rem; }
.findings tbody::before { content: ""; display: block; height: .5rem; }
.findings th[scope=rowgroup] { max-width: none; background: var(--soft); border-radius: .375rem; border: 0; padding: .4rem .75rem; }
.findings td { font-size: .9375rem; }
.findings td:first-child { padding-left: .75rem; }
.findings td:nth-child(n + 3) { min-width: 6.5rem; max-width: 22rem; }
.findings tbody tr:nth-child(2) td { border-top: 0; }
.place { margin-right: 1rem; }
.command { display: inline-flex; flex-wrap: wrap; gap: 0 .5rem; align-items: center; font-weight: 400; color: var(--muted); }
.command code::before { content: "$ "; color: var(--muted); }
.command button { font-size: .75rem; padding: 0 .4rem; }
.ids { display: block; color: var(--muted); font-size: .8125rem; font-weight: 400; overflow-wrap: anywhere; }
.trend { display: block; width: 100%; height: 7rem; margin-top: .5rem; border-bottom: 1px solid var(--muted); }
.trend rect { fill: var(--tone); }
.trend .unknown { fill: var(--unknown); opacity: .35; }
.legend .unknown::before { opacity: .35; }
.few { max-width: 24rem; }
.few .trend { height: 4rem; }
.axis { display: flex; justify-content: space-between; color: var(--muted); font-size: .8125rem; }
details { margin-top: .5rem; }
summary { cursor: pointer; color: var(--link); font-size: .875rem; }
dl.facts { display: grid; grid-template-columns: auto 1fr; gap: .15rem 1rem; margin-top: .5rem; }
dl.facts dt { color: var(--muted); }
dl.facts dd { overflow-wrap: anywhere; }

@media (max-width: 44rem) {
  header { padding-top: 1rem; }
  header, main, footer { padding-left: .75rem; padding-right: .75rem; }
  section.half { grid-column: 1 / -1; }
  section { padding: .75rem 1rem; }
  .verdict { padding: 1rem; column-gap: .75rem; }
  .verdict > svg { width: 2.25rem; height: 2.25rem; grid-row: span 1; }
  .verdict > :not(svg, h1) { grid-column: 1 / -1; }
  .verdict h1 { font-size: 1.5rem; align-self: center; }
  .figures { grid-template-columns: 1fr 1fr; gap: .5rem; }
  .figures div { padding: .5rem .75rem; }
  .figures div:last-child:nth-child(odd) { grid-column: 1 / -1; }
  th, td { padding-right: .35rem; font-size: .875rem; }
  thead th { font-size: .75rem; }
  .grid tbody th, .grid thead th:first-child { min-width: 6.5rem; max-width: 7.5rem; font-size: .72rem; }
  .three th code { max-width: 9rem; }
  [aria-labelledby=counts] :is(.wide, small) { display: none; }
  .half .grid td:not(.n) { width: 1.75rem; font-size: .6875rem; }
  [aria-labelledby=counts] :is(th, td):not(:last-child) { padding-right: .2rem; }
  [aria-labelledby=counts] thead th { font-size: .625rem; }
  [aria-labelledby=counts] tbody th { min-width: 5.25rem; overflow-wrap: anywhere; }
  .findings thead { position: absolute; clip-path: inset(50%); }
  .findings table, .findings tbody, .findings tr, .findings th { display: block; }
  .findings tr + tr { display: grid; grid-template-columns: 1fr 1fr; column-gap: 1rem; padding: .4rem 0; border-top: 1px solid var(--line); }
  .findings tr:nth-child(2) { border-top: 0; }
  .findings td, .findings td:first-child { border: 0; padding: 0; min-width: 0; }
  .findings td:nth-child(-n + 2) { grid-column: 1 / -1; }
  .findings td:nth-child(n + 3)::before { color: var(--muted); font-size: .8125rem; margin-right: .4rem; }
  .findings td:nth-child(3)::before { content: "Legacy"; }
  .findings td:nth-child(4)::before { content: "Normalized"; }
}
@media print {
  html { color-scheme: light; }
  body { background: none; font-size: 10pt; }
  header, main, footer { max-width: none; padding-left: 0; padding-right: 0; }
  main { display: block; }
  .figures { grid-template-columns: repeat(5, 1fr); gap: .4rem; }
  .figures div { padding: .4rem .6rem; }
  section { border: 0; padding: 0; margin-top: 1.25rem; }
  .scripted, .command button { display: none !important; }
  .verdict, .grid td, .grid svg, .share, .bar, .trend, .type i, .key i, .dot::before, .swatch { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .scroll { overflow: visible; }
  .verdict, tr, .figures div, .trend { break-inside: avoid; }
  h2 { break-after: avoid; }
  thead { display: table-header-group; }
}
`;
