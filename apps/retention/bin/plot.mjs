#!/usr/bin/env node
// curl -s '…/api/retention/equity/change?from=…&to=…' | node plot.mjs > plot.svg      how customer equity changed
// curl -s '…/api/retention/survival?of=second-order'   | node plot.mjs > plot.svg      who has come back by when
import { text } from 'node:stream/consumers';

const [width, height, left, top, bottom] = [760, 280, 70, 40, 40];
const plot = { width: width - left - 20, height: height - top - bottom };
const colours = { line: '#1b6ca8', more: '#3c8d5a', less: '#d1495b', band: '#1b6ca833', axis: '#888' };
const place = (number) => number.toFixed(1);
const label = (x, y, words, anchor = 'middle') =>
  `<text x="${place(x)}" y="${place(y)}" text-anchor="${anchor}">${words}</text>`;

/** Labels at the left, from 0 to the most. */
const scale = (most, say) =>
  [0, 0.25, 0.5, 0.75, 1].map((part) =>
    label(left - 8, top + plot.height * (1 - part) + 4, say(most * part), 'end'),
  );

const STEPS = ['start', 'won', 'grown', 'shrunk', 'lost', 'reestimated', 'end'];

function equityChange(change) {
  let height = 0;
  const bars = STEPS.map((name) => {
    const amount = Number(change[name].amount);
    const from = name === 'start' || name === 'end' ? 0 : height;
    height = from + amount;
    return { name, amount, from, to: height };
  });
  const most = Math.max(...bars.flatMap(({ from, to }) => [from, to]));
  const step = plot.width / bars.length;
  const y = (value) => top + plot.height * (1 - value / most);
  const thousands = (amount) => `${(amount / 1_000).toFixed(0)}k`;
  return {
    title: `Customer equity from ${change.from} to ${change.to}, ${change.currency}`,
    drawn: [
      ...scale(most, thousands),
      ...bars.flatMap(({ name, amount, from, to }, index) => {
        const colour =
          name === 'start' || name === 'end' ? colours.line : amount < 0 ? colours.less : colours.more;
        const high = y(Math.max(from, to));
        const x = left + index * step + 8;
        return [
          `<rect x="${place(x)}" y="${place(high)}" width="${place(step - 16)}" height="${place(Math.max(1, y(Math.min(from, to)) - high))}" fill="${colour}"/>`,
          label(x + step / 2 - 8, high - 5, thousands(amount)),
          label(x + step / 2 - 8, top + plot.height + 16, name === 'reestimated' ? 're-estimated' : name),
        ];
      }),
    ],
  };
}

function survival({ of, asOf, curves: [curve] }) {
  const steps = [{ time: 0, survival: 1, lower: 1, upper: 1 }, ...curve.steps];
  const last = steps.at(-1).time;
  const x = (time) => left + (plot.width * time) / last;
  const y = (value) => top + plot.height * (1 - value);
  const stairs = (field) =>
    steps.map((step, index) => {
      const before = steps[index - 1];
      return `${before ? `L${place(x(step.time))} ${place(y(before[field]))}` : 'M'}${before ? 'L' : ''}${place(x(step.time))} ${place(y(step[field]))}`;
    });
  const backwards = [...steps].reverse().map((step) => `L${place(x(step.time))} ${place(y(step.lower))}`);
  return {
    title: `${of}: share of ${curve.observed.toLocaleString('en')} that it had not come to, by days; Kaplan and Meier, as of ${asOf}`,
    drawn: [
      ...scale(1, (part) => `${Math.round(100 * part)} %`),
      ...[0, 0.25, 0.5, 0.75, 1].map((part) =>
        label(left + plot.width * part, top + plot.height + 16, Math.round(last * part)),
      ),
      `<path d="${stairs('upper').join('')}${backwards.join('')}Z" fill="${colours.band}"/>`,
      `<path d="${stairs('survival').join('')}" fill="none" stroke="${colours.line}" stroke-width="1.5"/>`,
    ],
  };
}

/** Refuses what it can't draw: an answer that is an error, or of another route. */
function refuse(why) {
  process.stderr.write(
    `plot: ${why}. Give it what /api/retention/equity/change or /api/retention/survival answers.\n`,
  );
  process.exit(2);
}

function parsed(json) {
  try {
    return JSON.parse(json);
  } catch {
    return refuse('what was given is not JSON');
  }
}

function drawingOf(answer) {
  if (answer?.curves)
    return answer.curves[0]?.steps.length ? survival(answer) : refuse('there is no curve in it');
  if (STEPS.every((name) => answer?.[name]?.amount !== undefined)) return equityChange(answer);
  return refuse(answer?.detail ?? answer?.title ?? 'it is the answer of another route');
}

const { title, drawn } = drawingOf(parsed(await text(process.stdin)));
process.stdout
  .write(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11" fill="#222" role="img">
<title>${title}</title>
<rect width="100%" height="100%" fill="#fff"/>
${label(left, 22, title, 'start')}
<path d="M${left} ${top}V${top + plot.height}H${width - 20}" fill="none" stroke="${colours.axis}"/>
${drawn.join('\n')}
</svg>
`);
