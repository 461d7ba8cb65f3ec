// Controls: one for each driver, choice, shock and lever.

const STEPS = 1000;

// A number as a reader would write it; the same number goes into the command, the file and the computation.
const tidyNumber = (value, driver) => { const tidy = Number(value.toPrecision(4)); return driver.isWhole ? Math.max(Math.round(tidy), 1) : tidy; };

const shownDrivers = (study, state) => {
  const plan = study.planOf(state);
  const used = study.data.drivers.filter(each => each.name in plan.inputs);
  const names = new Set(used.slice(0, 10).map(each => each.name));
  for (const input of Object.keys(state.inputs)) names.add(input);
  return study.data.drivers.filter(each => names.has(each.name));
};
const placeOf = (plan, input) => {
  const name = plan.inputs[input];
  return name === undefined ? undefined : plan.columns.find(([number]) => number === name)?.[1];
};

const buildDriver = (study, app, driver) => {
  const plan = study.planOf(app.state), place = placeOf(plan, driver.name);
  const id = "driver-" + driver.name.replace(/\W/g, "-");
  const box = html("div", { class: "driver", role: "group", "aria-labelledby": id });
  const heading = html("div", { class: "heading" }, html("span", { id, class: "name" }, capital(driver.label)));
  if (driver.grade) heading.append(html("span", { class: "grade grade-" + (driver.grade === "-" ? "D" : driver.grade), title: GRADES[driver.grade] || "" }, driver.grade === "-" ? "assumption" : "grade " + driver.grade));
  box.append(heading);
  if (place === undefined) {
    box.append(html("p", { class: "quiet" }, "Has no effect with these choices."));
    if (app.state.inputs[driver.name]) box.append(releaseButton(app, driver));
    return box;
  }
  const ordered = sortedColumn(place), scale = scaleOf(driver, place), { to, from } = SCALES[scale];
  const range = [quantile(ordered, 0.01), quantile(ordered, 0.99)], middle = quantile(ordered, 0.5);
  const low = to(range[0]), high = to(range[1]);
  const position = value => Math.round(STEPS * Math.min(Math.max((to(value) - low) / (high - low || 1), 0), 1));
  const density = svg("svg", { viewBox: "0 0 200 30", preserveAspectRatio: "none", class: "spark", "aria-hidden": "true" });
  const slider = html("input", { type: "range", min: "0", max: String(STEPS), step: "1", "aria-labelledby": id });
  const text = html("output", { class: "value" });
  const release = releaseButton(app, driver);
  const shift = html("input", { type: "range", min: "-1.5", max: "1.5", step: "0.05", "aria-label": `Shift ${driver.label}` });
  const spread = html("input", { type: "range", min: "0.25", max: "3", step: "0.05", "aria-label": `Width of ${driver.label}` });
  const shiftText = html("output", { class: "value" }), spreadText = html("output", { class: "value" });
  const more = html("details", {}, html("summary", {}, "Shift or widen"),
    html("label", {}, html("span", {}, "Shift"), shift, shiftText), html("label", {}, html("span", {}, "Width"), spread, spreadText));
  if (driver.about) more.append(html("p", { class: "quiet" }, driver.about));
  if (plan.held.some(([, , by]) => by.includes(driver.name))) more.append(html("p", { class: "quiet" }, "A value of your own holds the precision that it was measured in: no speed-up is added to it."));
  if (driver.correlated.length) more.append(html("p", { class: "quiet" }, `Correlated with ${driver.correlated.map(name => study.driver(name)?.label || name).join(", ")}; fixing it leaves their distributions as they are.`));
  if (plan.orders[driver.name] !== undefined) more.append(html("p", { class: "quiet" }, "Shifted or widened, it is a prior of its own, correlated as `dependence` states and no longer as the posterior, here and in the command."));
  box.append(density, slider, html("div", { class: "row" }, text, release), more);

  const show = () => {
    const change = app.state.inputs[driver.name];
    const isFixed = change && "fix" in change, isMoved = change && !isFixed;
    const current = isMoved ? sorted(changed(place, change, driver).array) : ordered;
    const now = isFixed ? change.fix : quantile(current, 0.5);
    if (document.activeElement !== slider || !isFixed) slider.value = position(now);
    const interval = measureInterval(study, driver, quantile(current, 0.1), quantile(current, 0.9));
    text.textContent = isFixed ? `fixed at ${measure(study, driver, change.fix)}` : `${measure(study, driver, now)}; P10 to P90 ${interval}`;
    slider.setAttribute("aria-valuetext", text.textContent);
    release.hidden = !change;
    box.classList.toggle("changed", Boolean(change));
    shift.value = isMoved ? change.shift : 0;
    spread.value = isMoved ? change.spread : 1;
    shiftText.textContent = isMoved && change.shift ? `median ${measure(study, driver, now)}` : "none";
    spreadText.textContent = `×${Number(spread.value).toFixed(2)}`;
    drawDensity(density, ordered, scale, range, change, isMoved ? current : null);
  };
  slider.addEventListener("input", () => {
    setInput(app.state, driver.name, { fix: tidyNumber(from(low + slider.value / STEPS * (high - low)), driver) });
    show();
    app.changed();
  });
  const move = () => {
    setInput(app.state, driver.name, { shift: Number(shift.value), spread: Number(spread.value) });
    show();
    app.changed();
  };
  shift.addEventListener("input", move);
  spread.addEventListener("input", move);
  release.addEventListener("click", () => { setInput(app.state, driver.name, null); show(); app.changed(); slider.focus(); });
  box.show = show;
  show();
  return box;
};
const releaseButton = (app, driver) => {
  const button = html("button", { type: "button", class: "small", "aria-label": `Release ${driver.label}` }, "Release");
  button.addEventListener("click", () => { if (!button.closest(".driver").show) { setInput(app.state, driver.name, null); app.rebuild(); } });
  return button;
};

