// Charts: curves as SVG, bars as rows of tables, so that they are read aloud, printed and narrow as text is.

const SVG = "http://www.w3.org/2000/svg";
const svg = (name, attributes = {}, text) => {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
};
const html = (name, attributes = {}, ...children) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") node.className = value; else if (key in node && typeof value !== "string") node[key] = value; else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
};
const pathOf = points => points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

const niceTicks = (low, high, count) => {
  const raw = (high - low) / count, power = 10 ** Math.floor(Math.log10(raw)), unit = [1, 2, 2.5, 5, 10].find(each => each * power >= raw) * power;
  const ticks = [];
  for (let tick = Math.ceil(low / unit) * unit; tick <= high + unit * 1e-9; tick += unit) ticks.push(Math.abs(tick) < unit * 1e-9 ? 0 : tick);
  return ticks;
};

// Probability of staying within each amount: now, and as reported.
const drawCurve = (study, figure, now, budget) => {
  const reported = study.data.reported, width = Math.max(280, app.curveWidth || 560), height = Math.round(Math.min(340, Math.max(240, width * 0.5)));
  const left = 44, right = 14, top = 34, bottom = 44;
  const at = p => quantile(now.ordered, p), end = Math.max(at(0.985), reported.amount[reported.probability.findIndex(p => p >= 0.98)], Math.min(budget, at(0.999)) * 1.02);
  const start = Math.min(at(0.005), reported.amount[0], budget) * (at(0.005) > 0 ? 0.9 : 1.1), low = start > 0 && start < end / 3 ? 0 : start;
  const x = amount => left + (Math.min(Math.max(amount, low), end) - low) / (end - low) * (width - left - right);
  const y = p => top + (1 - p) * (height - top - bottom);
  const chart = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", class: "curve" });
  for (const p of [0, 0.2, 0.4, 0.6, 0.8, 1]) {
    chart.append(svg("line", { x1: left, x2: width - right, y1: y(p), y2: y(p), class: p === 0.8 ? "grid strong" : "grid" }));
    chart.append(svg("text", { x: left - 6, y: y(p) + 4, "text-anchor": "end" }, `${Math.round(100 * p)}%`));
  }
  for (const tick of niceTicks(low, end, width < 420 ? 3 : 6)) {
    chart.append(svg("text", { x: x(tick), y: height - bottom + 17, "text-anchor": "middle" }, axisMoney(study, tick)));
    chart.append(svg("line", { x1: x(tick), x2: x(tick), y1: height - bottom, y2: height - bottom + 4, class: "axis" }));
  }
  chart.append(svg("text", { x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle", class: "quiet" }, `Total cost, ${study.data.money}`));
  const points = reported.probability.map((p, i) => [reported.amount[i], p]).filter(([amount]) => amount >= low && amount <= end);
  chart.append(svg("path", { d: pathOf(points.map(([amount, p]) => [x(amount), y(p)])), class: "reported" }));
  const line = [];
  for (let i = 0; i <= 240; i++) { const p = 0.001 + i / 240 * 0.998, amount = at(p); if (amount <= end && amount >= low) line.push([x(amount), y(p)]); }
  chart.append(svg("path", { d: pathOf(line), class: "now" }));
  // The label of the budget has the margin above the plot for itself, so that it crosses nothing.
  const place = x(budget), side = place > width - 110 ? "end" : place < 110 ? "start" : "middle";
  chart.append(svg("line", { x1: place, x2: place, y1: top - 8, y2: height - bottom, class: "budget" }));
  chart.append(svg("text", { x: place, y: 16, "text-anchor": side, class: "strong" }, `Budget ${budgetMoney(study, app.state, budget)}: ${percent(shareWithin(now.ordered, budget))}`));
  chart.append(svg("circle", { cx: x(now.p80), cy: y(0.8), r: 4.5, class: "dot" }));
  const changed = Math.abs(now.p80 / reported.p80 - 1) > 0.002;
  chart.setAttribute("aria-label", `Probability of staying within an amount: 50% at ${money(study, now.p50)}, 80% at ${money(study, now.p80)}`
    + (changed ? `; as reported 50% at ${money(study, reported.p50)}, 80% at ${money(study, reported.p80)}` : ""));
  figure.replaceChildren(chart);
};

const SMOOTH = 2;
// The density of an input on its own scale, from P1 to P99, with the part that is in force now.
const drawDensity = (node, ordered, scale, range, change, current) => {
  const bins = 48, counts = new Float64Array(bins), { to } = SCALES[scale], low = to(range[0]), high = to(range[1]);
  for (const value of current || ordered) {
    const place = Math.floor((to(value) - low) / (high - low) * bins);
    if (place >= 0 && place < bins) counts[place]++;
  }
  const smooth = counts.map((_, i) => { let sum = 0, weight = 0; for (let j = -SMOOTH; j <= SMOOTH; j++) if (counts[i + j] !== undefined) { const w = SMOOTH + 1 - Math.abs(j); sum += w * counts[i + j]; weight += w; } return sum / weight; });
  const most = Math.max(...smooth) || 1;
  const points = [...smooth].map((count, i) => [i / (bins - 1) * 200, 30 - 28 * count / most]);
  const area = svg("path", { d: `M0 30L${pathOf(points).slice(1)}L200 30Z`, class: "density" + (change ? " old" : "") });
  node.replaceChildren(area);
  if (change && "fix" in change) {
    const x = Math.min(Math.max((to(change.fix) - low) / (high - low), 0), 1) * 200;
    node.append(svg("line", { x1: x, x2: x, y1: 0, y2: 30, class: "fixed" }));
  } else if (change) area.setAttribute("class", "density");
};

const bar = (from, to, extent, kind) => {
  const node = html("span", { class: `bar ${kind}` });
  node.style.left = `${100 * Math.min(from, to) / extent}%`;
  node.style.width = `${Math.max(0.4, 100 * Math.abs(to - from) / extent)}%`;
  return node;
};
const tickMark = (at, extent) => {
  const node = html("span", { class: "tick" });
  node.style.left = `${100 * at / extent}%`;
  return node;
};
const cell = (...children) => html("td", { class: "bars", "aria-hidden": "true" }, html("span", { class: "track" }, ...children));

const drawLines = (study, body, now, before) => {
  const old = Object.fromEntries(before.lines), labels = [...new Set([...now.lines.map(each => each[0]), ...before.lines.map(each => each[0])])];
  const current = Object.fromEntries(now.lines);
  const rows = labels.map(label => [label, current[label] || 0, old[label] || 0]).filter(([, a, b]) => a || b).sort((a, b) => b[1] - a[1] || b[2] - a[2]);
  const extent = Math.max(...rows.map(([, a, b]) => Math.max(a, b)), 1e-9);
  body.replaceChildren(...rows.map(([label, amount, baseline]) => html("tr", {},
    html("th", { scope: "row" }, capital(label)),
    cell(bar(0, Math.max(amount, 0), extent, "plain"), tickMark(Math.max(baseline, 0), extent)),
    html("td", { class: "number" }, money(study, amount)),
    html("td", { class: "number quiet" }, money(study, baseline)))));
};

const drawTornado = (study, body, rows, middle) => {
  const ends = rows.flatMap(row => [row.low, row.high]), first = Math.min(...ends, middle), extent = Math.max(Math.max(...ends, middle) - first, 1e-9);
  body.replaceChildren(...rows.map(row => html("tr", {},
    html("th", { scope: "row" }, capital(row.label)),
    cell(bar(row.low - first, middle - first, extent, row.low < middle ? "less" : "more"), bar(middle - first, row.high - first, extent, row.high < middle ? "less" : "more"), tickMark(middle - first, extent)),
    html("td", { class: "number" }, money(study, row.low)), html("td", { class: "number" }, money(study, row.high)))));
};

const drawBridge = (study, body, rows) => {
  const most = Math.max(...rows.map(row => row.after), 1e-9), extent = most;
  body.replaceChildren(...rows.map(row => html("tr", row.isTotal ? { class: "sum" } : {},
    html("th", { scope: "row" }, row.label),
    cell(row.isTotal ? bar(0, row.after, extent, "plain") : bar(row.before, row.after, extent, row.after < row.before ? "less" : "more")),
    html("td", { class: "number" }, row.isTotal ? money(study, row.after) : signedMoney(study, row.after - row.before)))));
};
