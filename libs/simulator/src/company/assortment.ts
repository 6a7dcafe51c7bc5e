/** How a product is bought: once for years, again when it is used up, or several pieces at a time. */
export type Use = 'lasting' | 'used-up' | 'in-pieces';

export interface Product {
  sku: string;
  name: string;
  category: string;
  /** In cents. */
  price: number;
  use: Use;
  /** Part of the period after which it is on sale; absent: from the beginning. */
  comesAt?: number;
  /** Part of the period after which it is withdrawn. */
  goesAt?: number;
}

export interface Category {
  name: string;
  /** Weight in what the company sells. */
  weight: number;
  /** Months (1 to 12) in which it sells so many times better. */
  season?: { months: readonly number[]; factor: number };
  /** The most popular first. */
  products: readonly Product[];
}

type Named = Omit<Product, 'sku' | 'category'>;
type Stay = Pick<Product, 'comesAt' | 'goesAt'>;

const of =
  (use: Use) =>
  (name: string, euros: number, stay: Stay = {}): Named => ({
    name,
    price: Math.round(euros * 100),
    use,
    ...stay,
  });
const lasting = of('lasting');
const usedUp = of('used-up');
const pieces = of('in-pieces');

export const skuOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');

const category = (
  name: string,
  weight: number,
  products: readonly Named[],
  season?: Category['season'],
): Category => ({
  name,
  weight,
  ...(season && { season }),
  products: products.map((product) => ({ sku: skuOf(product.name), category: name, ...product })),
});

const spring = { months: [3, 4, 5, 6], factor: 2.6 };
const summer = { months: [5, 6, 7, 8], factor: 2.4 };
const autumn = { months: [9, 10, 11], factor: 1.6 };
const advent = { months: [11, 12], factor: 2.2 };

