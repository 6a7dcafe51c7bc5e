/** Something of ours beside its peer, measured in turns in one run. */
export interface Figure {
  name: string;
  /** What the numbers are: 'events/s', 'MB'. */
  unit: string;
  /** A number a round. */
  ours: number[];
  /** What it stands beside: 'COPY', 'INSERT, 16 connections'. */
  peer?: string;
  peers?: number[];
  target?: Target;
  /** Where the time goes. */
  profile?: Share[];
}

export interface Target {
  /** Of the quotient ours / peer, or of our own numbers where there is no peer. */
  atLeast?: number;
  atMost?: number;
}

export interface Share {
  part: string;
  /** Milliseconds, of all rounds together. */
  milliseconds: number;
  /** Of `milliseconds` of the whole; parts that go on at the same time add up to more than 1. */
  share: number;
}

/** A figure as `--json` tells it. */
export interface Result extends Figure {
  median: number;
  /** Medians divided; of each round, with its own peer, in `ratios`. */
  ratio?: number;
  ratios?: number[];
  reached?: boolean;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

const rounded = (value: number, digits: number) => Math.round(value * 10 ** digits) / 10 ** digits;

/** The figure with what follows from it. A round is divided by the peer of the same round: what disturbs one disturbs both. */
export function resultOf(figure: Figure): Result {
  const { ours, peers, target } = figure;
  const ratios = peers?.map((peer, round) => rounded(ours[round]! / peer, 3));
  const ratio = ratios && rounded(median(ratios), 2);
  const judged = ratio ?? median(ours);
  return {
    ...figure,
    ours: ours.map(Math.round),
    peers: peers?.map(Math.round),
    median: Math.round(median(ours)),
    ratio,
    ratios,
    reached: target && judged >= (target.atLeast ?? -Infinity) && judged <= (target.atMost ?? Infinity),
  };
}
