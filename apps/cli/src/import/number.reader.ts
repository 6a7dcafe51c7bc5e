import type { Mapping } from './mapping.schema.js';

/** The number that a text states, as a plain decimal: `-1234.50`. Undefined if it states none. */
export type NumberReader = (text: string) => string | undefined;

const plain = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;

export function numberReader({
  decimal = '.',
  thousands,
}: NonNullable<Mapping['numbers']> = {}): NumberReader {
  return (text) => {
    const joined = thousands ? text.replaceAll(thousands, '') : text;
    const pointed = decimal === ',' ? joined.replace(',', '.') : joined;
    if (!plain.test(pointed)) return undefined;
    const [whole = '', fraction = ''] = pointed.replace(/^[+-]/, '').split('.');
    const digits = `${whole.replace(/^0+(?=\d)/, '') || '0'}${fraction && `.${fraction}`}`;
    return pointed.startsWith('-') && /[1-9]/.test(digits) ? `-${digits}` : digits;
  };
}
