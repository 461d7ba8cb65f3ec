// Numbers and names for people, as in all outputs of llmcost.

const SYMBOLS = { USD: "$", EUR: "€", GBP: "£" };

const significant = (value, count = 3) => {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return "-";
  const rounded = Number(value.toPrecision(count)), size = Math.abs(rounded);
  if (size >= 1e12 || size < 1e-4) return value.toExponential(count - 1).replace("e+", "e");
  const places = Math.max(0, count - 1 - Math.floor(Math.log10(size)));
  return rounded.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
};
const compact = (value, count = 3) => {
  const size = Math.abs(Number(value.toPrecision(count)));
  for (const [scale, letter] of [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]]) {
    if (size >= scale && size < 1e16) return significant(value / scale, count) + letter;
  }
  return significant(value, count);
};
const minus = text => text.replace(/^-/, "−");
const money = (study, value) => {
  const symbol = SYMBOLS[study.data.currency], text = compact(Math.abs(value));
  return (value < 0 && text !== "0" ? "−" : "") + (symbol ? symbol + text : `${text} ${study.data.currency}`);
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
