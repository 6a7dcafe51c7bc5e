/** One figure beside its peer of the same run. */
export interface Figure {
  name: string;
  /** Events or rows a second, or what `unit` says. */
  ours: number;
  unit: string;
  peer?: { name: string; value: number };
  /** Ours by the peer's, median of the rounds. */
  ratio?: number;
  /** Least and greatest ratio of the rounds. */
  spread?: [number, number];
  target?: { at: 'least' | 'most'; value: number };
  note?: string;
}

export const reached = ({ target, ratio, ours }: Figure): boolean | undefined => {
  if (!target) return undefined;
  const value = ratio ?? ours;
  return target.at === 'least' ? value >= target.value : value <= target.value;
};

const middle = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Of several rounds, each with our time and the peer's (seconds) for the same number of events. */
export function compared(
  name: string,
  events: number,
  peerName: string,
  rounds: readonly { ours: number; peer: number }[],
  target: Figure['target'],
): Figure {
  const ratios = rounds.map(({ ours, peer }) => peer / ours);
  return {
    name,
    unit: 'events/s',
    ours: events / middle(rounds.map(({ ours }) => ours)),
    peer: { name: peerName, value: events / middle(rounds.map(({ peer }) => peer)) },
    ratio: middle(ratios),
    spread: [Math.min(...ratios), Math.max(...ratios)],
    target,
  };
}

const whole = (value: number) => Math.round(value).toLocaleString('en');
const twoPlaces = (value: number) => value.toFixed(2);

/** A table for people, in Markdown. */
export function asTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    `${whole(figure.ours)} ${figure.unit}`,
    figure.peer ? `${whole(figure.peer.value)} (${figure.peer.name})` : '',
    figure.ratio === undefined ? '' : twoPlaces(figure.ratio),
    figure.spread ? figure.spread.map(twoPlaces).join('–') : '',
    figure.target
      ? `${figure.target.at === 'least' ? '≥' : '≤'} ${figure.target.value}: ${reached(figure) ? 'reached' : 'not reached'}`
      : '',
  ]);
  const lines = [
    ['what', 'ours', 'beside', 'ratio', 'spread', 'target'],
    ['---', '---', '---', '---', '---', '---'],
    ...rows,
  ];
  const notes = figures.flatMap(({ name, note }) => (note ? [`- ${name}: ${note}`] : []));
  return [...lines.map((cells) => `| ${cells.join(' | ')} |`), '', ...notes].join('\n');
}

export const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1_000;
};
