// State: what the reader changed, in order, and its form in the address.

const emptyState = number => ({ study: number, budget: null, choices: {}, on: [], inputs: {}, order: [], ignored: [] });

class Study {
  constructor(data, number) {
    this.data = data;
    this.plans = Object.fromEntries(Object.entries(data.plans).map(([key, plan]) => [key, Object.fromEntries(Object.entries(plan).map(([name, part]) => [name, data.parts[part]]))]));
    this.number = number;
    this.byName = Object.fromEntries(data.drivers.map(each => [each.name, each]));
    this.toggles = Object.fromEntries(data.toggles.map(each => [each.name, each]));
    this.own = Object.fromEntries(data.axes.map(axis => [axis.key, axis.options[0]]));
  }
  driver(input) { return this.byName[input]; }

  // The choices in force: those of the reader, and those that levers select.
  choices(state) {
    const chosen = { ...this.own, ...state.choices };
    for (const name of state.on) Object.assign(chosen, this.toggles[name].selects);
    if ("basis" in chosen && "commitment" in chosen && chosen.basis !== "rented") chosen.commitment = this.own.commitment;
    return chosen;
  }
  keyOf(chosen) {
    return this.data.axes.filter(axis => chosen[axis.key] !== axis.options[0]).map(axis => `${axis.key}=${chosen[axis.key]}`).join(";");
  }
  planOf(state) { return this.plans[this.keyOf(this.choices(state))] || this.plans[""]; }

  // Why an option cannot be chosen now, or an empty text.
  refusal(state, key, option) {
    const chosen = { ...this.choices(state), [key]: option };
    if (key === "commitment" && chosen.basis !== undefined && chosen.basis !== "rented") return "applies to rented chips";
    if (chosen.basis !== undefined && chosen.basis !== "rented" && "commitment" in chosen) chosen.commitment = this.own.commitment;
    const name = this.keyOf(chosen);
    return this.plans[name] ? "" : this.data.refusals[name] || "cannot be combined with the other choices";
  }
  // Why a shock or lever cannot be switched on now, or an empty text.
  obstacle(state, toggle) {
    const trial = { ...state, on: [...state.on.filter(name => name !== toggle.name), toggle.name] };
    const chosen = this.choices(trial), key = this.keyOf(chosen), plan = this.plans[key];
    if (!plan) return this.data.refusals[key] || "cannot be combined with the other choices";
    return plan.unavailable[toggle.name] || "";
  }
}

const changesOf = state => state.order.length;

// The state after the first changes only.
const prefix = (state, count) => {
  const kept = state.order.slice(0, count), part = { ...state, choices: {}, on: [], inputs: {}, order: kept };
  for (const change of kept) {
    const [kind, name] = split(change);
    if (kind === "choice") part.choices[name] = state.choices[name];
    if (kind === "toggle") part.on.push(name);
    if (kind === "input") part.inputs[name] = state.inputs[name];
  }
  return part;
};
const split = change => { const place = change.indexOf(":"); return [change.slice(0, place), change.slice(place + 1)]; };
const note = (state, change) => { if (!state.order.includes(change)) state.order.push(change); };
const forget = (state, change) => { state.order = state.order.filter(each => each !== change); };

const setChoice = (study, state, key, option) => {
  for (const name of [...state.on]) if (key in study.toggles[name].selects && study.toggles[name].selects[key] !== option) setToggle(study, state, name, false);
  const isSelected = state.on.some(name => study.toggles[name].selects[key] === option);
  if (option === study.own[key] || isSelected) { delete state.choices[key]; forget(state, "choice:" + key); }
  else { state.choices[key] = option; note(state, "choice:" + key); }
  if (key === "basis" && option !== "rented" && state.choices.commitment) { delete state.choices.commitment; forget(state, "choice:commitment"); }
};
// Switch a shock or lever; returns the levers that were switched off because they save the same cost.
const setToggle = (study, state, name, isOn) => {
  const replaced = [];
  state.on = state.on.filter(each => each !== name);
  forget(state, "toggle:" + name);
  if (isOn) {
    const toggle = study.toggles[name];
    for (const other of [...state.on]) {
      if (study.toggles[other].groups.some(group => toggle.groups.includes(group))) { setToggle(study, state, other, false); replaced.push(other); }
    }
    for (const key of Object.keys(toggle.selects)) if (key in state.choices) setChoice(study, state, key, study.own[key]);
    state.on.push(name);
    note(state, "toggle:" + name);
  }
  return replaced;
};
const setInput = (state, input, change) => {
  if (!change || (change.shift === 0 && change.spread === 1)) { delete state.inputs[input]; forget(state, "input:" + input); }
  else { state.inputs[input] = change; note(state, "input:" + input); }
};

