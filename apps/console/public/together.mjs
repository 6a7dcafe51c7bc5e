import { ask } from './asking.mjs';
import { element, empty } from './elements.mjs';
import { number, times } from './format.mjs';

const PRODUCTS = 4;
const COMPANIONS = 3;

/** The products bought most, or those that a word finds, each with what is bought with it. */
export async function askTogether(search = '') {
  const query = new URLSearchParams({ limit: String(search ? 6 : 20), ...(search && { search }) });
  const { items } = await ask(`/api/recommendations/products?${query}`);
  const known = await Promise.all(
    items.map(({ sku }) =>
      ask(`/api/recommendations/products/${encodeURIComponent(sku)}/also-bought?limit=${COMPANIONS}`),
    ),
  );
  return known.filter((product) => product.items.length > 0).slice(0, PRODUCTS);
}

export function together({ together: products, search }) {
  if (products.length === 0) {
    return empty(
      search ? `Nothing is known to go with “${search}”.` : 'No two products were bought together yet.',
    );
  }
  return element(
    'ul',
    { class: 'list' },
    ...products.map(({ name, items }) =>
      element('li', {}, element('h3', {}, name), element('ul', {}, ...items.map(companion))),
    ),
  );
}

const companion = ({ name, lift, basketsTogether, reason }) =>
  element(
    'li',
    { title: reason },
    element('span', {}, name),
    element(
      'span',
      {},
      element('span', { class: 'quiet' }, `${number(basketsTogether)} orders `),
      element('span', { class: 'lift' }, times(lift)),
    ),
  );
