// What the reader takes along: the command, the scenario as a file, figures as CSV, the curve as a picture.

const quote = text => /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\"'\"'")}'`;
const plainNumber = value => String(Number(value.toPrecision(6))).replace("e+", "e");
const SHARES = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];

// The value of a changed input in the grammar of scenario files.
const entryOf = (study, state, input) => {
  const driver = study.driver(input), change = state.inputs[input], unit = driver.canonical;
  if ("fix" in change) return { value: plainNumber(change.fix) + (unit ? " " + unit : "") };
  const ordered = sorted(changed(placeOf(study.planOf(state), input), change, driver).array);
  const bounds = driver.isFraction ? ", truncate: {low: 0, high: 1}" : driver.isAtLeastOne ? ", truncate: {low: 1}" : "";
  const { atoms, rest } = partsOf(ordered), parts = atoms.map(([value, weight]) => `{weight: ${weight}, distribution: ${plainNumber(value)}}`);
  const continuous = rest.length ? `quantiles: {${quantilesOf(rest)}}${bounds}` : "";
  if (rest.length && parts.length) parts.push(`{weight: ${rest.length / ordered.length}, distribution: {${continuous}}}`);
  return { text: `{${parts.length ? `mixture: [${parts.join(", ")}]` : continuous}${unit ? ", unit: " + unit : ""}}` };
};
// Quantiles have to differ. Where they do not: the values that at least one draw in 50 has, each with its share, and all other draws.
const partsOf = ordered => {
  const atoms = [], rest = [];
  if (textsOf(ordered).every((text, i, texts) => text !== texts[i - 1])) return { atoms, rest: ordered };
  for (let i = 0, end; i < ordered.length; i = end) {
    for (end = i + 1; ordered[end] === ordered[i];) end++;
    if (end - i >= ordered.length / 50) atoms.push([ordered[i], (end - i) / ordered.length]); else rest.push(...ordered.subarray(i, end));
  }
  // Two quantiles or more make a distribution.
  if (rest.length && plainNumber(rest[0]) === plainNumber(rest[rest.length - 1])) atoms.push([rest[0], rest.splice(0).length / ordered.length]);
  return { atoms, rest };
};
const textsOf = ordered => SHARES.map(p => plainNumber(quantile(ordered, p)));
const quantilesOf = ordered => textsOf(ordered).map((text, i, texts) => text === texts[i - 1] ? "" : `p${Math.round(100 * SHARES[i])}: ${text}`).filter(Boolean).join(", ");
// In the order of the page, in which it applies them too.
const activeToggles = (study, state) => study.data.toggles.filter(each => state.on.includes(each.name) && !study.planOf(state).unavailable[each.name]);
const activeInputs = (study, state) => Object.keys(state.inputs).filter(input => input in study.planOf(state).inputs);
// What stating the changed inputs would change, stated too: it stays as it is on the page.
const keptInputs = (study, state) => activeInputs(study, state).flatMap(input => study.driver(input).kept).filter(([name]) => !(name in state.inputs));
const chosenBySelf = (study, state) => {
  const chosen = study.choices(state);
  return Object.keys(state.choices).filter(key => chosen[key] === state.choices[key] && chosen[key] !== study.own[key]);
};

const commandOf = (study, state, budget) => {
  const base = study.data.command;
  if (!base) return "";
  const sets = new Map(base.sets), chosen = chosenBySelf(study, state);
  let basis = base.basis;
  for (const key of chosen) { if (key === "basis") basis = state.choices[key]; else sets.set(key, state.choices[key]); }
  for (const input of activeInputs(study, state)) { const entry = entryOf(study, state, input); sets.set(input, entry.value || entry.text); }
  for (const [name, text] of keptInputs(study, state)) if (!sets.has(name)) sets.set(name, text);
  const parts = ["llmcost", "run", ...base.words];
  if (basis) parts.push("--basis", basis);
  for (const [name, value] of sets) parts.push("--set", `${name}=${value}`);
  const toggles = activeToggles(study, state);
  for (const name of [...base.levers, ...toggles.filter(each => each.kind === "lever").map(each => each.short)]) parts.push("--lever", name);
  for (const name of [...base.shocks, ...toggles.filter(each => each.kind === "shock").map(each => each.short)]) parts.push("--shock", name);
  for (const [a, b, rank] of base.correlations) parts.push("--correlation", `${a},${b}=${rank}`);
  const amount = state.budget === null ? base.budget : `${plainNumber(budget)} ${study.data.currency}`;
  if (amount) parts.push("--budget", amount);
  if (!base.isDefault) parts.push("--draws", String(base.draws), "--seed", String(base.seed));
  return parts.map(quote).join(" ");
};