/** What Fernwood, the sample company, sells. */
export const assortment: readonly Category[] = [
  category('Kitchen / Coffee', 12, [
    usedUp('Espresso beans 1 kg', 18.9),
    usedUp('Filter coffee 500 g', 9.8),
    lasting('Coffee grinder', 89),
    usedUp('Paper filters', 3.9),
    lasting('French press', 34.9),
    pieces('Espresso cup', 7.5),
    lasting('Milk frother', 49.9),
    usedUp('Descaler', 8.9),
    lasting('Gooseneck kettle', 74.9, { comesAt: 0.35 }),
    lasting('Travel mug', 24.9),
  ]),
  category(
    'Kitchen / Tea',
    6,
    [
      usedUp('Earl Grey 250 g', 11.9),
      usedUp('Green tea 250 g', 13.9),
      lasting('Teapot', 39.9),
      lasting('Tea strainer', 8.9),
      pieces('Tea cup', 9.5),
      usedUp('Herbal tea 100 g', 7.9),
      lasting('Electric kettle', 59),
      lasting('Tea caddy', 14.9),
      usedUp('Rock sugar 500 g', 4.9),
      usedUp('Lemon biscuits', 5.4, { comesAt: 0.5 }),
    ],
    autumn,
  ),
  category(
    'Kitchen / Baking',
    8,
    [
      usedUp('Bread flour 5 kg', 9.9),
      lasting('Proofing basket', 19.9),
      lasting('Springform tin', 17.9),
      usedUp('Dry yeast', 3.2),
      lasting('Kitchen scales', 29.9),
      lasting('Hand mixer', 64.9),
      lasting('Cookie cutters', 12.9),
      lasting('Rolling pin', 15.9),
      usedUp('Baking paper', 4.5),
      lasting('Baking stone', 44.9, { comesAt: 0.6 }),
    ],
    advent,
  ),
  category('Kitchen / Cooking', 10, [
    lasting('Cast-iron pan', 69),
    lasting("Chef's knife", 79.9),
    usedUp('Olive oil 1 l', 14.9),
    lasting('Chopping board', 32.9),
    lasting('Pasta machine', 54.9),
    usedUp('Durum flour 2 kg', 6.9),
    lasting('Saucepan', 45.9),
    lasting('Knife sharpener', 24.9),
    usedUp('Sea salt 1 kg', 5.9),
    lasting('Pepper mill', 28.9),
  ]),
  category(
    'Living / Table',
    8,
    [
      pieces('Dinner plate', 12.9),
      pieces('Wine glass', 8.9),
      pieces('Soup bowl', 10.9),
      lasting('Cutlery set', 89.9),
      lasting('Table cloth', 39.9),
      pieces('Cloth napkin', 6.9),
      lasting('Water jug', 29.9),
      pieces('Water glass', 5.9),
      lasting('Salad bowl', 34.9),
      lasting('Cheese board', 27.9, { goesAt: 0.75 }),
    ],
    advent,
  ),
  category(
    'Living / Light',
    7,
    [
      lasting('Desk lamp', 59.9),
      usedUp('LED bulb E27', 6.9),
      usedUp('Candles', 9.9),
      lasting('Candle holder', 18.9),
      lasting('Floor lamp', 129),
      lasting('Fairy lights', 19.9),
      lasting('Pendant lamp', 99),
      lasting('Lantern', 34.9),
      usedUp('Tealights', 6.5),
      lasting('Reading lamp', 39.9),
    ],
    { months: [10, 11, 12, 1], factor: 1.9 },
  ),
  category('Living / Bedroom', 6, [
    lasting('Pillow', 39.9),
    lasting('Duvet', 119),
    pieces('Pillow case', 14.9),
    lasting('Duvet cover', 59.9),
    lasting('Fitted sheet', 29.9),
    lasting('Wool blanket', 79.9),
    lasting('Alarm clock', 24.9),
    lasting('Bedside rug', 44.9),
    usedUp('Lavender sachets', 7.9),
    lasting('Hot-water bottle', 19.9),
  ]),
  category('Living / Bath', 7, [
    pieces('Bath towel', 19.9),
    pieces('Hand towel', 9.9),
    usedUp('Olive soap', 4.9),
    usedUp('Hand soap refill 1 l', 9.5),
    lasting('Soap dispenser', 16.9),
    lasting('Bath mat', 24.9),
    lasting('Shower shelf', 29.9),
    usedUp('Bath salts', 8.9),
    lasting('Bathrobe', 69.9),
    lasting('Laundry basket', 39.9),
  ]),
  category('Living / Cleaning', 7, [
    usedUp('Washing-up liquid', 4.2),
    usedUp('Laundry detergent 3 l', 14.9),
    usedUp('All-purpose cleaner', 5.4),
    usedUp('Cleaning cloths', 7.9),
    lasting('Broom', 22.9),
    lasting('Window squeegee', 14.9),
    usedUp('Dishwasher tablets', 12.9),
    lasting('Floor mop', 34.9),
    usedUp('Mop head', 9.9),
    lasting('Clothes airer', 44.9),
  ]),
  category(
    'Garden / Beds',
    9,
    [
      usedUp('Potting soil 40 l', 9.9),
      usedUp('Tomato seeds', 3.4),
      lasting('Garden trowel', 14.9),
      lasting('Secateurs', 29.9),
      usedUp('Tomato fertiliser', 8.9),
      lasting('Watering can', 24.9),
      lasting('Garden gloves', 11.9),
      usedUp('Lawn seed 2 kg', 19.9),
      lasting('Raised bed', 149),
      lasting('Garden hose 20 m', 49.9),
    ],
    spring,
  ),
  category(
    'Garden / Balcony',
    6,
    [
      pieces('Terracotta pot', 8.9),
      lasting('Balcony planter', 22.9),
      usedUp('Herb seeds', 3.2),
      lasting('Parasol', 89),
      lasting('Folding chair', 54.9),
      lasting('Balcony table', 79.9),
      lasting('Bird feeder', 27.9),
      usedUp('Bird seed 5 kg', 14.9),
      lasting('Outdoor cushion', 29.9),
      lasting('Solar lights', 34.9, { comesAt: 0.45 }),
    ],
    spring,
  ),
  category(
    'Outdoor / Camping',
    5,
    [
      lasting('Camping stove', 64.9),
      usedUp('Gas cartridge', 6.9),
      lasting('Sleeping bag', 99),
      lasting('Sleeping mat', 59.9),
      lasting('Two-person tent', 189),
      lasting('Head torch', 34.9),
      lasting('Drinking bottle', 22.9),
      lasting('Pocket knife', 29.9),
      usedUp('Trail meal', 8.9),
      lasting('Hammock', 49.9, { goesAt: 0.8 }),
    ],
    summer,
  ),
  category('Home office', 7, [
    usedUp('Printer paper', 6.9),
    lasting('Notebook', 14.9),
    lasting('Fountain pen', 39.9),
    usedUp('Ink cartridges', 5.9),
    lasting('Desk organiser', 24.9),
    lasting('Laptop stand', 49.9),
    lasting('Office chair', 249),
    lasting('Foot rest', 44.9),
    usedUp('Sticky notes', 4.9),
    lasting('Monitor arm', 89, { comesAt: 0.25 }),
  ]),
  category(
    'Children',
    6,
    [
      lasting('Wooden blocks', 34.9),
      lasting('Picture book', 14.9),
      usedUp('Colouring pencils', 9.9),
      usedUp('Drawing pad', 5.9),
      lasting('Puzzle 100 pieces', 12.9),
      lasting('Night light', 24.9),
      lasting('Cuddly bear', 22.9),
      lasting('Wooden train', 49.9),
      usedUp('Modelling clay', 7.9),
      lasting('Board game', 32.9),
    ],
    advent,
  ),
  category('Pets', 5, [
    usedUp('Dog food 10 kg', 39.9),
    usedUp('Cat food 4 kg', 24.9),
    usedUp('Cat litter 10 l', 9.9),
    usedUp('Dog treats', 5.9),
    lasting('Dog bed', 59.9),
    lasting('Cat tree', 79.9),
    lasting('Dog lead', 24.9),
    lasting('Feeding bowl', 12.9),
    lasting('Cat toy', 6.9),
    usedUp('Flea comb', 7.9, { goesAt: 0.6 }),
  ]),
];

