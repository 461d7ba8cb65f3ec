// Computation: the columns of the inputs, the steps of a plan, and statistics of the total.

const decodeColumn = (column, size) => {
  const text = atob(column.codes), draws = new Float64Array(size);
  const code = i => text.charCodeAt(2 * i) + 256 * text.charCodeAt(2 * i + 1);
  if (column.scale === "exact") {
    for (let i = 0; i < size; i++) draws[i] = column.values[code(i)];
    return draws;
  }
  const step = (column.high - column.low) / 65535;
  for (let i = 0; i < size; i++) {
    const x = column.low + code(i) * step;
    draws[i] = column.scale === "log" ? Math.exp(x) : x;
  }
  return draws;
};

// A value is a number of draws, or one number for all of them. Its identity is the key under which results are remembered.
const values = (() => {
  let last = 0, age = 0;
  const results = new Map(), free = [];
  const MOST = Math.round(96e6 / 8 / DATA.draws);
  const scalars = new Map();

  const scalar = number => {
    let value = scalars.get(number);
    if (!value) {
      if (scalars.size > 5000) scalars.clear();
      value = { id: ++last, array: Float64Array.of(number), isScalar: true };
      scalars.set(number, value);
    }
    return value;
  };
  const drawn = array => ({ id: ++last, array, isScalar: false });
  const full = value => value.isScalar ? (value.full ??= new Float64Array(DATA.draws).fill(value.array[0])) : value.array;

  const compute = (number, needs) => {
    const key = number + ":" + needs.map(each => each.id).join();
    let value = results.get(key);
    if (!value) {
      const isScalar = needs.every(each => each.isScalar), size = isScalar ? 1 : DATA.draws;
      const array = isScalar ? new Float64Array(1) : free.pop() || new Float64Array(size);
      KERNELS[DATA.steps[number][1]](size, array, ...needs.map(isScalar ? each => each.array : full));
      value = { id: ++last, array, isScalar };
      results.set(key, value);
    }
    value.age = age;
    return value;
  };
  // Forget the results that were not used lately, once there are too many of them.
  const tidy = () => {
    age++;
    if (results.size <= MOST) return;
    const ages = [...results.values()].map(each => each.age).sort((a, b) => a - b);
    const limit = ages[Math.floor(ages.length / 2)];
    for (const [key, value] of results) {
      if (value.age > limit || value.age >= age - 1) continue;
      results.delete(key);
      if (!value.isScalar && free.length < 200) free.push(value.array);
    }
  };
  return { scalar, drawn, full, compute, tidy };
})();

const columnValues = DATA.columns.map(() => null);
const columnOf = place => columnValues[place] ??= values.drawn(decodeColumn(DATA.columns[place], DATA.draws));

const sorted = array => Float64Array.from(array).sort();
const quantile = (ordered, p) => {
  const place = p * (ordered.length - 1), below = Math.floor(place), above = Math.min(below + 1, ordered.length - 1);
  return ordered[below] + (ordered[above] - ordered[below]) * (place - below);
};
const shareWithin = (ordered, amount) => {
  let low = 0, high = ordered.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ordered[middle] <= amount) low = middle + 1; else high = middle;
  }
  return low / ordered.length;
};

const NEAR = 1e-6, logit = x => Math.log(x / (1 - x));
// Scales on which an input is shifted and widened: they keep a positive number positive, a share between 0 and 1, and a factor
// that is 1 or more above 1.
const SCALES = {
  log: { to: Math.log, from: Math.exp },
  logit: { to: x => logit(Math.min(Math.max(x, NEAR), 1 - NEAR)), from: y => 1 / (1 + Math.exp(-y)) },
  excess: { to: x => Math.log(x - 1), from: y => 1 + Math.exp(y) },
  linear: { to: x => x, from: y => y },
};
const sortedColumns = new Map();
const sortedColumn = place => {
  if (!sortedColumns.has(place)) sortedColumns.set(place, sorted(columnOf(place).array));
  return sortedColumns.get(place);
};
const scaleOf = (driver, place) => {
  const ordered = sortedColumn(place), low = ordered[0];
  if (driver.isFraction) return "logit";
  if (driver.isAtLeastOne) return low > 1 ? "excess" : "linear";
  return low > 0 ? "log" : "linear";
};

