import { Random } from '../chance/random.js';
import { assortment } from '../company/assortment.js';
import {
  buying,
  identity,
  origins,
  ownTaste,
  tastes,
  type Origin,
  type OriginName,
  type SalesChannel,
} from '../company/company.parameters.js';
import { countries, familyNames, givenNames, languages } from '../company/names.js';

export interface Device {
  /** `anonymous:…` */
  subject: string;
  /** The account or address under which its owner was recognised. */
  linkedTo?: string;
}

/** Somebody who may buy, with what only the simulation knows: rate, dropout, taste. */
export interface Customer {
  random: Random;
  origin: OriginName;
  givenName: string;
  familyName: string;
  country: keyof typeof countries;
  language: string;
  email: string;
  business: boolean;
  /** Where this customer usually buys. */
  home: SalesChannel;
  /** Orders a year. */
  rate: number;
  /** Probability of dropping out after an order. */
  dropout: number;
  /** Mean worth of a basket, in cents. */
  basket: number;
  /** Weight by category. */
  taste: readonly number[];
  devices: readonly Device[];
  /** Subjects under which the company knows the customer. */
  user?: string;
  guest?: string;
  card?: string;
  /** A card that is not entered in the account, though there is one. */
  cardLinked: boolean;
  takesCard: boolean;
  opensAccount: boolean;
  hearsOfCampaigns: boolean;
  /** Lasting products that need not be bought again. */
  owned: Set<string>;
  /** Products that were bought and will be used up. */
  refills: string[];
}

export type Kind = 'buyer' | 'stranger';

/** The customer of a number; the same seed, kind and number give the same one. */
export function customerOf(seed: string, label: string, kind: Kind, number: number): Customer {
  const random = new Random(`${seed}/${kind}/${number}`);
  const origin = originOf(kind, random);
  const home = random.oneOf<SalesChannel>((origins[origin] as Origin).home);
  const givenName = random.pick(givenNames);
  const familyName = random.pick(familyNames);
  const country = random.oneOf(countries);
  const { ratePerYear, dropout, basket, businesses } = buying;
  return {
    random,
    origin,
    home,
    givenName,
    familyName,
    country,
    language: languages[country],
    email: `${plain(givenName)}.${plain(familyName)}.${number}.${label}@example.org`,
    business: kind === 'buyer' && random.chance(businesses),
    rate: random.gamma(ratePerYear.shape, ratePerYear.mean),
    dropout: Math.min(1, random.beta(dropout.a, dropout.b) * origins[origin].dropout),
    basket: random.gamma(basket.customers, basket.mean * 100),
    taste: tasteOf(random),
    devices: devicesOf(random),
    cardLinked: false,
    takesCard: random.chance(identity.cards),
    opensAccount: random.chance(identity.accounts),
    hearsOfCampaigns: false,
    owned: new Set(),
    refills: [],
  };
}

const names = Object.keys(origins) as OriginName[];
const weights: Readonly<Record<Kind, readonly number[]>> = {
  buyer: names.map((name) => origins[name].share * origins[name].conversion),
  stranger: names.map((name) => origins[name].share * (1 - origins[name].conversion)),
};

/** How many never buy for one who does. */
export const strangersPerBuyer: number =
  weights.stranger.reduce((sum, weight) => sum + weight, 0) /
  weights.buyer.reduce((sum, weight) => sum + weight, 0);

const originOf = (kind: Kind, random: Random) => names[random.weighted(weights[kind])]!;

const shares = tastes.map(({ share }) => share);

function tasteOf(random: Random): number[] {
  const { likes } = tastes[random.weighted(shares)]!;
  return assortment.map(({ name, weight }) => weight * (likes[name] ?? 1) * random.gamma(ownTaste, 1));
}

function devicesOf(random: Random): Device[] {
  const count = random.chance(identity.secondDevice) ? 2 : 1;
  return Array.from({ length: count }, () => ({ subject: `anonymous:${random.hex(16)}` }));
}

const plain = (name: string) => name.toLowerCase().replace('ü', 'ue');