// The address keeps the changes in their order, as in #budget=3e7&basis=rented&on=shock/tokens-doubled&fix.mfu=0.4.
const toFragment = state => {
  const parts = new URLSearchParams();
  if (state.study) parts.append("scenario", state.study + 1);
  if (state.budget !== null) parts.append("budget", Number(state.budget.toPrecision(4)));
  for (const change of state.order) {
    const [kind, name] = split(change), input = state.inputs[name];
    if (kind === "choice") parts.append(name, state.choices[name]);
    else if (kind === "toggle") parts.append("on", name);
    else if ("fix" in input) parts.append("fix." + name, input.fix);
    else parts.append("move." + name, `${input.shift},${input.spread}`);
  }
  return parts.toString().replaceAll("%2F", "/").replaceAll("+", "%20");
};
// The state of an address; `ignored` says of each part that is not in force why.
const fromFragment = (studies, text) => {
  const parts = [...new URLSearchParams(text.replaceAll("+", "%2B"))], asked = parts.find(([key]) => key === "scenario")?.[1];
  const number = Number(asked ?? 1), isThere = Number.isInteger(number) && number >= 1 && number <= studies.length;
  const state = emptyState(isThere ? number - 1 : 0), study = studies[state.study], reasons = new Map();
  if (!isThere) reasons.set("scenario", `this page has the scenarios 1 to ${studies.length}`);
  const apply = ([key, value]) => {
    const reason = key === "scenario" ? "" : applyPart(study, state, key, value);
    if (reason) reasons.set(`${key}=${value}`, reason); else reasons.delete(`${key}=${value}`);
    return reason;
  };
  parts.filter(apply).forEach(apply);  // what a later part makes possible, such as a commitment before its basis
  state.ignored = parts.flatMap(([key, value]) => {
    const reason = reasons.get(key === "scenario" ? key : `${key}=${value}`) || overruled(study, state, key, value);
    return reason ? [`${key}=${value}: ${reason}`] : [];
  });
  return state;
};
// Apply a part of an address; returns why it cannot be, or an empty text.
const applyPart = (study, state, key, value) => {
  const [, way, input] = /^(fix|move)\.(.*)$/.exec(key) || [];
  if (way) return applyInput(study, state, way, input, value.split(","));
  if (key === "budget") {
    if (!isNumber(value) || Number(value) <= 0) return "a budget is a number above 0";
    state.budget = Number(value);
    return "";
  }
  if (key === "on") {
    const toggle = study.toggles[value];
    const reason = toggle ? study.obstacle(state, toggle) : "no shock or lever of this page";
    if (!reason) setToggle(study, state, value, true);
    return reason;
  }
  const axis = study.data.axes.find(each => each.key === key);
  if (!axis) return "no control of this page";
  const reason = axis.options.includes(value) ? study.refusal(state, key, value) : `this page has ${axis.options.join(", ")}`;
  if (!reason) setChoice(study, state, key, value);
  return reason;
};
const isNumber = text => text !== undefined && text !== "" && Number.isFinite(Number(text));
const applyInput = (study, state, way, input, texts) => {
  const driver = study.driver(input), numbers = texts.map(Number);
  if (!driver) return study.data.behind.includes(input) ? "this page cannot compute what depends on it; use llmcost run --set" : "no slider of this page";
  if (!texts.every(isNumber) || texts.length !== (way === "fix" ? 1 : 2)) return way === "fix" ? "needs a number" : "needs a shift and a width";
  if (way === "move") {
    if (numbers[1] <= 0) return "needs a width above 0";
    setInput(state, input, { shift: numbers[0], spread: numbers[1] });
    return "";
  }
  const value = driver.isWhole ? Math.max(Math.round(numbers[0]), 1) : numbers[0];
  if (value < driver.least || value > driver.most) return "outside of what this input can be";
  setInput(state, input, { fix: value });
  return "";
};
// Why a part of an address that was applied is not in force, or an empty text.
const overruled = (study, state, key, value) => {
  if (key === "on" && !state.on.includes(value)) return "a later part of the address replaces it";
  if (key in study.own && study.choices(state)[key] !== value) return "a later part of the address replaces it";
  return "";
};
