// The page: what is shown for a state, and what happens when the reader changes it.

const $ = selector => document.querySelector(selector);
const studies = DATA.cases.map((data, number) => new Study(data, number));
const app = { state: emptyState(0), summaries: new Map(), pending: 0, timer: 0, curveWidth: 0 };

const study = () => studies[app.state.study];
const reportedOf = each => each.baseline ??= summarize(each, emptyState(each.number));
const budgetOf = state => state.budget ?? studies[state.study].data.budget;

const sentenceOf = (each, state, now) => {
  const budget = budgetOf(state), within = shareWithin(now.ordered, budget), before = shareWithin(reportedOf(each).ordered, budget);
  const was = Math.round(100 * before) !== Math.round(100 * within) && changesOf(state) ? `, was ${cases(before)}` : "";
  const ask = `Ask for ${money(each, now.p80)} to have an 80% probability of staying within it`;
  // Without a budget of its own, the page begins with the amount that it tells to ask for.
  if (state.budget === null && !each.data.hasBudget && money(each, now.p80) === money(each, budget)) return `${ask}.`;
  return `${ask}; ${budgetMoney(each, state, budget)} is enough in ${within <= 0 ? "no case" : within >= 1 ? "all cases" : `${cases(within)} of 100 cases`}${was}.`;
};

// --- what depends on every change ------------------------------------------------------------------------------------------

app.update = () => {
  const each = study(), state = app.state, now = app.now = summarize(each, state), budget = budgetOf(state), reported = each.data.reported;
  $("#sentence").textContent = sentenceOf(each, state, now);
  const was = (value, before) => Math.abs(value / before - 1) > 0.0015 ? `was ${money(each, before)}` : "as reported";
  const figure = (id, text, note) => { $(`#${id} dd`).textContent = text; $(`#${id} .was`).textContent = note; };
  figure("p50", money(each, now.p50), was(now.p50, reported.p50));
  figure("p80", money(each, now.p80), was(now.p80, reported.p80));
  const interval = (low, high) => `${money(each, low)} to ${money(each, high)}`;
  const isSame = Math.abs(now.low / reported.low - 1) < 0.0015 && Math.abs(now.high / reported.high - 1) < 0.0015;
  figure("interval", interval(now.low, now.high), isSame ? "as reported" : `was ${interval(reported.low, reported.high)}`);
  const overrun = ordered => each.data.hasMean ? money(each, expectedOverrun(ordered, budget)) : "n/a";
  const before = overrun(reportedOf(each).ordered), after = overrun(now.ordered);
  figure("overrun", after, !each.data.hasMean ? "the tail is too heavy for a mean" : after === before ? `of the ${DATA.draws.toLocaleString("en")} draws of this page` : `was ${before}`);
  drawCurve(each, $("#curve"), now, budget);
  drawLines(each, $("#lines tbody"), now, reportedOf(each));
  $("#budget-value").textContent = budgetMoney(each, state, budget);
  $("#error").textContent = `P80 ±${percent(errorOfP80(now.total) / Math.abs(now.p80))}`;
  values.tidy();
};
app.changed = () => {
  if (app.pending) return;
  app.pending = requestAnimationFrame(() => { app.pending = 0; app.update(); app.later(); });
};
// What may follow a moment later: the tornado, the bridge, the command and the address.
app.later = () => {
  clearTimeout(app.timer);
  app.timer = setTimeout(() => { showBridge(); showCommand(); showTornado(0, []); }, 60);
};

const showTornado = (number, rows) => {
  const each = study(), state = app.state, plan = each.planOf(state);
  const drivers = shownDrivers(each, state).filter(driver => !("fix" in (state.inputs[driver.name] || {})) && placeOf(plan, driver.name) !== undefined);
  if (number < drivers.length) {
    const driver = drivers[number], place = placeOf(plan, driver.name), change = state.inputs[driver.name];
    const ordered = change ? sorted(changed(place, change, driver).array) : sortedColumn(place);
    const at = p => quantile(sorted(scaledTotal(each, evaluate(each, state, { [driver.name]: { fix: quantile(ordered, p) } }))), 0.5);
    rows.push({ label: driver.label, low: at(0.1), high: at(0.9) });
    app.timer = setTimeout(() => showTornado(number + 1, rows), 0);
    return;
  }
  rows.sort((a, b) => Math.abs(b.high - b.low) - Math.abs(a.high - a.low));
  drawTornado(each, $("#tornado tbody"), rows, app.now.p50);
  $("#tornado").hidden = !rows.length;
  document.documentElement.dataset.ready = "true";
};

