/** The look of the report; no font, picture or script is fetched. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #fbfbfa; --card: #ffffff; --text: #1d2327; --muted: #5f6b73; --line: #dfe3e6; --accent: #2b6ca3;
  --good: #1f7a4d; --partly: #8a6100; --bad: #b3402a; --banner: #fff0c9; --banner-text: #5b3b00; --banner-line: #e0a400;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14181b; --card: #1c2226; --text: #e7ebee; --muted: #9aa7b0; --line: #323b41; --accent: #7db4e0;
    --good: #6cc798; --partly: #e0b85a; --bad: #f0917c; --banner: #4a3500; --banner-text: #ffe7b0; --banner-line: #c99700;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 24px 20px 64px; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 1.15rem; margin: 0 0 12px; }
h3 { font-size: .95rem; margin: 0 0 6px; font-weight: 600; color: var(--muted); }
p { margin: 0 0 8px; }
.lead { color: var(--muted); margin-bottom: 20px; }
.banner { background: var(--banner); color: var(--banner-text); border: 2px solid var(--banner-line); border-radius: 10px;
  padding: 14px 18px; margin: 0 0 20px; font-size: 1.05rem; }
.banner strong { display: block; font-size: 1.35rem; letter-spacing: .04em; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; margin: 0 0 20px; overflow-x: auto; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 0 0 20px; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; }
.tile b { display: block; font-size: 1.5rem; line-height: 1.3; white-space: nowrap; font-variant-numeric: tabular-nums; }
.tile span { color: var(--muted); font-size: .88rem; }
.charts { display: flex; flex-wrap: wrap; gap: 28px; align-items: flex-start; }
.charts figure { margin: 0; }
svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 5px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
th:first-child, td:first-child { text-align: left; }
thead th { color: var(--muted); font-weight: 600; font-size: .88rem; }
tfoot td { font-weight: 600; }
.facts th { width: 190px; color: var(--muted); font-weight: 500; }
.facts td { text-align: left; overflow-wrap: anywhere; }
.patches { display: grid; grid-template-columns: repeat(auto-fill, minmax(330px, 1fr)); gap: 18px; }
.patches.wide { grid-template-columns: repeat(auto-fill, minmax(min(520px, 100%), 1fr)); }
.patch { border: 1px solid var(--line); border-radius: 8px; overflow: hidden; margin: 0; }
.patch .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 2px; background: var(--line); }
.patch .row { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: 2px; background: var(--line); align-items: start; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0 0 14px; padding: 0; font-size: .88rem; }
.legend span { display: inline-block; width: 14px; height: 14px; border: 1px solid var(--line); border-radius: 3px; margin-right: 6px; vertical-align: -2px; }
.patch img { width: 100%; display: block; }
.patch figcaption { padding: 8px 12px 10px; font-size: .88rem; }
.patch dl { margin: 0; display: grid; grid-template-columns: auto 1fr; gap: 2px 10px; }
.patch dt { color: var(--muted); } .patch dd { margin: 0; }
.exact { color: var(--good); } .wrong { color: var(--bad); } .partly { color: var(--partly); }
.id { color: var(--muted); overflow-wrap: anywhere; font-size: .8rem; }
code { font: .9em ui-monospace, monospace; background: var(--ground); border: 1px solid var(--line); border-radius: 5px; padding: 1px 5px; overflow-wrap: anywhere; }
pre { font: .85rem/1.45 ui-monospace, monospace; overflow-x: auto; margin: 8px 0 0; }
summary { cursor: pointer; color: var(--accent); }
footer { color: var(--muted); font-size: .88rem; }
@media print { section, .tile, .patch { break-inside: avoid; } }
`;