const changedColumns = new Map();
// Draws that are shifted or widened are in another order, if the command gives the input a prior of its own.
const changed = (place, change, driver, order) => {
  if ("fix" in change) return values.scalar(change.fix);
  const key = `${place},${order},${change.shift},${change.spread}`;
  if (!changedColumns.has(key)) {
    if (changedColumns.size > 60) changedColumns.clear();
    const ordered = sortedColumn(place), { to, from } = SCALES[scaleOf(driver, place)];
    const middle = to(quantile(ordered, 0.5)), half = (to(quantile(ordered, 0.9)) - to(quantile(ordered, 0.1))) / 2;
    const start = middle + change.shift * half;
    const own = order === undefined ? columnOf(place).array : columnOf(order).array.map(rank => ordered[rank]);
    changedColumns.set(key, values.drawn(own.map(x => Math.min(Math.max(from(start + change.spread * (to(x) - middle)), driver.least), driver.most))));
  }
  return changedColumns.get(key);
};

// The total and the lines of a state, draw by draw. A fixed input leaves the draws of all others as they are.
const evaluate = (study, state, override = {}) => {
  const plan = study.planOf(state), found = [];
  for (const [name, value] of plan.constants) found[name] = values.scalar(value);
  // A shock to a quantile of a prior follows the prior.
  for (const [name, input, level] of plan.levels) {
    const change = override[input] || state.inputs[input], place = placeOf(plan, input);
    if (change && place !== undefined) found[name] = values.scalar("fix" in change ? change.fix : quantile(sorted(changed(place, change, study.driver(input)).array), level));
  }
  for (const [name, toggle] of plan.switches) found[name] = values.scalar(state.on.includes(toggle) && !plan.unavailable[toggle] ? 1 : 0);
  const inputOf = plan.inputOf ??= Object.fromEntries(Object.entries(plan.inputs).map(([input, name]) => [name, input]));
  for (const [name, place] of plan.columns) {
    const input = inputOf[name], change = override[input] || state.inputs[input];
    found[name] = change ? changed(place, change, study.driver(input), plan.orders[input]) : columnOf(place);
  }
  // A utilisation that the reader states holds the precision that it was measured in.
  const held = new Map(plan.held.filter(([, , by]) => by.some(each => each in state.inputs && each in plan.inputs)).map(([name, value]) => [name, values.scalar(value)]));
  for (const number of plan.steps) {
    const [name, , ...needs] = DATA.steps[number];
    found[name] = held.get(name) ?? values.compute(number, needs.map(need => found[need]));
  }
  return { plan, total: found[plan.total], lines: plan.lines.map(([label, name]) => [label, found[name]]) };
};

const scaledTotal = (study, result) => {
  const total = values.full(result.total), factors = columnOf(study.data.scale).array, scaled = new Float64Array(DATA.draws);
  for (let i = 0; i < scaled.length; i++) scaled[i] = total[i] * factors[i];
  return scaled;
};

// Statistics of the total of a state, and the mean of each line over the draws in the middle fifth of the total.
const summarize = (study, state) => {
  const result = evaluate(study, state), total = scaledTotal(study, result), ordered = sorted(total);
  const tail = (1 - DATA.interval) / 2;
  const low = quantile(ordered, 0.4), high = quantile(ordered, 0.6), factors = columnOf(study.data.scale).array;
  const middle = [];
  for (let i = 0; i < total.length; i++) if (total[i] >= low && total[i] <= high) middle.push(i);
  const lines = result.lines.map(([label, value]) => {
    const array = values.full(value);
    return [label, middle.reduce((sum, i) => sum + array[i] * factors[i], 0) / middle.length];
  });
  return {
    plan: result.plan, total, ordered, lines,
    p50: quantile(ordered, 0.5), p80: quantile(ordered, 0.8), low: quantile(ordered, tail), high: quantile(ordered, 1 - tail),
  };
};

const expectedOverrun = (ordered, budget) => {
  let sum = 0;
  for (let i = ordered.length - 1; i >= 0 && ordered[i] > budget; i--) sum += ordered[i] - budget;
  return sum / ordered.length;
};

// Standard error of the P80 from the independent replicates that are interleaved in the draws.
const errorOfP80 = total => {
  const count = DATA.replicates, size = total.length / count, each = [];
  for (let r = 0; r < count; r++) {
    const part = new Float64Array(size);
    for (let i = 0; i < size; i++) part[i] = total[i * count + r];
    each.push(quantile(part.sort(), 0.8));
  }
  const mean = each.reduce((a, b) => a + b) / count;
  return Math.sqrt(each.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (count - 1) / count);
};