const showBridge = () => {
  const each = study(), state = app.state, count = changesOf(state);
  $("#bridge").hidden = !count;
  $("#no-changes").hidden = count > 0;
  const rows = [{ label: "Reported", after: reportedOf(each).p80, isTotal: true }];
  for (let i = 1; i <= count; i++) {
    const before = rows[rows.length - 1].after, after = i === count ? app.now.p80 : summarize(each, prefix(state, i)).p80;
    rows.push({ label: describeChange(each, state, state.order[i - 1]), before, after });
  }
  rows.push({ label: "Now", after: app.now.p80, isTotal: true });
  drawBridge(each, $("#bridge tbody"), rows);
  $("#changes").textContent = count ? describe(each, state).join("; ") : "none";
};

const showCommand = () => {
  const each = study(), command = commandOf(each, app.state, budgetOf(app.state));
  $("#command").textContent = command || "This scenario has parts that no command can name; the file below has what a file can hold.";
  $("#copy").hidden = !command;
  $("#save-yaml").disabled = !each.data.file;
  const fragment = toFragment(app.state);
  if (location.hash.slice(1) !== fragment) history.replaceState(null, "", fragment ? "#" + fragment : location.pathname + location.search);
};

// --- what depends on choices, shocks and levers ---------------------------------------------------------------------------

app.rebuild = focus => {
  const each = study();
  buildChoices(each, app, $("#choices"));
  $("#choices-box").hidden = !each.data.axes.length;
  $("#drivers").replaceChildren(...shownDrivers(each, app.state).map(driver => buildDriver(each, app, driver)));
  $("#no-drivers").hidden = Boolean(each.data.drivers.length);
  buildToggles(each, app, $("#shocks"), "shock");
  buildToggles(each, app, $("#levers"), "lever");
  showSources(each);
  showNotices(each);
  app.update();
  app.later();
  if (focus) $(focus)?.focus();
};

const showSources = each => {
  const plan = each.planOf(app.state);
  const rows = plan.columns.map(([, place]) => [place, DATA.about[place]]).filter(([, about]) => about && about.unit);
  rows.sort((a, b) => a[1].label.localeCompare(b[1].label));
  $("#sources tbody").replaceChildren(...rows.map(([, about]) => {
    const cited = about.sources.flatMap(([title, place, date, url], i) => {
      const text = [title, place, date].filter(Boolean).join(", "), isSafe = /^https?:\/\//.test(url);
      return [i ? "; " : "", isSafe ? html("a", { href: url, rel: "noreferrer" }, text) : text];
    });
    return html("tr", {}, html("th", { scope: "row" }, capital(about.label)), html("td", {}, about.specification), html("td", {}, about.grade === "-" ? "assumption" : about.grade),
      html("td", {}, ...(cited.length ? cited : [about.about || "no source"])));
  }));
  $("#left-out").replaceChildren(...each.data.notOffered.map(text => html("li", {}, capital(text) + ".")));
  $("#left-out-box").hidden = !each.data.notOffered.length;
};

// What is not here: inputs that matter and are no sliders, and the parts of the address that were not applied.
const showNotices = each => {
  $("#withheld").textContent = each.data.withheld;
  $("#withheld").hidden = !each.data.withheld;
  const ignored = app.state.ignored;
  $("#ignored").hidden = !ignored.length;
  $("#notices").hidden = !ignored.length && !each.data.withheld;
  $("#ignored").replaceChildren(...(ignored.length ? [html("p", {}, "Not applied, although the address asks for it:"), html("ul", {}, ...ignored.map(text => html("li", {}, text)))] : []));
};

app.tell = text => { $("#message").textContent = text; };

// --- the start ------------------------------------------------------------------------------------------------------------

const BUDGET_STEPS = 1000;
const budgetScale = each => {
  const reported = each.data.reported, low = Math.max(reported.amount[0], reported.p50 / 1e4) * 0.6;
  return { low: Math.log(low), high: Math.log(Math.max(reported.amount[reported.amount.length - 1] * 1.3, each.data.budget * 1.2)) };
};
const showStudy = () => {
  const each = study(), { low, high } = budgetScale(each), slider = $("#budget");
  slider.max = BUDGET_STEPS;
  slider.value = Math.round(BUDGET_STEPS * (Math.log(budgetOf(app.state)) - low) / (high - low));
  $("#title").textContent = each.data.title;
  $("#scope").textContent = `${each.data.scope}, in ${each.data.money}`;
  document.title = `${each.data.title}: explorer`;
  app.rebuild();
};

