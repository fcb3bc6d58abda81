"""The page's style sheet: light and dark, phone and print, no file beside the page."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #f7f4ef; --card: #fffdfa; --ink: #211d18; --faint: #6a6258; --line: #e4dcd0; --track: #ece5da;
  --good: #17744a; --bad: #b0281f; --caution: #8a5a00;
  --hold: #6b7785; --a1: #c8430f; --a2: #2460a7; --a3: #7347b0; --a4: #0b766c; --a5: #a1316d; --a6: #6d6a0c;
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, Charter, Georgia, "PT Serif", serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14120f; --card: #1d1a16; --ink: #efe9e0; --faint: #a89e91; --line: #37312a; --track: #2c2721;
    --good: #62cf97; --bad: #ff8f85; --caution: #e8b54b;
    --hold: #9fabb8; --a1: #ff8a57; --a2: #83b6f2; --a3: #bea0ee; --a4: #5ecdbf; --a5: #f08cc0; --a6: #cfca5a;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 var(--sans);
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
main { max-width: 60rem; margin: 0 auto; padding: 3rem 1.5rem 4rem; }
h1 { font: 600 2.4rem/1.15 var(--serif); margin: .1rem 0 .4rem; letter-spacing: -.01em; }
h2 { font: 600 1.3rem/1.3 var(--serif); margin: 0 0 .2rem; }
h3 { font: 600 .95rem/1.3 var(--sans); margin: 1.4rem 0 .4rem; }
section > .forest + h2 { margin-top: 2rem; padding-top: 1.2rem; border-top: 1px solid var(--line); }
p { margin: 0 0 .6rem; }
small { font-size: .82rem; color: var(--faint); }
.eyebrow { color: var(--a1); font-weight: 600; font-size: .85rem; letter-spacing: .04em; margin: 0; }
.lede { font-size: 1.1rem; margin: 0 0 .3rem; }
.subject, .note { color: var(--faint); font-size: .9rem; }
section, .tiles > li { background: var(--card); border: 1px solid var(--line); border-radius: 14px; }
section { padding: 1.5rem 1.6rem; margin-top: 1.2rem; break-inside: avoid; }
.hero { margin-top: 1.6rem; padding: 1.8rem 2rem 1.6rem; border-top: 5px solid var(--tone); }
.hero.good { --tone: var(--good); } .hero.bad { --tone: var(--bad); } .hero.caution { --tone: var(--caution); }
.chip { color: var(--tone); font-weight: 700; margin: 0 0 .5rem; display: flex; align-items: center; gap: .5rem; }
.chip::before { content: ""; width: .7rem; height: .7rem; border-radius: 50%; background: var(--tone); }
.headline { font: 500 1.55rem/1.38 var(--serif); margin: 0 0 1rem; text-wrap: pretty; }
.money { font-size: 1.05rem; margin: 1rem 0 0; }
.tiles { list-style: none; display: grid; grid-template-columns: repeat(auto-fit, minmax(12.5rem, 1fr)); gap: .8rem;
  padding: 0; margin: 1.2rem 0 0; }
.tiles > li { padding: 1rem 1.2rem; display: flex; flex-direction: column; break-inside: avoid; }
.tiles span { color: var(--faint); font-size: .88rem; }
.tiles b { font: 600 1.7rem/1.25 var(--serif); }
.hold { --c: var(--hold); } .a1 { --c: var(--a1); } .a2 { --c: var(--a2); } .a3 { --c: var(--a3); }
.a4 { --c: var(--a4); } .a5 { --c: var(--a5); } .a6 { --c: var(--a6); } .all { --c: var(--ink); }
svg { display: block; overflow: visible; }
svg text { fill: var(--faint); font: 12.5px var(--sans); }
.grid { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; }
.zero { stroke: var(--faint); stroke-width: 1.5; }
.whisker, .end { stroke: var(--c); stroke-width: 2.5; stroke-linecap: round; }
.point { fill: var(--c); stroke: var(--card); stroke-width: 2; }
.lone { margin: .2rem .4rem 0; } .lone .whisker { stroke-width: 5; }
.forest { margin-top: .6rem; }
.forest .row { display: grid; grid-template-columns: minmax(7rem, 11rem) 1fr 15.5rem; column-gap: 1.2rem;
  align-items: center; }
.forest .label, .forest .value { display: flex; flex-direction: column; line-height: 1.25; }
.forest .value { text-align: right; }
.forest .pooled { border-top: 1px solid var(--line); }
.curve { position: relative; height: 260px; margin: 1.2rem 10rem 2rem 3.4rem; }
.curve svg { width: 100%; height: 100%; }
.curve .line { fill: none; stroke: var(--c); stroke-width: 2.5; stroke-linejoin: round; }
.curve .band { fill: var(--c); opacity: .13; }
.curve span { position: absolute; font-size: .8rem; color: var(--faint); white-space: nowrap; line-height: 1;
  overflow-wrap: normal; }
.curve .tick { right: calc(100% + .6rem); transform: translateY(50%); }
.curve .name { left: calc(100% + .5rem); transform: translateY(50%); max-width: 9.5rem; overflow: hidden;
  text-overflow: ellipsis; padding: .2em 0; }
.curve .name b { color: var(--c); font-size: .95rem; }
.curve em { font-style: normal; } .curve .under { top: calc(100% + .5rem); transform: translateX(-50%); }
.funnels { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1.4rem 2rem;
  margin-top: 1rem; }
figure { margin: 0; break-inside: avoid; }
figcaption { font-weight: 600; margin-bottom: .5rem; }
figcaption i, thead i { display: inline-block; width: .7rem; height: .7rem; border-radius: 50%; background: var(--c);
  margin-right: .5rem; }
.track { fill: var(--track); } .bar { fill: var(--c); } .bar.faint { opacity: .35; }
svg .stage { fill: var(--ink); } svg .count { fill: var(--faint); }
.scroll { overflow-x: auto; margin-top: .8rem; }
table { border-collapse: collapse; width: 100%; font-size: .93rem; }
th, td { padding: .45rem .6rem; text-align: right; vertical-align: baseline; border-top: 1px solid var(--line);
  overflow-wrap: normal; }
thead th { border-top: 0; font-weight: 600; }
th:first-child { text-align: left; font-weight: 500; padding-left: 0; }
td:last-child, thead th:last-child { padding-right: 0; }
td small { display: block; white-space: nowrap; }
tr.key th, tr.key td { font-weight: 700; background: color-mix(in srgb, var(--a1) 7%, transparent); }
tr.doubt { color: var(--faint); }
.counted { margin: .6rem 0 0; padding-left: 1.1rem; color: var(--faint); font-size: .92rem; }
.counted li { margin-bottom: .35rem; }
.warn { color: var(--bad); font-weight: 600; }
footer { margin-top: 2rem; color: var(--faint); font-size: .85rem; text-align: center; }
@media (max-width: 40rem) {
  main { padding: 1.6rem .9rem 2.5rem; }
  h1 { font-size: 1.9rem; }
  section { padding: 1.1rem 1rem; } .hero { padding: 1.2rem 1.1rem; }
  .headline { font-size: 1.25rem; }
  .tiles { grid-template-columns: 1fr 1fr; gap: .6rem; } .tiles > li { padding: .8rem .9rem; }
  .tiles b { font-size: 1.3rem; }
  .forest .row { grid-template-columns: 1fr auto; } .forest .tail { display: none; }
  .forest .drawing { grid-row: 2; grid-column: 1 / -1; }
  .forest .axis .label, .forest .axis .value { display: none; }
  .forest .row:not(.axis) { padding-top: .5rem; }
  table { font-size: .8rem; } th, td { padding: .4rem .3rem; } td small { white-space: normal; font-size: .72rem; }
  .curve { margin-right: 5.4rem; margin-left: 2.8rem; height: 220px; }
  .curve em { display: none; } .curve .name { width: 5rem; } .curve .name b { display: block; }
}
@media print {
  :root {
    --paper: #fff; --card: #fff; --ink: #000; --faint: #555; --line: #ccc; --track: #e8e8e8;
    --good: #17744a; --bad: #b0281f; --caution: #8a5a00;
    --hold: #6b7785; --a1: #c8430f; --a2: #2460a7; --a3: #7347b0; --a4: #0b766c; --a5: #a1316d; --a6: #6d6a0c;
  }
  @page { size: A4; margin: 14mm; }
  body { font-size: 11pt; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  section { padding: 1rem 1.2rem; margin-top: .8rem; }
}
"""