export const products: readonly Product[] = assortment.flatMap((category) => category.products);

/** What often goes into the cart with a product: with it, what, and how often. */
export const boughtTogether: readonly { product: string; with: string; probability: number }[] = [
  ['Coffee grinder', 'Espresso beans 1 kg', 0.55],
  ['Filter coffee 500 g', 'Paper filters', 0.45],
  ['Milk frother', 'Descaler', 0.25],
  ['Teapot', 'Tea strainer', 0.45],
  ['Earl Grey 250 g', 'Rock sugar 500 g', 0.2],
  ['Proofing basket', 'Bread flour 5 kg', 0.5],
  ['Bread flour 5 kg', 'Dry yeast', 0.4],
  ['Cookie cutters', 'Baking paper', 0.4],
  ['Pasta machine', 'Durum flour 2 kg', 0.6],
  ["Chef's knife", 'Knife sharpener', 0.3],
  ["Chef's knife", 'Chopping board', 0.25],
  ['Dinner plate', 'Soup bowl', 0.35],
  ['Wine glass', 'Water glass', 0.3],
  ['Candle holder', 'Candles', 0.5],
  ['Floor lamp', 'LED bulb E27', 0.45],
  ['Pendant lamp', 'LED bulb E27', 0.45],
  ['Lantern', 'Tealights', 0.45],
  ['Duvet', 'Duvet cover', 0.4],
  ['Pillow', 'Pillow case', 0.5],
  ['Bath towel', 'Hand towel', 0.45],
  ['Soap dispenser', 'Hand soap refill 1 l', 0.5],
  ['Floor mop', 'Mop head', 0.4],
  ['Tomato seeds', 'Tomato fertiliser', 0.4],
  ['Raised bed', 'Potting soil 40 l', 0.6],
  ['Terracotta pot', 'Herb seeds', 0.4],
  ['Bird feeder', 'Bird seed 5 kg', 0.6],
  ['Folding chair', 'Outdoor cushion', 0.35],
  ['Camping stove', 'Gas cartridge', 0.65],
  ['Sleeping bag', 'Sleeping mat', 0.5],
  ['Fountain pen', 'Ink cartridges', 0.55],
  ['Colouring pencils', 'Drawing pad', 0.45],
  ['Dog food 10 kg', 'Dog treats', 0.4],
  ['Cat food 4 kg', 'Cat litter 10 l', 0.45],
].map(([product, other, probability]) => ({
  product: skuOf(String(product)),
  with: skuOf(String(other)),
  probability: Number(probability),
}));
