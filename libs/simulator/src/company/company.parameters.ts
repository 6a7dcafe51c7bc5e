/**
 * Fernwood, the sample company: a shop for home and garden with a web site, stores and a telephone.
 * Every rate of the simulation stands here. Probabilities are from 0 to 1, times in days unless named otherwise.
 */

/** How people come to know the company. `conversion`: how many of them ever buy. */
export interface Origin {
  /** Share of all who come. */
  share: number;
  conversion: number;
  /** Times the usual probability of dropping out: below 1 is loyal. */
  dropout: number;
  /** Where these people buy first. */
  home: Readonly<Record<SalesChannel, number>>;
  referrers?: readonly string[];
  campaign?: { name: string; source: string; medium: string };
}

export type SalesChannel = 'web' | 'store' | 'phone';

const onTheWeb = { web: 1, store: 0, phone: 0 };

export const origins = {
  search: {
    share: 28,
    conversion: 0.52,
    dropout: 1,
    home: onTheWeb,
    referrers: ['www.finder.example', 'search.example'],
  },
  advertising: {
    share: 18,
    conversion: 0.38,
    dropout: 1.35,
    home: onTheWeb,
    referrers: ['www.finder.example'],
    campaign: { name: 'home-and-garden', source: 'finder', medium: 'cpc' },
  },
  social: {
    share: 14,
    conversion: 0.27,
    dropout: 1.5,
    home: onTheWeb,
    referrers: ['photos.example', 'friends.example'],
    campaign: { name: 'look-book', source: 'photos', medium: 'social' },
  },
  partner: {
    share: 9,
    conversion: 0.61,
    dropout: 0.8,
    home: onTheWeb,
    referrers: ['slow-kitchen.example', 'balcony-garden.example', 'good-bread.example'],
    campaign: { name: 'partners', source: 'slow-kitchen', medium: 'referral' },
  },
  email: {
    share: 5,
    conversion: 0.72,
    dropout: 0.85,
    home: onTheWeb,
    campaign: { name: 'tell-a-friend', source: 'newsletter', medium: 'email' },
  },
  web: { share: 11, conversion: 0.6, dropout: 0.75, home: { web: 0.9, store: 0.1, phone: 0 } },
  store: { share: 12, conversion: 1, dropout: 0.9, home: { web: 0, store: 1, phone: 0 } },
  phone: { share: 3, conversion: 1, dropout: 0.7, home: { web: 0, store: 0, phone: 1 } },
} as const satisfies Record<string, Origin>;

export type OriginName = keyof typeof origins;

/** Buying follows the BG/NBD model (Fader, Hardie, Lee 2005), spending a gamma-gamma model. */
export const buying = {
  /** Orders a year while alive: gamma over the customers. */
  ratePerYear: { shape: 0.95, mean: 4.4 },
  /** Dropping out after an order: beta over the customers. */
  dropout: { a: 0.9, b: 3.9 },
  /** A late or lost parcel makes dropping out so much more probable. */
  disappointment: 0.15,
  /** A basket's worth in EUR: gamma around the customer's mean, which is a gamma over the customers. */
  basket: { shape: 2.2, mean: 58, customers: 5 },
  /** Another than the usual sales channel. */
  elsewhere: 0.14,
  maxLines: 12,
  /** Of the lines: things that the customer has bought before and used up. */
  refills: 0.35,
  freeShippingFrom: 6000,
  shipping: 490,
  businesses: 0.06,
  businessQuantity: 4,
};

/** What the whole company sells by month, January first; 1 is an average month. */
export const months = [0.85, 0.8, 0.95, 1.03, 1.05, 0.95, 0.86, 0.82, 0.95, 1.02, 1.25, 1.47];

/** How many come on a day at the end of the period for one at its beginning. */
export const growth = 1.9;

/** Every year; first and last day as month and day. Those who agreed to mails hear of it. */
export const campaigns = [
  { name: 'spring', code: 'SPRING10', first: '03-20', last: '04-08', discount: 0.1, boost: 1.5 },
  { name: 'summer-sale', code: 'SUMMER15', first: '07-01', last: '07-18', discount: 0.15, boost: 1.8 },
  { name: 'black-week', code: 'BLACK20', first: '11-21', last: '11-29', discount: 0.2, boost: 2.6 },
  { name: 'advent', code: 'ADVENT10', first: '12-01', last: '12-14', discount: 0.1, boost: 1.4 },
] as const;

/** Of those who buy on the web during a campaign that they heard of. */
export const couponUse = 0.45;