const TITLES = { basis: "Basis", commitment: "Commitment", chip: "Chip", precision: "Precision" };
const buildChoices = (study, app, box) => {
  const chosen = study.choices(app.state);
  box.replaceChildren(...study.data.axes.map(axis => {
    const id = "choice-" + axis.key, select = html("select", { id });
    for (const option of axis.options) {
      const reason = option === chosen[axis.key] ? "" : study.refusal(app.state, axis.key, option);
      const name = optionName(axis.key, option) + (option === axis.options[0] ? " (reported)" : "");
      const item = html("option", { value: option, disabled: Boolean(reason), title: reason }, reason ? `${name}: not possible here` : name);
      item.selected = option === chosen[axis.key];
      select.append(item);
    }
    const isIdle = axis.key === "commitment" && chosen.basis !== undefined && chosen.basis !== "rented";
    select.disabled = isIdle;
    select.addEventListener("change", () => { setChoice(study, app.state, axis.key, select.value); app.rebuild("#" + id); });
    return html("div", { class: "choice" }, html("label", { for: id }, TITLES[axis.key]), select, ...(isIdle ? [html("span", { class: "quiet" }, "for rented chips")] : []));
  }));
};

const effectText = toggle => {
  if (toggle.change === null) return "";
  const size = Math.abs(toggle.change), by = size >= 1 ? `×${significant(1 + toggle.change, 2)}` : `${toggle.change < 0 ? "−" : "+"}${percent(size)}`;
  return `${by} alone`;
};
const buildToggles = (study, app, box, kind) => {
  const toggles = study.data.toggles.filter(each => each.kind === kind);
  box.replaceChildren(...toggles.map(toggle => {
    const id = `toggle-${toggle.kind}-${toggle.short}`, isOn = app.state.on.includes(toggle.name);
    const reason = study.obstacle(app.state, toggle);
    const input = html("input", { type: "checkbox", id, disabled: Boolean(reason) && !isOn });
    input.checked = isOn;
    input.addEventListener("change", () => {
      const replaced = setToggle(study, app.state, toggle.name, input.checked);
      if (replaced.length) app.tell(`${replaced.map(name => capital(study.toggles[name].label)).join(" and ")} was switched off: it saves the same cost.`);
      app.rebuild("#" + id);
    });
    const selected = Object.entries(toggle.selects).map(([key, option]) => optionName(key, option)).join(", ");
    const details = [effectText(toggle), toggle.grade && `grade ${toggle.grade}`, selected && `selects ${selected}`].filter(Boolean).join(", ");
    return html("div", { class: "toggle" + (reason ? " off" : "") }, input, html("label", { for: id },
      html("span", { class: "name" }, capital(toggle.label)), " ", html("span", { class: "quiet" }, details),
      html("span", { class: "about" }, reason ? `Not possible here: ${reason}` : toggle.about)));
  }));
  if (!toggles.length) box.replaceChildren(html("p", { class: "quiet" }, study.data.absent[kind]));
};
