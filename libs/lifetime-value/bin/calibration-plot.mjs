#!/usr/bin/env node
// perennial value fit … --holdout … --json | node calibration-plot.mjs > plot.svg
// Draws, for tenths of the customers from the least to the most promising, what was predicted beside what happened.
import { text } from 'node:stream/consumers';

const { holdout } = JSON.parse(await text(process.stdin));
const model = holdout.models.find(({ name }) => name === holdout.chosen);
const panels = [
  { title: `Orders in ${holdout.horizonDays} days, mean of each tenth`, tenths: model.calibration },
  { title: `Share with an order in ${holdout.horizonDays} days`, tenths: model.activeCalibration },
];
const [width, height, left, top, plot] = [380, 260, 44, 46, 150];
const colours = { predicted: '#1b6ca8', actual: '#d1495b' };

const bars = ({ tenths }) => {
  const most = Math.max(...tenths.flatMap(({ predicted, actual }) => [predicted, actual]));
  const step = (width - left - 10) / tenths.length;
  return tenths
    .flatMap((tenth, index) =>
      Object.entries(colours).map(([name, colour], which) => {
        const size = (tenth[name] / most) * plot;
        const x = left + index * step + 3 + which * (step / 2 - 3);
        return `<rect x="${x.toFixed(1)}" y="${(top + plot - size).toFixed(1)}" width="${(step / 2 - 4).toFixed(1)}" height="${size.toFixed(1)}" fill="${colour}"/>`;
      }),
    )
    .concat(
      tenths.map((_, index) => label(left + (index + 0.5) * step - 2, top + plot + 16, index + 1)),
      [0, 0.5, 1].map((part) => label(left - 18, top + plot * (1 - part) + 4, (most * part).toFixed(2))),
    )
    .join('\n');
};
const label = (x, y, words, more = 'text-anchor="middle"') =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${words}</text>`;

const drawn = panels.map(
  (panel, index) => `<g transform="translate(${index * width} 0)">
${label(left, 22, panel.title, 'font-weight="bold"')}
<path d="M${left} ${top}V${top + plot}H${width - 10}" fill="none" stroke="#888"/>
${bars(panel)}
${label(left + (width - left) / 2, top + plot + 34, 'tenths of the customers, the most promising last')}
</g>`,
);
const legend = Object.entries(colours).map(
  ([name, colour], index) =>
    `<rect x="${left + index * 130}" y="${height - 20}" width="10" height="10" fill="${colour}"/>${label(left + 16 + index * 130, height - 11, name === 'predicted' ? `predicted (${model.name})` : 'what happened', '')}`,
);
process.stdout
  .write(`<svg xmlns="http://www.w3.org/2000/svg" width="${2 * width}" height="${height}" viewBox="0 0 ${2 * width} ${height}" font-family="sans-serif" font-size="11" fill="#222" role="img">
<title>Calibration of ${model.name} in the ${holdout.horizonDays} days until ${holdout.until}</title>
<rect width="100%" height="100%" fill="#fff"/>
${[...drawn, ...legend].join('\n')}
</svg>
`);