/** Groups of taste: categories that each likes so many times more. */
export const tastes: readonly { share: number; likes: Readonly<Record<string, number>> }[] = [
  { share: 22, likes: { 'Kitchen / Coffee': 5, 'Kitchen / Cooking': 2, 'Home office': 1.5 } },
  { share: 20, likes: { 'Garden / Beds': 6, 'Garden / Balcony': 5, 'Outdoor / Camping': 1.5 } },
  { share: 16, likes: { Children: 7, 'Kitchen / Baking': 3, 'Living / Cleaning': 2 } },
  { share: 16, likes: { 'Living / Table': 4, 'Living / Light': 3, 'Kitchen / Cooking': 3 } },
  { share: 12, likes: { 'Living / Bath': 4, 'Living / Bedroom': 5, 'Kitchen / Tea': 4 } },
  { share: 8, likes: { Pets: 12, 'Outdoor / Camping': 3 } },
  { share: 6, likes: { 'Home office': 10, 'Kitchen / Coffee': 3 } },
];
/** How far a customer's own taste may lie from the group's: shape of a gamma, small is far. */
export const ownTaste = 0.8;

export const browsing = {
  /** Visits to the web site before the first order, and between two orders. */
  visitsBefore: 0.9,
  visitsBetween: 1.0,
  /** Visits of those who never buy. */
  visitsOfStrangers: 1.5,
  productsPerVisit: 1.8,
  searches: 0.4,
  lists: 0.5,
  wishes: 0.06,
  /** Of the visits without an order: something was put into the cart. */
  abandonedCarts: 0.16,
  removed: 0.08,
};

export const identity = {
  /** Of those who order on the web: open an account. The others order as guests, with their e-mail address. */
  accounts: 0.72,
  /** Of the guests, at a later order. */
  guestsLater: 0.3,
  secondDevice: 0.35,
  /** A later visit begins under the account, without a login. */
  staysLoggedIn: 0.6,
  /** Visits without an order during which somebody with an account logs in. */
  logsIn: 0.25,
  /** Of those who buy in a store. The others stay unknown. */
  cards: 0.8,
  /** Of the cards whose owner has an account: entered there. */
  cardsLinked: 0.7,
  /** The newsletter knows the address before the shop knows that it is the account's. */
  newsletters: 0.3,
  consent: 0.58,
  withdrawn: 0.06,
  /** Links between strangers, each taken back after some days. */
  wrongLinks: 3,
};

export const fulfilment = {
  updated: 0.025,
  cancelled: 0.03,
  dispatchedAfter: [0.3, 1.6],
  /** From placing to the promised day. */
  promised: 7,
  onTheWay: [0.8, 2.6],
  late: 0.07,
  lateBy: [0.5, 5],
  failedOnce: 0.025,
  lost: 0.006,
  carriers: ['Parcel Post', 'Green Wheels'],
  returned: 0.075,
  returnedInStore: 0.03,
  returnedAfter: [4, 21],
  reviewed: 0.09,
  reviewedAfter: [3, 14],
  /** Asking where the parcel is; asking anything else. */
  asksWhenLate: 0.35,
  asks: 0.02,
} as const;

/** Hours of the day (UTC) in which people do it, with weights; a store is closed on Sunday, so is the telephone. */
export const hours: Readonly<
  Record<SalesChannel, { first: number; weights: readonly number[]; sunday: number }>
> = {
  web: { first: 6, weights: [1, 2, 3, 3, 3, 3, 4, 4, 3, 3, 3, 4, 5, 7, 8, 8, 6, 3], sunday: 1.2 },
  store: { first: 9, weights: [2, 4, 5, 4, 3, 3, 4, 6, 7, 5], sunday: 0 },
  phone: { first: 8, weights: [4, 6, 6, 4, 2, 3, 4, 4, 3], sunday: 0 },
};

/** Price rise in the middle of the period, and how many products it concerns. */
export const priceRise = { share: 0.2, factor: 1.06 };

/** What only the accounts know. */
export const books = {
  dollarsForEuro: 1.08,
  /** Standard deviation of a month's change. */
  monthlyMove: 0.018,
  /** What a product costs, as a share of its price. */
  costShare: [0.38, 0.7],
  /** Of the products: bought in dollars. */
  imported: 0.2,
  /** Of the products: dearer from some part of the period on. */
  costRise: { share: 0.3, at: 0.6, factor: 1.08 },
} as const;

export interface Club {
  plan: string;
  /** In cents, for one period. */
  price: number;
  months: number;
}

export const clubs = {
  /** Of those who open an account. */
  joined: 0.07,
  joinsAfter: 60,
  offered: [
    { plan: 'coffee-club', price: 1490, months: 1 },
    { plan: 'seed-box', price: 3900, months: 3 },
  ] satisfies Club[],
  /** Probability of leaving at the end of a period: beta over the members. */
  leaving: { a: 0.7, b: 4.2 },
  unpaid: 0.15,
  reasons: ['too-expensive', 'too-much', 'moving'],
};

export const survey = {
  /** Of those who open an account. */
  share: 0.12,
  /** Of them: said so themselves. */
  declared: 0.7,
  /** What is spent in a year in one top-level category, in EUR: gamma. */
  spend: { shape: 2.5, mean: 620 },
  confidence: { declared: [0.6, 0.9], estimated: [0.3, 0.5] },
  after: [20, 200],
} as const;
