// Numbers and names for people, as in all outputs of llmcost.

const SYMBOLS = { USD: "$", EUR: "€", GBP: "£" };

const LETTERS = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]];

// To significant digits, a tie to the even one, as Python rounds.
const roundTo = (value, count) => {
  const [mantissa, power] = value.toExponential(25).split("e"), end = mantissa.indexOf(".") + count;
  const isEvenTie = /^50*$/.test(mantissa.slice(end)) && mantissa[end - 1] % 2 === 0;
  return Number(isEvenTie ? `${mantissa.slice(0, end)}e${power}` : value.toPrecision(count));
};
const significant = (value, count = 3) => {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return "-";
  const rounded = roundTo(value, count), size = Math.abs(rounded);
  if (size >= 1e12 || size < 1e-4) return rounded.toExponential(count - 1).replace("e+", "e");
  const places = Math.max(0, count - 1 - Math.floor(Math.log10(size)));
  return rounded.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
};
const compact = (value, count = 3) => {
  const size = Math.abs(roundTo(value, count));
  for (const [scale, letter] of LETTERS) {
    if (size >= scale && size < 1e16) return significant(value / scale, count) + letter;
  }
  return significant(value, count);
};
// A known amount, with all its digits; above 14 of them it has six.
const exact = value => {
  if (value === 0 || !Number.isFinite(value)) return significant(value);
  const whole = Number(value.toPrecision(15)), isLong = whole.toExponential().replace(/e.*|\D/g, "").length > 14;
  const number = isLong ? roundTo(value, 6) : whole, size = Math.abs(number), plain = each => each.toLocaleString("en-US", { maximumFractionDigits: 20 });
  if (size < 1e-4 || size >= 1e16) return number.toExponential().replace("e+", "e");
  for (const [scale, letter] of LETTERS.slice(0, 3)) {
    const scaled = Number((number / scale).toPrecision(15)), decimals = (String(scaled).split(".")[1] || "").length;
    if (size >= scale && decimals <= (isLong ? 5 : 3)) return plain(scaled) + letter;
  }
  return plain(number);
};
const minus = text => text.replace(/^-/, "−");
const withCurrency = (currency, value, text) => (value < 0 && text !== "0" ? "−" : "") + (SYMBOLS[currency] || `${currency} `) + text;
const money = (study, value) => withCurrency(study.data.currency, value, compact(Math.abs(value)));
const exactMoney = (study, value) => withCurrency(study.data.currency, value, exact(Math.abs(value)));
// A budget that somebody gives is known; without one it is the P80, which is uncertain.
const budgetMoney = (study, state, budget) => (state.budget === null && !study.data.hasBudget ? money : exactMoney)(study, budget);
// A round amount on an axis.
const axisMoney = (study, value) => {
  const size = Math.abs(value), [scale, letter] = LETTERS.find(([each]) => size >= 0.9999995 * each) || [1, ""];
  return withCurrency(study.data.currency, value, String(Number((size / scale).toPrecision(6))) + letter);
};
const signedMoney = (study, value) => (value > 0 ? "+" : "") + money(study, value);
const percent = share => {
  if (share > 0.99 && share < 1) return (Math.floor(1000 * share) / 10).toFixed(1) + "%";
  return Math.abs(share) < 0.0995 ? significant(100 * share, 2) + "%" : (100 * share).toFixed(0) + "%";
};
// A share of cases out of 100, never rounded to all or none of them.
const cases = share => share <= 0 ? "none" : share >= 1 ? "all" : share < 0.01 ? "fewer than 1" : share > 0.99 ? "more than 99" : (100 * share).toFixed(0);
const measure = (study, driver, value) => {
  if (driver.unit === study.data.currency) return money(study, value);
  const number = value * driver.factor;
  return minus(Math.abs(number) >= 1e6 ? compact(number) : significant(number)) + (driver.unit ? " " + driver.unit : "");
};
const measureInterval = (study, driver, low, high) => {
  const end = measure(study, driver, high), unit = driver.unit === study.data.currency ? "" : " " + driver.unit, first = measure(study, driver, low);
  return `${unit.trim() && first.endsWith(unit) ? first.slice(0, -unit.length) : first} to ${end}`;
};
const words = text => text.replaceAll("-", " ").replace(/\bfp8\b/, "FP8").replace(/\bbf16\b/, "BF16");
const chipName = text => text.replace(/^(nvidia|amd|google|amazon|intel|huawei)-/, (_, vendor) => ({ nvidia: "NVIDIA", amd: "AMD" }[vendor] || vendor[0].toUpperCase() + vendor.slice(1)) + " ")
  .replace(/ (.*)$/, (_, rest) => " " + rest.toUpperCase().replaceAll("-", " "));
const optionName = (key, option) => key === "chip" ? chipName(option) : words(option);
const capital = text => text.charAt(0).toUpperCase() + text.slice(1);
const GRADES = { A: "primary source, or several that agree", B: "one credible source, or a clear derivation",
  C: "secondary source, vendor's claim or expert judgement", D: "assumption: a wide range without evidence", "-": "assumption without a source" };