const start = () => {
  app.state = fromFragment(studies, location.hash.slice(1));
  const chooser = $("#study");
  chooser.replaceChildren(...studies.map((each, i) => html("option", { value: String(i) }, each.data.name)));
  chooser.value = String(app.state.study);
  $("#study-box").hidden = studies.length < 2;
  chooser.addEventListener("change", () => { app.state = emptyState(Number(chooser.value)); showStudy(); });
  $("#budget").addEventListener("input", () => {
    const { low, high } = budgetScale(study());
    app.state.budget = Number(Math.exp(low + $("#budget").value / BUDGET_STEPS * (high - low)).toPrecision(3));
    $("#budget").setAttribute("aria-valuetext", exactMoney(study(), app.state.budget));
    app.changed();
  });
  $("#reset").addEventListener("click", () => { app.state = emptyState(app.state.study); app.tell("All changes were undone."); showStudy(); });
  const name = () => study().data.name.replace(/[^\w.-]+/g, "-");
  $("#copy").addEventListener("click", async () => {
    try { await navigator.clipboard.writeText($("#command").textContent); app.tell("The command was copied."); }
    catch { getSelection().selectAllChildren($("#command")); app.tell("The command is selected; copy it with the keyboard."); }
  });
  $("#save-csv").addEventListener("click", () => save(new Blob([csvOf(study(), app.state, app.now, budgetOf(app.state))], { type: "text/csv" }), `${name()}.csv`));
  $("#save-yaml").addEventListener("click", () => save(new Blob([fileOf(study(), app.state, budgetOf(app.state))], { type: "text/yaml" }), `${name()}.yaml`));
  $("#save-png").addEventListener("click", async () => save(await pictureOf($("#sentence").textContent, study().data.title), `${name()}.png`));
  addEventListener("hashchange", () => { if (location.hash.slice(1) !== toFragment(app.state)) { app.state = fromFragment(studies, location.hash.slice(1)); chooser.value = String(app.state.study); showStudy(); } });
  app.curveWidth = $("#curve").clientWidth;
  new ResizeObserver(([{ contentRect }]) => { if (Math.abs(contentRect.width - app.curveWidth) > 1) { app.curveWidth = contentRect.width; drawCurve(study(), $("#curve"), app.now, budgetOf(app.state)); } }).observe($("#curve"));
  addEventListener("beforeprint", () => document.querySelectorAll("details.print").forEach(each => { each.open = true; }));
  showStudy();
};
start();

// For tests and scripts: what the page computes for an address, draw by draw, and the time that it takes.
globalThis.explorer = {
  evaluate: fragment => {
    const state = fromFragment(studies, fragment), each = studies[state.study], found = evaluate(each, state), now = summarize(each, state);
    return { total: [...values.full(found.total)], lines: found.lines.map(([label, value]) => [label, [...values.full(value)]]),
      p50: now.p50, p80: now.p80, low: now.low, high: now.high, budget: budgetOf(state), within: shareWithin(now.ordered, budgetOf(state)), overrun: expectedOverrun(now.ordered, budgetOf(state)),
      middle: now.lines, error: errorOfP80(now.total), fragment: toFragment(state), ignored: state.ignored, command: commandOf(each, state, budgetOf(state)), file: fileOf(each, state, budgetOf(state)) };
  },
  draws: (input, fragment = "") => {
    const state = fromFragment(studies, fragment), each = studies[state.study], plan = each.planOf(state), place = placeOf(plan, input), change = state.inputs[input];
    return place === undefined ? null : [...values.full(change ? changed(place, change, each.driver(input), plan.orders[input]) : columnOf(place))];
  },
  money: (currency, value) => [money, exactMoney, axisMoney].map(format => format({ data: { currency } }, value)),
  open: fragment => { app.state = fromFragment(studies, fragment); showStudy(); },
  time: input => {
    const ordered = sortedColumn(placeOf(study().planOf(app.state), input)), times = [];
    for (let i = 0; i < 60; i++) {
      setInput(app.state, input, { fix: quantile(ordered, 0.1 + 0.8 * i / 60) });
      const start = performance.now();
      app.update();
      times.push(performance.now() - start);
    }
    setInput(app.state, input, null);
    app.rebuild();
    return times.sort((a, b) => a - b);
  },
};