// The scenario as a file: the reported one, with the keys that the reader changed in place of its own.
const fileOf = (study, state, budget) => {
  if (!study.data.file) return "";
  const blocks = new Map();
  let last = "";
  for (const line of study.data.file.split("\n")) {
    if (/^[^\s#]/.test(line)) { last = line.split(":")[0]; blocks.set(last, line); }
    else if (line) blocks.set(last, blocks.has(last) ? blocks.get(last) + "\n" + line : line);
  }
  for (const key of chosenBySelf(study, state)) blocks.set(key, `${key}: ${state.choices[key]}`);
  for (const input of activeInputs(study, state)) {
    const entry = entryOf(study, state, input), path = study.driver(input).path, text = entry.value || entry.text;
    if (path.length === 1) { blocks.set(input, `${input}: ${text}`); continue; }
    blocks.set(path[0], withItem(blocks.get(path[0]) || `${path[0]}:`, path.slice(1), text));
  }
  for (const [name, text] of keptInputs(study, state)) if (!blocks.has(name)) blocks.set(name, `${name}: ${text}`);
  for (const kind of ["lever", "shock"]) {
    const names = activeToggles(study, state).filter(each => each.kind === kind).map(each => each.short), key = kind + "s";
    if (!names.length) continue;
    const own = blocks.get(key) || "", listed = [...own.replace(/^\w+:/, "").matchAll(/[\w-]+/g)].map(each => each[0]).filter(name => name !== "-");
    blocks.set(key, `${key}: [${[...(listed.length ? listed : ["inherited"]), ...names].join(", ")}]`);
  }
  if (state.budget !== null) blocks.set("budget", `budget: ${plainNumber(budget)} ${study.data.currency}`);
  return [...blocks.values()].join("\n") + "\n";
};
// A block such as `staff:` with one quantity of one item set.
const withItem = (block, [item, quantity], text) => {
  const lines = block.split("\n"), start = lines.findIndex(line => new RegExp(`^\\s+${item}:`).test(line));
  if (start < 0) return [...lines, `  ${item}:`, `    ${quantity}: ${text}`].join("\n");
  const indent = lines[start].search(/\S/);
  let end = start + 1;
  while (end < lines.length && lines[end].search(/\S/) > indent) end++;
  const inside = lines.slice(start + 1, end), depth = inside.length ? inside[0].search(/\S/) : indent + 2, kept = [];
  for (let i = 0, isOld = false; i < inside.length; i++) {
    if (inside[i].search(/\S/) <= depth) isOld = inside[i].trim().startsWith(quantity + ":");
    if (!isOld) kept.push(inside[i]);
  }
  return [...lines.slice(0, start + 1), ...kept, `${" ".repeat(depth)}${quantity}: ${text}`, ...lines.slice(end)].join("\n");
};

const csvCell = value => { const text = String(value); return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text; };
const csvOf = (study, state, now, budget) => {
  const reported = study.data.reported, unit = study.data.currency;
  const rows = [["figure", "now", "reported", "unit"], ["P50", now.p50, reported.p50, unit], ["P80", now.p80, reported.p80, unit],
    [`interval low (${percent(DATA.interval)})`, now.low, reported.low, unit], [`interval high (${percent(DATA.interval)})`, now.high, reported.high, unit],
    ["budget", budget, budget, unit]];
  for (let i = 1; i < 100; i++) rows.push([`P${i}`, quantile(now.ordered, i / 100), reported.amount[reported.probability.findIndex(p => Math.abs(p - i / 100) < 1e-9)], unit]);
  const before = Object.fromEntries(summarize(study, emptyState(study.number)).lines);
  for (const [label, amount] of now.lines) rows.push([`line: ${label}`, amount, before[label] ?? 0, unit]);
  for (const change of describe(study, state)) rows.push([`change: ${change}`, "", "", ""]);
  return rows.map(row => row.map(csvCell).join(",")).join("\n") + "\n";
};

const describeChange = (study, state, change) => {
  const [kind, name] = split(change);
  if (kind === "choice") return `${TITLES[name]}: ${optionName(name, state.choices[name])}`;
  if (kind === "toggle") return `${capital(study.toggles[name].kind)}: ${study.toggles[name].label}`;
  const driver = study.driver(name), input = state.inputs[name];
  if ("fix" in input) return `${capital(driver.label)}: ${measure(study, driver, input.fix)}`;
  return `${capital(driver.label)}: ${[input.shift && `shifted ${input.shift > 0 ? "up" : "down"}`, input.spread !== 1 && `width ×${input.spread}`].filter(Boolean).join(", ")}`;
};
const describe = (study, state) => state.order.map(change => describeChange(study, state, change));

const save = (blob, name) => {
  const link = html("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};

// The curve as a picture: the chart with its computed colours, below the sentence.
const pictureOf = (sentence, title) => new Promise((resolve, reject) => {
  const chart = document.querySelector("#curve svg"), copy = chart.cloneNode(true), originals = chart.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((node, i) => {
    const style = getComputedStyle(originals[i]);
    for (const key of ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-family", "font-weight"]) node.setAttribute(key, style.getPropertyValue(key));
  });
  const width = Number(chart.getAttribute("width")), height = Number(chart.getAttribute("height")), scale = 2, head = 76;
  copy.setAttribute("xmlns", SVG);
  const picture = new Image();
  picture.onload = () => {
    const canvas = html("canvas", { width: width * scale, height: (height + head) * scale }), pen = canvas.getContext("2d"), style = getComputedStyle(document.body);
    pen.scale(scale, scale);
    pen.fillStyle = style.backgroundColor;
    pen.fillRect(0, 0, width, height + head);
    pen.fillStyle = style.color;
    pen.font = "bold 15px system-ui, sans-serif";
    pen.fillText(title, 12, 22, width - 24);
    pen.font = "13px system-ui, sans-serif";
    let line = "", y = 42;
    for (const word of sentence.split(" ")) {
      if (pen.measureText(line + word).width > width - 24) { pen.fillText(line, 12, y); line = ""; y += 17; }
      line += word + " ";
    }
    pen.fillText(line, 12, y);
    pen.drawImage(picture, 0, head, width, height);
    canvas.toBlob(resolve);
  };
  picture.onerror = reject;
  picture.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(new XMLSerializer().serializeToString(copy));
});
