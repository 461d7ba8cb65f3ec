// The reference model in Squiggle. `node squiggle.mjs N [SEED]`, run in the folder where @quri/squiggle-lang was installed.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const where = createRequire(join(process.cwd(), "here.js")).resolve("@quri/squiggle-lang");
const { run, defaultEnvironment } = await import(pathToFileURL(where).href);
const version = JSON.parse(readFileSync(join(where, "../../package.json"), "utf8")).version;

// "a to b" means 90 % in Squiggle, so the laws with 95 % are given by their logarithms.
const code = `
by95(low, high) = lognormal(log(low * high) / 2, log(high / low) / 3.919927969080108)
chipPrice = by95(22k, 40k)
server = 1 + by95(0.4, 0.9)
network = 1 + by95(0.1, 0.4)
life = triangular(3, 4, 6) * 8766
tokens = by95(8T, 16T)
experiments = 1 + by95(0.5, 4)
mfu = beta(20, 30)
power = beta(15, 5)
pue = 1.05 + 0.35 * beta(1 + 4 * 0.10 / 0.35, 1 + 4 * 0.25 / 0.35)
price = by95(0.05, 0.12)
fte = by95(100, 300)
pay = by95(250k, 600k)

hours = 6 * 200B * tokens / (989T * 3600 * mfu) * experiments
hardware = chipPrice * server / life * hours * network
energy = hours * 0.7 * 1.82 * power * pue * price
staff = fte * pay
total = hardware + energy + staff

figures(x) = [mean(x), quantile(x, 0.025), quantile(x, 0.5), quantile(x, 0.8), quantile(x, 0.95), quantile(x, 0.975)]
[
  figures(hardware), figures(energy), figures(staff), figures(total),
  [mean(hardware / total), mean(energy / total), mean(staff / total)]
]
`;

const [draws, seed] = [Number(process.argv[2]), process.argv[3] ?? "0"];
const importSeconds = performance.now() / 1000; // since the process began
const [wall, cpu] = [performance.now(), process.cpuUsage()];
const output = await run(code, { environment: { ...defaultEnvironment, sampleCount: draws, seed } });
const end = output.getEndResult();
if (!end.ok) throw new Error(end.value.toString());
const rows = end.value.asJS();
const seconds = (performance.now() - wall) / 1000;
const spent = process.cpuUsage(cpu);

const lines = ["hardware_cost", "energy_cost", "staff_cost", "total_cost"];
const figures = Object.fromEntries(lines.map((name, i) => [name, rows[i]]));
const shares = Object.fromEntries(lines.map((name, i) => [name, i < 3 ? rows[4][i] : 1]));
console.log(JSON.stringify({
  mean: figures.total_cost[0],
  p95: figures.total_cost[4],
  seconds,
  import_seconds: importSeconds,
  peak_mb: process.resourceUsage().maxRSS / 1024,
  cpu_seconds: (spent.user + spent.system) / 1e6,
  version: `squiggle-lang ${version} (node ${process.versions.node})`,
  figures,
  shares,
}));
